"""Audit samples: unflagged accounts drawn by chance, and what reviewers found."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from core.text import one_line
from detection.enums import SampleAnswer
from detection.forms.reference import AnswerForm, DrawForm
from detection.labels import samples
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def sample_list(request: StaffRequest) -> HttpResponse:
    """Draws with their progress, newest first."""
    check(request.user, Action.VIEW_EVIDENCE)
    page = keyset_page(samples.samples(), key="-id", after=request.GET.get("after"))
    return render(request, "detection/labels_samples.html", {"page": page, "form": DrawForm()})


@require_POST
def draw(request: StaffRequest) -> HttpResponse:
    """Draw unflagged accounts by chance."""
    data = cleaned(DrawForm(request.POST))
    sample = samples.draw_audit_sample(actor=request.user, **data)
    return redirect("detection:sample", sample.pk)


@require_safe
def sample_page(request: StaffRequest, number: int) -> HttpResponse:
    """One draw: its strata, and each account with its answer."""
    check(request.user, Action.VIEW_EVIDENCE)
    sample, show = samples.get_sample(number), request.GET.get("show", "")
    page = keyset_page(samples.drawn_accounts(sample, show=show), key="id", after=request.GET.get("after"))
    context = {"sample": sample, "show": show, "page": page, "answers": SampleAnswer.choices}
    found = {"progress": samples.progress(sample), "weighted": samples.frame_share(sample)}
    return render(request, "detection/labels_sample.html", context | found)


@require_POST
def answer(request: StaffRequest, number: int) -> HttpResponse:
    """Say what a drawn account is."""
    data = cleaned(AnswerForm(request.POST))
    drawn = samples.answer_drawn(drawn=samples.get_drawn(number), actor=request.user, **data)
    messages.success(request, f"{one_line(str(drawn.account))}: {drawn.get_answer_display()}.")
    return redirect("detection:sample", drawn.sample_id)
