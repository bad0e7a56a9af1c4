"""What the webhook answered, written with the account's status in one transaction, and the end of an enforcement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from accounts.decided import DecidedStatus, restored_status, set_decided_statuses
from accounts.enums import Status, StatusOrigin
from accounts.models import ApiAccount
from audit.services import Event, case_chain, record, record_many
from core.bulk import copy_rows, update_rows
from core.clock import now
from investigations.enums import ENFORCED_STATUS, DecisionState, DeliveryOutcome, ItemState
from investigations.models import Decision, DecisionItem, Delivery
from investigations.policies import NO_RECEIVER
from investigations.services.decisions import move, trail
from investigations.services.locking import lock_accounts, lock_decision
from investigations.services.reversal import TOOK_EFFECT, mark_reversed
from investigations.services.telling import tell_failed
from investigations.webhook import Attempt
from staff.permissions import Worker

WORKER = Worker("enforcement")
FIELDS = ("state", "status_before", "pulled_before", "next_attempt_at", "claimed_until", "answer", "done_at")
DELIVERY_FIELDS = (
    *("item", "delivery_id", "attempt", "sent_at", "duration_ms"),
    *("status", "outcome", "answer", "body_sha256"),
)
DRY = "dry run: everything but the call"
NOT_SENT = f"not sent: {NO_RECEIVER}; then retry the failed"
Attempted = Sequence[tuple[DecisionItem, Attempt]]


def statuses_for(items: Sequence[DecisionItem]) -> dict[int, Status]:
    """The status that each account of one decision shall have: the action's, or what held before what is reversed."""
    if not items:
        return {}
    decision = items[0].decision
    if decision.reverses_id is None:
        return dict.fromkeys((item.pk for item in items), ENFORCED_STATUS[decision.action])
    undone = _undone(decision.reverses_id, [item.account_id for item in items])
    return {item.pk: _before(undone.get(item.account_id)) for item in items}


@transaction.atomic
def record_attempts(attempted: Attempted, *, put_off: Callable[[int, int | None], float]) -> None:
    """Log each attempt, and write each item's result once. What another worker settled meanwhile changes no more."""
    attempts = {item.pk: (item.attempts, attempt) for item, attempt in attempted}
    copy_rows(Delivery, DELIVERY_FIELDS, map(_logged, attempted))
    rows = DecisionItem.objects.select_for_update(of=("self",)).filter(pk__in=attempts, state=ItemState.WAITING)
    items = list(rows.select_related("decision__case").order_by("pk"))
    accounts = {account.pk: account for account in lock_accounts([item.account_id for item in items])}
    settled = [item for item in items if _settle(item, *attempts[item.pk], put_off)]
    _set_statuses([item for item in settled if item.state == ItemState.DONE], accounts)
    update_rows(items, FIELDS)
    if settled:
        record_many(actor=WORKER, events=[_event(item, accounts[item.account_id]) for item in settled])


def _settle(item: DecisionItem, number: int, attempt: Attempt, put_off: Callable[[int, int | None], float]) -> bool:
    """Set on a locked item what its attempt made of it. Whether that was the last word."""
    answer = attempt.answer
    if answer is None:
        item.state, item.answer = ItemState.DRY_RUN, DRY
    elif answer.ok:
        item.state, item.answer = ItemState.DONE, answer.text
    elif number != item.attempts:
        return False  # a newer attempt is under way; its answer counts
    elif answer.final or item.attempts >= settings.ENFORCEMENT_MAX_ATTEMPTS:
        item.state, item.answer = ItemState.FAILED, answer.text
    else:
        item.next_attempt_at = now() + timedelta(seconds=put_off(item.attempts, answer.retry_after_s))
        item.answer, item.claimed_until = answer.text, None
        return False
    item.next_attempt_at = item.claimed_until = None
    item.done_at = now() if item.state == ItemState.DONE else None
    return True


@transaction.atomic
def fail_without_receiver(*, decision_id: int) -> int:
    """End an enforcement whose receiver was unset on the way: what waits and nobody is sending fails, and can be retried.

    How many accounts. What a worker holds at this moment is settled by its answer, or at the next call after its lease.
    """
    decision = lock_decision(decision_id)
    if decision.state != DecisionState.APPROVED:
        return 0
    free = decision.items.filter(Q(claimed_until=None) | Q(claimed_until__lt=now()), state=ItemState.WAITING)
    rows = free.select_for_update(of=("self",), skip_locked=True).select_related("account", "decision__case")
    items = list(rows.order_by("pk"))
    for item in items:
        item.state, item.answer, item.next_attempt_at, item.claimed_until = ItemState.FAILED, NOT_SENT, None, None
    update_rows(items, FIELDS)
    if items:
        record_many(actor=WORKER, events=[_event(item, item.account) for item in items])
    complete_locked(decision)
    return len(items)


