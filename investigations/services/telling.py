"""Who is told of what became of decisions."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import reverse

from investigations.enums import DecisionState
from investigations.models import Decision
from investigations.policies import allows
from investigations.restricted import check_knows
from staff.enums import Action, NoticeKind, Role
from staff.models import User
from staff.notices import notify
from staff.permissions import MATRIX


def tell_waiting(decision: Decision, actor: User) -> None:
    """Whoever can cast a vote that is missing: leads where only a lead's is.

    Nobody is told twice, since a second notice would say that somebody has voted.
    """
    votes = list(decision.approvals.all())
    only_leads = decision.lead_needed and not any(vote.as_lead for vote in votes)
    only_leads = only_leads and len(votes) + 1 >= decision.approvals_needed
    roles = [Role.LEAD] if only_leads else [role for role in Role if Action.APPROVE in MATRIX[role]]
    done = {decision.proposed_by_id, *(vote.by_id for vote in votes)}
    people = User.objects.filter(is_active=True, role__in=roles).exclude(pk__in=done)
    _tell(decision, people, NoticeKind.APPROVAL, "vote", actor)


def tell_settled(decision: Decision, actor: object) -> None:
    """The proposer, of what became of the proposal."""
    _tell(decision, [decision.proposed_by], NoticeKind.DECIDED, decision.state, actor)


def tell_failed(decision: Decision) -> None:
    """Who proposed and who approved, when accounts failed."""
    people = {decision.proposed_by, *(vote.by for vote in decision.approvals.select_related("by"))}
    if decision.state == DecisionState.PARTLY_ENFORCED:
        _tell(decision, people, NoticeKind.ENFORCEMENT_FAILED, f"failed-{decision.version}", None)


def _tell(decision: Decision, people: Collection[User], kind: NoticeKind, occasion: str, actor: object) -> None:
    notify(
        people=[person for person in people if allows(check_knows, decision.case, person)],
        kind=kind,
        subject=decision.code,
        path=reverse("investigations:decision", args=[decision.code]),
        key=f"{decision.code}:{occasion}",
        n=1,
        actor=actor,
    )
