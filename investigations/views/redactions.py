"""Redaction review: what is proposed, judged one by one or many at once, and any text of the case to select from."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from investigations import queries
from investigations.case_texts import KINDS, one_text
from investigations.forms.redactions import JudgeForm, SpanForm, ValueForm
from investigations.models import Case
from investigations.queries import redactions as found
from investigations.services import redaction_scans, redactions
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@never_cache
@require_safe
def redaction_page(request: StaffRequest, code: str) -> HttpResponse:
    """The redactions of a case, those that wait first."""
    case = _case(request, code)
    state = request.GET.get("state", "proposed")
    page = keyset_page(found.redactions(case, state=state), key="number", after=request.GET.get("after"))
    context = {"case": case, "page": page, "state": state, "value_form": ValueForm(), **found.redaction_context(case)}
    return render(request, "investigations/redactions.html", context)


@never_cache
@require_safe
def scan_state(request: StaffRequest, code: str) -> HttpResponse:
    """How far the look through the texts is, as a fragment that renews itself while one is under way."""
    case = _case(request, code)
    return render(request, "investigations/_redaction_scan.html", {"case": case, **found.redaction_context(case)})


@require_POST
def request_scan(request: StaffRequest, code: str) -> HttpResponse:
    """Ask a worker to look through the texts of the case."""
    redaction_scans.request_scan(case=_case(request, code), actor=request.user)
    messages.success(request, "A worker looks through the texts; its progress shows here.")
    return redirect("investigations:redactions", code)


@require_POST
def judge(request: StaffRequest, code: str) -> HttpResponse:
    """Accept or reject redactions by number."""
    case, data = _case(request, code), cleaned(JudgeForm(request.POST))
    count = redactions.judge_redactions(case=case, numbers=data["number"], state=data["state"], actor=request.user)
    messages.success(request, f"{count} redaction{'s are' if count != 1 else ' is'} {data['state']}.")
    return redirect(reverse("investigations:redactions", args=[code]) + "#redactions")


@require_POST
def add_value(request: StaffRequest, code: str) -> HttpResponse:
    """Take out a value wherever it stands."""
    made = redactions.redact_value(case=_case(request, code), actor=request.user, **cleaned(ValueForm(request.POST)))
    messages.success(request, f"{made.code} is accepted; {made.token} stands in its place.")
    return redirect(reverse("investigations:redactions", args=[code]) + "?state=accepted")


@never_cache
@require_safe
def text_page(request: StaffRequest, code: str, kind: str, ref: str, part: str) -> HttpResponse:
    """One text of the case, to read for redaction and to select from. Reading a sampled text is an event."""
    case = _case(request, code)
    text = redactions.open_text(case=case, kind=kind, ref=ref, part=part, actor=request.user)
    parts = [(name, name.replace("_", " ")) for name in KINDS[kind].parts]
    context = {"case": case, "text": text, "kind": KINDS[kind], "parts": parts, "part_name": part.replace("_", " ")}
    shown = found.shown_text(case, text)
    return render(request, "investigations/redaction_text.html", {**context, "shown": shown, "form": SpanForm()})


@require_POST
def add_span(request: StaffRequest, code: str, kind: str, ref: str, part: str) -> HttpResponse:
    """Take out what was selected."""
    case, data = _case(request, code), cleaned(SpanForm(request.POST))
    text = one_text(case, kind, ref, part)
    data["start"], data["end"] = found.shown_text(case, text).raw_span(data["start"], data["end"])
    made = redactions.redact_span(case=case, kind=kind, ref=ref, part=part, actor=request.user, **data)
    messages.success(request, f"{made.code} is accepted; {made.token} stands in its place.")
    return redirect("investigations:redaction_text", code, kind, ref, part)


def _case(request: StaffRequest, code: str) -> Case:
    check(request.user, Action.REDACT)
    return queries.get_case(code, reader=request.user)
