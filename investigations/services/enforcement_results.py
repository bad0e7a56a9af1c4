"""What the webhook answered, written with the account's status in one transaction, and the end of an enforcement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from accounts.decided import DecidedStatus, restored_status, set_decided_statuses
from accounts.enums import Status, StatusOrigin
from accounts.models import ApiAccount
from audit.services import Event, case_chain, record, record_many
from core.clock import now
from investigations.enums import ENFORCED_STATUS, DecisionState, ItemState
from investigations.models import DecisionItem
from investigations.services.decisions import move, trail
from investigations.services.locking import lock_accounts, lock_decision
from investigations.services.reversal import mark_reversed
from investigations.webhook import Answer
from staff.permissions import Worker

WORKER = Worker("enforcement")
FIELDS = ("state", "status_before", "pulled_before", "next_attempt_at", "answer", "done_at")


def status_for(item: DecisionItem) -> Status:
    """The status that the account shall have: the action's, or after a reversal what held before the decision."""
    if item.decision.reverses_id is None:
        return ENFORCED_STATUS[item.decision.action]
    before = _undone(item.decision.reverses_id, [item.account_id]).get(item.account_id)
    return restored_status(
        standing=before.status_before if before else "", pulled=before.pulled_before if before else ""
    )


@transaction.atomic
def record_answers(
    answered: Sequence[tuple[DecisionItem, Answer]], *, put_off: Callable[[int, int | None], float]
) -> None:
    """Write each item's result once. An answer to an item that another worker has settled meanwhile changes nothing."""
    answers = {item.pk: (item.attempts, answer) for item, answer in answered}
    rows = DecisionItem.objects.select_for_update(of=("self",)).filter(pk__in=answers, state=ItemState.WAITING)
    items = list(rows.select_related("decision__case").order_by("pk"))
    accounts = {account.pk: account for account in lock_accounts([item.account_id for item in items])}
    settled = []
    for item in items:
        attempts, answer = answers[item.pk]
        if answer.ok:
            item.state, item.done_at, item.next_attempt_at = ItemState.DONE, now(), None
            settled.append(item)
        elif attempts != item.attempts:
            continue  # a newer attempt is under way; its answer counts
        elif answer.final or item.attempts >= settings.ENFORCEMENT_MAX_ATTEMPTS:
            item.state, item.next_attempt_at = ItemState.FAILED, None
            settled.append(item)
        else:
            item.next_attempt_at = now() + timedelta(seconds=put_off(item.attempts, answer.retry_after_s))
        item.answer = answer.text
    _set_statuses([item for item in settled if item.state == ItemState.DONE], accounts)
    DecisionItem.objects.bulk_update(items, FIELDS, batch_size=500)
    if settled:
        record_many(actor=WORKER, events=[_event(item, accounts[item.account_id]) for item in settled])


@transaction.atomic
def complete(*, decision_id: int) -> bool:
    """End the enforcement when no item waits any more. Whether this call ended it."""
    decision = lock_decision(decision_id)
    if decision.state != DecisionState.APPROVED or decision.items.filter(state=ItemState.WAITING).exists():
        return False
    failed = decision.items.filter(state=ItemState.FAILED).count()
    done = decision.items.filter(state=ItemState.DONE).count()
    decision.enforced_at = now()
    move(decision, DecisionState.PARTLY_ENFORCED if failed else DecisionState.ENFORCED)
    record(actor=WORKER, action="decision.enforced", **trail(decision), n_done=done, n_failed=failed)
    if not failed:
        mark_reversed(decision, WORKER)
    return True


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
            standing = before.status_before if before else ""
            status = restored_status(standing=standing, pulled=before.pulled_before if before else "")
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


def _undone(decision_id: int, account_ids: Sequence[int]) -> dict[int, DecisionItem]:
    rows = DecisionItem.objects.filter(decision_id=decision_id, account__in=account_ids, state=ItemState.DONE)
    return {item.account_id: item for item in rows}


def _event(item: DecisionItem, account: ApiAccount) -> Event:
    done = item.state == ItemState.DONE
    return Event(
        "account.enforced" if done else "enforcement.failed",
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
