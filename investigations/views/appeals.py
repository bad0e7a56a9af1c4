"""Appeals: the list, one appeal, recording and judging."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.clock import now
from core.http import cleaned
from core.paging import keyset_page
from investigations import queries
from investigations.enums import AppealState
from investigations.forms.decisions import AppealForm, JudgementForm
from investigations.queries import appeals as found
from investigations.services import appeals as services
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def appeal_list(request: StaffRequest) -> HttpResponse:
    """Appeals, newest first, by state."""
    check(request.user, Action.VIEW_CASE)
    state = request.GET.get("state", "")
    page = keyset_page(found.appeals(request.user, state=state), key="-id", after=request.GET.get("after"))
    return render(request, "investigations/appeals.html", {"page": page, "state": state, "states": AppealState.choices})


def record(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Write down what the customer says."""
    check(request.user, Action.EDIT_CASE)
    item = found.get_item(queries.get_decision(code, reader=request.user), number)
    form = AppealForm(request.POST or None, initial={"received_at": now()})
    if request.method == "POST" and form.is_valid():
        appeal = services.record_appeal(item=item, actor=request.user, **form.cleaned_data)
        return redirect("investigations:appeal", appeal.pk)
    return render(request, "investigations/appeal_record.html", {"item": item, "decision": item.decision, "form": form})


@require_safe
def appeal_page(request: StaffRequest, number: int) -> HttpResponse:
    """One appeal with what the customer was told."""
    appeal = found.get_appeal(number, reader=request.user)
    context = found.appeal_context(appeal, reader=request.user)
    return render(request, "investigations/appeal.html", {"appeal": appeal, "form": JudgementForm(), **context})


@require_POST
def judge(request: StaffRequest, number: int) -> HttpResponse:
    """Uphold or overturn."""
    appeal = found.get_appeal(number, reader=request.user)
    judged = services.judge_appeal(appeal=appeal, actor=request.user, **cleaned(JudgementForm(request.POST)))
    messages.success(request, f"{judged}: {judged.get_state_display()}.")
    return redirect("investigations:appeal", number)
