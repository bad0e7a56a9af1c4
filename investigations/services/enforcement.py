"""Enforcement: an approved decision is carried out account by account. The work list is the items' rows.

An item is claimed (its next attempt is put off by a lease), sent outside of any transaction, and its result written with
the account's new status in one. A worker killed in between leaves a claimed item whose lease runs out; the repeated call
carries the same idempotency key.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from core.clock import now
from core.enqueue import enqueue_on_commit
from investigations import webhook
from investigations.enums import DecisionState, ItemState
from investigations.models import Decision, DecisionItem
from investigations.services.enforcement_results import complete, record_answers, status_for
from investigations.services.wake import wake_enforcement

BATCH = 40
AT_ONCE = 8
STEP_S = 120.0
MAX_BACKOFF_S = 3600.0


def enforce_decision(*, decision_id: int) -> int:
    """Send what is due of one decision, in small batches, for at most two minutes; then hand on. How many were sent.

    Any number of workers may do this at once: each takes items that no other holds.
    """
    sent, until = 0, time.monotonic() + STEP_S
    if not settings.ENFORCEMENT_WEBHOOK_URL:
        return 0
    with webhook.client(settings.ENFORCEMENT_TIMEOUT_S) as http, ThreadPoolExecutor(AT_ONCE) as pool:
        while items := claim_batch(decision_id=decision_id):
            calls = [_call(item) for item in items]
            answers = list(pool.map(lambda call: _deliver(call, http), calls))
            record_answers(list(zip(items, answers, strict=True)), put_off=backoff_s)
            sent += len(items)
            if time.monotonic() > until:
                transaction.on_commit(lambda: enqueue_on_commit(wake_enforcement(), decision_id=decision_id))
                break
    complete(decision_id=decision_id)
    return sent


def resume_enforcement() -> int:
    """Wake a worker for each decision that has something due, or that only lacks its last step. How many."""
    approved = Decision.objects.filter(state=DecisionState.APPROVED)
    waiting = DecisionItem.objects.filter(decision__in=approved, state=ItemState.WAITING)
    due = set(due_items(waiting).values_list("decision_id", flat=True))
    unfinished = set(approved.exclude(pk__in=waiting.values("decision_id")).values_list("pk", flat=True))
    for decision_id in sorted(due | unfinished):
        enqueue_on_commit(wake_enforcement(), decision_id=decision_id)
    return len(due | unfinished)


@transaction.atomic
def claim_batch(*, decision_id: int) -> Sequence[DecisionItem]:
    """Take some due items that nobody else holds; their lease outlasts the slowest possible sending."""
    waiting = DecisionItem.objects.filter(
        decision_id=decision_id, decision__state=DecisionState.APPROVED, state=ItemState.WAITING
    )
    free = due_items(waiting).select_for_update(of=("self",), skip_locked=True).order_by("id")
    ids = [item.pk for item in free[:BATCH]]
    lease = timedelta(seconds=30 + settings.ENFORCEMENT_TIMEOUT_S * 2 * BATCH / AT_ONCE)
    DecisionItem.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1, next_attempt_at=now() + lease)
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


def _call(item: DecisionItem) -> webhook.Call:
    decision = item.decision
    return webhook.Call(
        idempotency_key=item.idempotency_key,
        body={
            "account_id": item.account.account_id,
            "action": "reverse" if decision.reverses_id else decision.action,
            "status": status_for(item),
            "decision": decision.code,
            "reverses": decision.reverses.code if decision.reverses else None,
            "occurred_at": decision.approved_at,
            "clause": decision.clause,
        },
    )


def _deliver(call: webhook.Call, http: object) -> webhook.Answer:
    return webhook.deliver(
        call,
        http=http,  # type: ignore[arg-type]
        url=settings.ENFORCEMENT_WEBHOOK_URL,
        secret=settings.ENFORCEMENT_WEBHOOK_SECRET,
        timestamp=int(now().timestamp()),
    )
