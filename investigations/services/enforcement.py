"""Enforcement: an approved decision is carried out account by account. The work list is the items' rows.

An item is claimed (its next attempt is put off by a lease), sent outside of any transaction, and its result written with
the account's new status in one. A worker killed in between leaves a claimed item whose lease runs out; the repeated call
carries the same idempotency key.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from core.clock import now
from core.enqueue import enqueue_on_commit
from investigations import webhook
from investigations.enums import DecisionState, ItemState
from investigations.models import Decision, DecisionItem, Statement
from investigations.services.enforcement_results import complete, fail_without_receiver, record_attempts, statuses_for
from investigations.services.scheduling import start_due
from investigations.services.wake import wake_enforcement

if TYPE_CHECKING:
    import httpx

BATCH = 40
DRY_BATCH = 1_000  # nothing is sent, so nothing waits for an answer
AT_ONCE = 8
STEP_S = 120.0
MAX_BACKOFF_S = 3600.0


def enforce_decision(*, decision_id: int) -> int:
    """Send what is due of one decision, in small batches, for at most two minutes; then hand on. How many were sent.

    Any number of workers may do this at once: each takes items that no other holds. A dry run makes every call and
    sends none. Where the receiver was unset meanwhile, what still waits fails.
    """
    dry = Decision.objects.filter(pk=decision_id).values_list("dry_run", flat=True).first()
    if dry is None:
        return 0
    if not (dry or settings.ENFORCEMENT_WEBHOOK_URL):
        fail_without_receiver(decision_id=decision_id)
        return 0
    sent, until = 0, time.monotonic() + STEP_S
    with webhook.client(settings.ENFORCEMENT_TIMEOUT_S) as http, ThreadPoolExecutor(AT_ONCE) as pool:
        while items := claim_batch(decision_id=decision_id, size=DRY_BATCH if dry else BATCH):
            calls = calls_for(items)
            attempts = list(pool.map(lambda call: _deliver(call, None if dry else http), calls))
            record_attempts(list(zip(items, attempts, strict=True)), put_off=backoff_s)
            sent += len(items)
            if time.monotonic() > until:
                transaction.on_commit(lambda: enqueue_on_commit(wake_enforcement(), decision_id=decision_id))
                break
    complete(decision_id=decision_id)
    return sent


def resume_enforcement() -> int:
    """Start what was scheduled, then wake a worker for each decision with something due or lacking its last step."""
    start_due()
    approved = Decision.objects.filter(state=DecisionState.APPROVED)
    waiting = DecisionItem.objects.filter(decision__in=approved, state=ItemState.WAITING)
    due = set(due_items(waiting).values_list("decision_id", flat=True))
    unfinished = set(approved.exclude(pk__in=waiting.values("decision_id")).values_list("pk", flat=True))
    for decision_id in sorted(due | unfinished):
        enqueue_on_commit(wake_enforcement(), decision_id=decision_id)
    return len(due | unfinished)


@transaction.atomic
def claim_batch(*, decision_id: int, size: int = BATCH) -> Sequence[DecisionItem]:
    """Take some due items that nobody else holds; their lease outlasts the slowest possible sending."""
    waiting = DecisionItem.objects.filter(
        decision_id=decision_id, decision__state=DecisionState.APPROVED, state=ItemState.WAITING
    )
    free = due_items(waiting).select_for_update(of=("self",), skip_locked=True).order_by("id")
    ids = [item.pk for item in free[:size]]
    lease = timedelta(seconds=30 + settings.ENFORCEMENT_TIMEOUT_S * 2 * size / AT_ONCE)
    DecisionItem.objects.filter(pk__in=ids).update(
        attempts=F("attempts") + 1, next_attempt_at=now() + lease, claimed_until=now() + lease
    )
    rows = DecisionItem.objects.filter(pk__in=ids).order_by("id")
    return list(rows.select_related("account", "decision__reverses", "decision__case"))


def due_items(items: QuerySet[DecisionItem]) -> QuerySet[DecisionItem]:
    """Of these, what may be sent now."""
    return items.filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=now()))


def backoff_s(attempts: int, wish_s: int | None = None) -> float:
    """Seconds until the next attempt: doubled each time up to an hour, with jitter, never sooner than the receiver asks."""
    full = min(MAX_BACKOFF_S, settings.ENFORCEMENT_BACKOFF_S * 2.0 ** (attempts - 1))
    jittered = full * random.uniform(0.5, 1.5)
    return max(jittered, min(float(wish_s or 0), MAX_BACKOFF_S))


def calls_for(items: Sequence[DecisionItem]) -> list[webhook.Call]:
    """One call for each item of one decision, ready to be sent."""
    statuses, statements = statuses_for(items), _statements(items)
    bodies = [_body(item, statuses[item.pk], statements.get(item.pk)) for item in items]
    return [webhook.Call(item.idempotency_key, body) for item, body in zip(items, bodies, strict=True)]


def _statements(items: Sequence[DecisionItem]) -> dict[int, Statement]:
    """The newest statement of reasons of each account. One query."""
    rows = Statement.objects.filter(item__in=items).order_by("item_id", "-version").distinct("item_id")
    return {statement.item_id: statement for statement in rows}


def _body(item: DecisionItem, status: str, statement: Statement | None) -> dict[str, object]:
    decision = item.decision
    return {
        "account_id": item.account.account_id,
        "action": "reverse" if decision.reverses_id else decision.action,
        "status": status,
        "decision": decision.code,
        "reverses": decision.reverses.code if decision.reverses else None,
        "occurred_at": decision.approved_at,
        "clause": decision.clause,
        "statement": statement.text if statement else None,
        "statement_version": statement.version if statement else None,
    }


def _deliver(call: webhook.Call, http: httpx.Client | None) -> webhook.Attempt:
    return webhook.attempt(
        call,
        http=http,
        url=settings.ENFORCEMENT_WEBHOOK_URL,
        secret=settings.ENFORCEMENT_WEBHOOK_SECRET,
        at=now(),
        delivery_id=uuid.uuid4(),
    )
