"""One case file: its digest to read out, who has a copy, what happened to it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from investigations import queries
from investigations.forms.legal import HandOverForm
from investigations.queries.legal import casefile_context
from investigations.services import custody
from staff.requests import StaffRequest


@require_safe
def casefile_page(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """One case file of a case, for whoever may read the case."""
    case = queries.get_case(code, reader=request.user)
    export = queries.get_export(case, number)
    forms = {
        "hand_over_form": HandOverForm(initial={"handed_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M")}),
    }
    context = {"case": case, "export": export, **casefile_context(export), **forms}
    return render(request, "investigations/casefile.html", context)


@require_POST
def hand_over(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Record that a copy went to somebody."""
    export = queries.get_export(queries.get_case(code, reader=request.user), number)
    made = custody.record_hand_over(export=export, actor=request.user, **cleaned(HandOverForm(request.POST)))
    messages.success(request, f"Recorded: a copy went to {made.recipient}.")
    return redirect("investigations:casefile", code, number)