@transaction.atomic
def complete(*, decision_id: int) -> bool:
    """End the enforcement when no item waits any more. Whether this call ended it."""
    return complete_locked(lock_decision(decision_id))


def complete_locked(decision: Decision) -> bool:
    """The same for a decision that is locked."""
    if decision.state != DecisionState.APPROVED or decision.items.filter(state=ItemState.WAITING).exists():
        return False
    by_state = dict(decision.items.order_by().values_list("state").annotate(n=Count("pk")))
    done, failed, stopped = (by_state.get(s, 0) for s in (ItemState.DONE, ItemState.FAILED, ItemState.CANCELLED))
    if not done and not failed:
        state = DecisionState.DRY_RUN if by_state.get(ItemState.DRY_RUN) else DecisionState.CANCELLED
    else:
        state = DecisionState.PARTLY_ENFORCED if failed or stopped else DecisionState.ENFORCED
        decision.enforced_at = now()
    move(decision, state)
    facts = {"n_done": done, "n_failed": failed, "n_stopped": stopped, "dry_run": decision.dry_run}
    record(actor=WORKER, action="decision.enforced", **trail(decision), state=state, **facts)
    if state == DecisionState.ENFORCED:
        mark_reversed(decision, WORKER)
    if failed:
        tell_failed(decision)
    return True


def _logged(attempted: tuple[DecisionItem, Attempt]) -> tuple[object, ...]:
    """One row of DELIVERY_FIELDS."""
    item, attempt = attempted
    answer = attempt.answer
    if answer is None:
        outcome = DeliveryOutcome.DRY_RUN
    elif answer.ok:
        outcome = DeliveryOutcome.TAKEN
    else:
        outcome = DeliveryOutcome.REFUSED if answer.final else DeliveryOutcome.AGAIN
    told = answer.text if answer else DRY
    when = (item.attempts, attempt.sent_at, attempt.duration_ms)
    return (item.pk, attempt.delivery_id, *when, answer and answer.status, outcome, told, attempt.body_sha256)


def _set_statuses(items: Sequence[DecisionItem], accounts: Mapping[int, ApiAccount]) -> None:
    if not items:
        return
    decision = items[0].decision
    undone = _undone(decision.reverses_id, list(accounts)) if decision.reverses_id else {}
    changes = []
    for item in items:
        account = accounts[item.account_id]
        item.status_before, item.pulled_before = account.status_decided, account.status_pulled
        before = undone.get(item.account_id)
        if decision.reverses_id is None:
            status, standing = ENFORCED_STATUS[decision.action], str(ENFORCED_STATUS[decision.action])
        else:
            status, standing = _before(before), before.status_before if before else ""
        changes.append(
            DecidedStatus(
                account=account,
                standing=standing,
                status=status,
                origin=StatusOrigin.REVERSED if decision.reverses_id else StatusOrigin.DECIDED,
                source=decision.code,
                reason=decision.reason,
                occurred_at=item.done_at or now(),
            )
        )
    set_decided_statuses(changes)
    if undone:
        done = [item.account_id for item in items]
        DecisionItem.objects.filter(decision=decision.reverses_id, account__in=done, state=ItemState.DONE).update(
            state=ItemState.REVERSED
        )


def _before(undone: DecisionItem | None) -> Status:
    """The status that held before the item that is taken back."""
    if undone is None:
        return restored_status(standing="", pulled="")
    return restored_status(standing=undone.status_before, pulled=undone.pulled_before)


def _undone(decision_id: int, account_ids: Sequence[int]) -> dict[int, DecisionItem]:
    rows = DecisionItem.objects.filter(decision_id=decision_id, account__in=account_ids, state__in=TOOK_EFFECT)
    return {item.account_id: item for item in rows}


def _event(item: DecisionItem, account: ApiAccount) -> Event:
    actions = {ItemState.DONE: "account.enforced", ItemState.DRY_RUN: "enforcement.dry_run"}
    return Event(
        actions.get(ItemState(item.state), "enforcement.failed"),
        f"account:{account.account_id}",
        {
            "decision": item.decision.code,
            "action": "reverse" if item.decision.reverses_id else item.decision.action,
            "status_decided": account.status_decided,
            "attempts": item.attempts,
            "answer": item.answer,
        },
        case_chain(item.decision.case.code),
    )
