"""Decisions: the list, one with its votes and items, and how far enforcement is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet

from core.errors import NotFound
from core.paging import keyset_page
from investigations import policies, voting
from investigations.enums import ENFORCED_STATUS, DecisionState, DeliveryOutcome, ItemState
from investigations.models import Approval, Decision, Delivery, Statement
from investigations.queries.blind import with_reasons_kept_back
from staff.enums import Action, Role
from staff.models import User
from staff.permissions import can, check
from staff.restrictions import readable_by


@dataclass(frozen=True, slots=True)
class DecisionCounts:
    """What waits, for one reader."""

    waiting: int
    mine_to_approve: int
    scheduled: int
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
    dry_run: int
    cancelled: int
    reversed: int
    next_at: datetime | None

    @property
    def settled(self) -> int:
        """Accounts that need no further attempt."""
        return self.total - self.waiting


@dataclass(frozen=True, slots=True)
class Offers:
    """Which buttons a reader is offered; the services check again."""

    approve: bool
    withdraw: bool
    cancel: bool
    reverse: bool
    retry: bool
    enforce: bool


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why it was proposed, and how others voted: kept from whoever may still vote."""

    reason: str
    benign_reading: str
    votes: tuple[Approval, ...]


def decisions(reader: User, *, state: str = "") -> QuerySet[Decision]:
    """Decisions that the reader may know of, with case and proposer; keyed by `-id`."""
    found = Decision.objects.visible_to(reader).select_related("case", "proposed_by", "reverses")
    return found.filter(state=state) if state in DecisionState.values else found


def approvals_for(reader: User) -> QuerySet[Decision]:
    """Proposals on which this reader can still vote; those that only lack a lead's vote wait for leads alone."""
    if not can(reader, Action.APPROVE):
        return Decision.objects.none()
    waiting = Decision.objects.visible_to(reader).filter(state=DecisionState.PROPOSED)
    found = waiting.exclude(proposed_by=reader)
    found = found.exclude(approvals__by=reader)
    if reader.role == Role.LEAD:
        return found
    led = Approval.objects.filter(decision=OuterRef("pk"), as_lead=True)
    missing = F("approvals_needed") - Count("approvals")
    found = found.annotate(n_missing=missing, has_lead=Exists(led))
    return found.exclude(lead_needed=True, has_lead=False, n_missing__lte=1)


def grounds_for(decision: Decision, reader: User) -> Grounds | None:
    """The reasoning and the votes, or None while this reader may still vote. The only way to them for page and API."""
    if voting.is_blind(decision, reader):
        return None
    return Grounds(decision.reason, decision.benign_reading, tuple(decision.approvals.all()))


def decision_counts(reader: User) -> DecisionCounts:
    """Two queries."""
    proposed = Q(state=DecisionState.PROPOSED)
    row = Decision.objects.visible_to(reader).aggregate(
        waiting=Count("pk", filter=proposed),
        scheduled=Count("pk", filter=Q(state=DecisionState.SCHEDULED)),
        under_way=Count("pk", filter=Q(state=DecisionState.APPROVED)),
        failed=Count("pk", filter=Q(state=DecisionState.PARTLY_ENFORCED)),
    )
    mine = approvals_for(reader).count()
    return DecisionCounts(row["waiting"], mine, row["scheduled"], row["under_way"], row["failed"])


def get_decision(code: str, *, reader: User) -> Decision:
    """One decision that the reader may see. Raises NotAllowed or NotFound."""
    check(reader, Action.VIEW_CASE)
    related = ("case__campaign", "proposed_by", "reverses")
    known = Decision.objects.visible_to(reader).select_related(*related).prefetch_related("approvals__by")
    found = known.filter(code=code).first()
    if found is None:
        raise NotFound(f"There is no decision {code}.")
    return found


