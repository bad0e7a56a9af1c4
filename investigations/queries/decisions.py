"""Decisions: the list, one with its votes and items, and how far enforcement is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from core.errors import NotFound
from core.paging import keyset_page
from investigations import policies
from investigations.enums import DecisionState, ItemState
from investigations.models import Decision
from staff.enums import Action
from staff.models import User
from staff.permissions import can, check


@dataclass(frozen=True, slots=True)
class DecisionCounts:
    """What waits, for one reader."""

    waiting: int
    mine_to_approve: int
    under_way: int
    failed: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A decision's accounts by result."""

    total: int
    done: int
    waiting: int
    failed: int
    not_enforced: int

    @property
    def settled(self) -> int:
        """Accounts that need no further attempt."""
        return self.total - self.waiting


@dataclass(frozen=True, slots=True)
class Offers:
    """Which buttons a reader is offered; the services check again."""

    approve: bool
    withdraw: bool
    reverse: bool
    retry: bool


def decisions(reader: User, *, state: str = "") -> QuerySet[Decision]:
    """Decisions that the reader may know of, with case and proposer; keyed by `-id`."""
    found = Decision.objects.visible_to(reader).select_related("case", "proposed_by", "reverses")
    return found.filter(state=state) if state in DecisionState.values else found


def decision_counts(reader: User) -> DecisionCounts:
    """One query."""
    proposed = Q(state=DecisionState.PROPOSED)
    row = Decision.objects.visible_to(reader).aggregate(
        waiting=Count("pk", filter=proposed),
        theirs=Count("pk", filter=proposed & ~Q(proposed_by=reader)),
        under_way=Count("pk", filter=Q(state=DecisionState.APPROVED)),
        failed=Count("pk", filter=Q(state=DecisionState.PARTLY_ENFORCED)),
    )
    mine = row["theirs"] if can(reader, Action.APPROVE) else 0
    return DecisionCounts(row["waiting"], mine, row["under_way"], row["failed"])


def get_decision(code: str, *, reader: User) -> Decision:
    """One decision that the reader may see. Raises NotAllowed or NotFound."""
    check(reader, Action.VIEW_CASE)
    related = ("case__campaign", "proposed_by", "reverses")
    found = Decision.objects.visible_to(reader).select_related(*related).filter(code=code).first()
    if found is None:
        raise NotFound(f"There is no decision {code}.")
    return found


def decision_progress(decision: Decision) -> Progress:
    """One query."""
    by_state = dict(decision.items.order_by().values_list("state").annotate(n=Count("pk")))
    return Progress(
        total=sum(by_state.values()),
        done=by_state.get(ItemState.DONE, 0),
        waiting=by_state.get(ItemState.WAITING, 0),
        failed=by_state.get(ItemState.FAILED, 0),
        not_enforced=by_state.get(ItemState.NOT_ENFORCED, 0),
    )


def decision_context(decision: Decision, *, reader: User, after: str | None) -> dict[str, object]:
    """All that the decision page shows, but its forms."""
    items = decision.items.select_related("account__organisation")
    return {
        "progress": decision_progress(decision),
        "items": keyset_page(items, key="id", after=after, size=100),
        "exhibits": decision.exhibits.defer("content"),
        "approvals": decision.approvals.select_related("by"),
        "standing": _standing(decision, reader),
        "can": Offers(
            approve=policies.can_vote(decision, reader),
            withdraw=policies.can_withdraw(decision, reader),
            reverse=can(reader, Action.REVERSE) and policies.can_reverse(decision),
            retry=can(reader, Action.APPROVE) and decision.state == DecisionState.PARTLY_ENFORCED,
        ),
    }


def _standing(decision: Decision, reader: User) -> str:
    if decision.state != DecisionState.PROPOSED:
        return ""
    if decision.proposed_by == reader:
        return "You proposed it, so another person approves or refuses it."
    if policies.needs_lead(decision):
        return "The campaign is not certified: a lead approves it."
    return "It waits for a second person."
