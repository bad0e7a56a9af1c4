"""Who votes on a decision, what a voter sees before the vote, and who may stop what was approved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings

from accounts.models import ApiAccount
from core.errors import Conflict, NotAllowed
from detection.enums import Level
from investigations.enums import DecisionState
from investigations.measures.blast import Need, Radius, Thresholds, need
from investigations.models import Approval, Decision
from investigations.policies import allows, check_second_person
from staff.enums import Action, Role
from staff.models import User
from staff.permissions import can


def thresholds() -> Thresholds:
    """The limits as the settings have them now."""
    return Thresholds(
        lead_accounts=settings.APPROVAL_LEAD_ACCOUNTS,
        lead_certified_accounts=settings.APPROVAL_LEAD_CERTIFIED_ACCOUNTS,
        lead_paying=settings.APPROVAL_LEAD_PAYING,
        second_accounts=settings.APPROVAL_SECOND_ACCOUNTS,
        second_paying=settings.APPROVAL_SECOND_PAYING,
    )


def measure(decision: Decision, accounts: Iterable[ApiAccount], n_overridden: int) -> None:
    """Set on an unsaved proposal what it would touch and whose approval that asks for. No query."""
    free = {plan.casefold() for plan in settings.FREE_PLANS}
    customers, unknown = set(), 0
    for account in accounts:
        unknown += not account.plan
        if account.plan.casefold() not in free:
            customers.add(("o", account.organisation_id) if account.organisation_id else ("a", account.pk))
    decision.n_paying, decision.n_unknown_plan, decision.n_overridden = len(customers), unknown, n_overridden
    apply_need(decision)


def apply_need(decision: Decision) -> Need:
    """Whose approval the decision needs now; a campaign that lost its certificate meanwhile asks for more."""
    found = needed(decision)
    decision.approvals_needed, decision.lead_needed = found.approvals, found.lead
    return found


def needed(decision: Decision) -> Need:
    """Whose approval it needs and why, by the thresholds of this moment."""
    campaign = decision.case.campaign
    radius = Radius(
        action=decision.action,
        n_accounts=decision.n_accounts,
        n_paying=decision.n_paying,
        n_unknown_plan=decision.n_unknown_plan,
        certified=campaign is not None and campaign.level == Level.CERTIFIED,
        n_overridden=decision.n_overridden,
        restores=decision.reverses_id is not None,
    )
    return need(radius, thresholds())


def check_first_vote(votes: Iterable[Approval], actor: User) -> None:
    """One person, one vote."""
    if any(vote.by_id == actor.pk for vote in votes):
        raise Conflict("You voted on this already; another person casts the next vote.")


def check_approver(decision: Decision, votes: Sequence[Approval], actor: User) -> None:
    """Where a lead is needed and has not voted, the last vote that is missing is a lead's."""
    last = len(votes) + 1 >= decision.approvals_needed
    led = any(vote.as_lead for vote in votes) or actor.role == Role.LEAD
    if decision.lead_needed and last and not led:
        because = "; ".join(needed(decision).because)
        raise NotAllowed(f"{decision.code} needs a lead's approval: {because}.")


def settled(decision: Decision, votes: Sequence[Approval]) -> bool:
    """Whether the votes are enough."""
    enough = len(votes) >= decision.approvals_needed
    return enough and (not decision.lead_needed or any(vote.as_lead for vote in votes))


def is_blind(decision: Decision, reader: User) -> bool:
    """Whether the reader may not see the reasoning and the votes yet: whoever may still vote judges the evidence alone."""
    if decision.state != DecisionState.PROPOSED or decision.proposed_by_id == reader.pk:
        return False
    return can(reader, Action.APPROVE) and all(vote.by_id != reader.pk for vote in decision.approvals.all())


def check_canceller(decision: Decision, actor: User) -> None:
    """The proposer, whoever approved, and every lead may cancel what was approved."""
    took_part = {decision.proposed_by_id, *decision.approvals.values_list("by_id", flat=True)}
    if actor.role != Role.LEAD and actor.pk not in took_part:
        raise NotAllowed(f"Only who proposed or approved {decision.code}, or a lead, can cancel it.")


def can_vote(decision: Decision, actor: User) -> bool:
    """Whether a page offers approve and refuse to this person."""
    if decision.state != DecisionState.PROPOSED or not can(actor, Action.APPROVE):
        return False
    votes = list(decision.approvals.all())
    return (
        allows(check_second_person, decision, actor)
        and allows(check_first_vote, votes, actor)
        and allows(check_approver, decision, votes, actor)
    )


def can_cancel(decision: Decision, actor: User) -> bool:
    """Whether a page offers to cancel, or to stop what is still waiting."""
    offered = decision.state in (DecisionState.SCHEDULED, DecisionState.APPROVED)
    return offered and allows(check_canceller, decision, actor)