def decision_progress(decision: Decision) -> Progress:
    """Two queries."""
    waiting = decision.items.filter(state=ItemState.WAITING, claimed_until=None)
    by_state = dict(decision.items.order_by().values_list("state").annotate(n=Count("pk")))
    return Progress(
        total=sum(by_state.values()),
        done=by_state.get(ItemState.DONE, 0),
        waiting=by_state.get(ItemState.WAITING, 0),
        failed=by_state.get(ItemState.FAILED, 0),
        not_enforced=by_state.get(ItemState.NOT_ENFORCED, 0),
        dry_run=by_state.get(ItemState.DRY_RUN, 0),
        cancelled=by_state.get(ItemState.CANCELLED, 0),
        reversed=by_state.get(ItemState.REVERSED, 0),
        next_at=waiting.aggregate(at=Min("next_attempt_at"))["at"],
    )


def decision_context(decision: Decision, *, reader: User, after: str | None, result: str = "") -> dict[str, object]:
    """All that the decision page shows, but its forms; its accounts narrowed to one result."""
    items = decision.items.select_related("account__organisation")
    if result in ItemState.values:
        items = items.filter(state=result)
    progress = decision_progress(decision)
    by_result = [(value, label, getattr(progress, value)) for value, label in ItemState.choices]
    return {
        "progress": progress,
        "items": keyset_page(items, key="id", after=after, size=100),
        "result": result,
        "results": [one for one in by_result if one[2] or one[0] == result],
        "exhibits": with_reasons_kept_back(decision.exhibits.defer("content"), reader),
        "example": _example(decision),
        "grounds": grounds_for(decision, reader),
        "need": voting.needed(decision),
        "n_votes": len(decision.approvals.all()),
        "standing": _standing(decision, reader),
        "can": _offers(decision, reader),
    }


def _example(decision: Decision) -> Statement | None:
    """What the first account is told."""
    rows = Statement.objects.filter(item__decision=decision).select_related("item__account")
    return rows.order_by("item_id", "-version").first() if decision.statement_body else None


def deliveries(
    *, reader: User, decision: Decision | None = None, account: str = "", outcome: str = ""
) -> QuerySet[Delivery]:
    """Attempts, newest first, of one decision or of all; keyed by `-id`."""
    found = Delivery.objects.select_related("item__account", "item__decision")
    found = found.filter(readable_by(reader, "item__decision__case__"))
    if decision is not None:
        found = found.filter(item__decision=decision)
    if account:
        found = found.filter(item__account__account_id=account)
    return found.filter(outcome=outcome) if outcome in DeliveryOutcome.values else found


def _offers(decision: Decision, reader: User) -> Offers:
    state = DecisionState(decision.state)
    approver = can(reader, Action.APPROVE)
    return Offers(
        approve=voting.can_vote(decision, reader),
        withdraw=policies.can_withdraw(decision, reader),
        cancel=can(reader, Action.PROPOSE) and voting.can_cancel(decision, reader),
        reverse=can(reader, Action.REVERSE) and policies.can_reverse(decision),
        retry=approver and state == DecisionState.PARTLY_ENFORCED and _has_failed(decision),
        enforce=approver and state == DecisionState.RECORDED and _may_enforce(decision, reader),
    )


def _has_failed(decision: Decision) -> bool:
    return decision.items.filter(state=ItemState.FAILED).exists()


def _may_enforce(decision: Decision, reader: User) -> bool:
    configured = decision.action in ENFORCED_STATUS and bool(settings.ENFORCEMENT_WEBHOOK_URL)
    return configured and decision.reversal is None and decision.proposed_by_id != reader.pk


def _standing(decision: Decision, reader: User) -> str:
    if decision.state == DecisionState.SCHEDULED and decision.scheduled_for:
        return "Nothing was sent yet; until enforcement starts it can be cancelled."
    if decision.state == DecisionState.PARTLY_ENFORCED and not (decision.dry_run or settings.ENFORCEMENT_WEBHOOK_URL):
        return f"What failed cannot be retried yet: {policies.NO_RECEIVER}."
    if decision.state != DecisionState.PROPOSED:
        return ""
    if decision.proposed_by == reader:
        return "You proposed it, so another person approves or refuses it."
    if any(vote.by_id == reader.pk for vote in decision.approvals.all()):
        return "You voted; another person's vote is still needed."
    if can(reader, Action.APPROVE) and not voting.can_vote(decision, reader):
        return "A lead has to approve it."
    return "It waits for other people's votes."
