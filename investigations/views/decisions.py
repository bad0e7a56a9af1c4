"""Decision pages: proposing, voting, progress, reversal."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from investigations import queries, services
from investigations.enums import DecisionState, DeliveryOutcome
from investigations.forms.cases import ReasonForm, ReverseForm, StaleForm, VoteForm
from investigations.forms.decisions import ProposeForm
from investigations.queries.appeals import can_edit_statements
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def decision_list(request: StaffRequest) -> HttpResponse:
    """Decisions, newest first, by state."""
    check(request.user, Action.VIEW_CASE)
    state = request.GET.get("state", "")
    page = keyset_page(queries.decisions(request.user, state=state), key="-id", after=request.GET.get("after"))
    counts = queries.decision_counts(request.user)
    context = {"page": page, "counts": counts, "state": state, "states": DecisionState.choices}
    return render(request, "investigations/decisions.html", context)


def propose(request: StaffRequest, code: str) -> HttpResponse:
    """Propose a decision on the accounts of a case."""
    check(request.user, Action.PROPOSE)
    case = queries.get_case(code, reader=request.user)
    form = ProposeForm(request.POST or None, case=case, reader=request.user)
    if request.method == "POST" and form.is_valid():
        decision = services.propose_decision(case=case, actor=request.user, **form.proposal())
        return redirect("investigations:decision", decision.code)
    context = {
        "case": case,
        "form": form,
        "facts": queries.case_facts(case),
        "webhook": settings.ENFORCEMENT_WEBHOOK_URL,
    }
    return render(request, "investigations/propose.html", context | {"campaign": case.campaign})


@require_safe
def decision_page(request: StaffRequest, code: str) -> HttpResponse:
    """One decision with its grounds, votes and a result for each account."""
    decision = queries.get_decision(code, reader=request.user)
    services.record_case_view(case=decision.case, actor=request.user)
    after, result = request.GET.get("after"), request.GET.get("result", "")
    context = queries.decision_context(decision, reader=request.user, after=after, result=result)
    context["edits_statements"] = can_edit_statements(decision, request.user)
    forms = {
        "vote_form": VoteForm(auto_id="vote_%s"),
        "reason_form": ReasonForm(),
        "reverse_form": ReverseForm(auto_id="reverse_%s"),
        "cancel_form": ReasonForm(auto_id="cancel_%s"),
        "enforce_form": ReasonForm(auto_id="enforce_%s"),
    }
    return render(request, "investigations/decision.html", {"decision": decision, **context, **forms})


@require_safe
def decision_progress(request: StaffRequest, code: str) -> HttpResponse:
    """How far enforcement is, as a fragment that renews itself while it runs, and the page's head once it has moved on."""
    decision = queries.get_decision(code, reader=request.user)
    context = {"decision": decision, "progress": queries.decision_progress(decision)}
    context["moved_on"] = request.GET.get("was", decision.state) != decision.state
    return render(request, "investigations/_decision_progress.html", context)


@require_POST
def approve(request: StaffRequest, code: str) -> HttpResponse:
    """Approve what the reader saw; a decision that changed since is refused."""
    decision = queries.get_decision(code, reader=request.user)
    data = cleaned(VoteForm(request.POST)) | cleaned(StaleForm(request.POST))
    after = services.approve_decision(decision=decision, actor=request.user, **data)
    waits = after.state == DecisionState.PROPOSED
    messages.success(request, f"Your vote is in; {code} needs another." if waits else f"{code} is approved.")
    return redirect("investigations:decision", code)


@require_POST
def refuse(request: StaffRequest, code: str) -> HttpResponse:
    """Refuse with a reason."""
    decision = queries.get_decision(code, reader=request.user)
    data = cleaned(ReasonForm(request.POST)) | cleaned(StaleForm(request.POST))
    services.refuse_decision(decision=decision, actor=request.user, **data)
    return redirect("investigations:decision", code)


@require_POST
def withdraw(request: StaffRequest, code: str) -> HttpResponse:
    """Take one's own proposal back."""
    decision = queries.get_decision(code, reader=request.user)
    data = cleaned(ReasonForm(request.POST)) | cleaned(StaleForm(request.POST))
    services.withdraw_decision(decision=decision, actor=request.user, **data)
    return redirect("investigations:decision", code)


@require_POST
def cancel(request: StaffRequest, code: str) -> HttpResponse:
    """Cancel what was approved, or stop what still waits."""
    decision = queries.get_decision(code, reader=request.user)
    services.cancel_decision(decision=decision, actor=request.user, **cleaned(ReasonForm(request.POST)))
    return redirect("investigations:decision", code)


@require_POST
def enforce(request: StaffRequest, code: str) -> HttpResponse:
    """Enforce what was only recorded, now that a receiver is configured."""
    decision = queries.get_decision(code, reader=request.user)
    services.enforce_recorded_decision(decision=decision, actor=request.user, **cleaned(ReasonForm(request.POST)))
    return redirect("investigations:decision", code)


@require_safe
def deliveries(request: StaffRequest, code: str = "") -> HttpResponse:
    """Every attempt to tell the control plane: time, status, duration, answer."""
    check(request.user, Action.VIEW_CASE)
    decision = queries.get_decision(code, reader=request.user) if code else None
    narrow = {"account": request.GET.get("account", "").strip(), "outcome": request.GET.get("outcome", "")}
    rows = queries.deliveries(reader=request.user, decision=decision, **narrow)
    page = keyset_page(rows, key="-id", after=request.GET.get("after"), size=100)
    context = {"page": page, "decision": decision, "narrow": narrow, "outcomes": DeliveryOutcome.choices}
    return render(request, "investigations/deliveries.html", context)


@require_POST
def reverse(request: StaffRequest, code: str) -> HttpResponse:
    """Propose the reversal of a decision."""
    decision = queries.get_decision(code, reader=request.user)
    reversal = services.reverse_decision(decision=decision, actor=request.user, **cleaned(ReverseForm(request.POST)))
    return redirect("investigations:decision", reversal.code)


@require_POST
def retry_failed(request: StaffRequest, code: str) -> HttpResponse:
    """Try the failed accounts of a decision again."""
    decision = queries.get_decision(code, reader=request.user)
    services.retry_failed(decision=decision, actor=request.user)
    return redirect("investigations:decision", code)
