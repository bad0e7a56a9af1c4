"""Between approval and enforcement: the cancel window, a delayed start, delays drawn for each account, and stopping."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value

from audit.services import record
from core.clock import now
from core.enqueue import enqueue_on_commit
from core.errors import Conflict
from investigations import policies, voting
from investigations.enums import ENFORCED_STATUS, DecisionState, ItemState
from investigations.models import Decision
from investigations.services.attempts import attempt
from investigations.services.decisions import move, trail
from investigations.services.enforcement_results import complete_locked
from investigations.services.locking import current_person, lock_decision
from investigations.services.reversal import mark_reversed
from investigations.services.wake import wake_enforcement
from staff.enums import Action
from staff.models import User
from staff.permissions import Worker

WORKER = Worker("schedule")


def enforceable(decision: Decision) -> bool:
    """Whether an approval leads to calls: an action that is enforced, and a receiver, or a dry run that needs none."""
    return decision.action in ENFORCED_STATUS and (decision.dry_run or bool(settings.ENFORCEMENT_WEBHOOK_URL))


def set_in_motion(decision: Decision, person: User) -> None:
    """What a locked decision's last vote starts: the cancel window, enforcement, or the record alone."""
    reverses = decision.reverses
    undoes_nothing = reverses is not None and not reverses.items.filter(state=ItemState.DONE).exists()
    if not enforceable(decision) or undoes_nothing:
        _record_only(decision, person)
        return
    window = 0 if reverses is not None else settings.CANCEL_WINDOW_S
    starts = max(now() + timedelta(seconds=window), decision.start_at or now())
    if starts <= now():
        begin(decision)
        return
    decision.scheduled_for = starts
    move(decision, DecisionState.SCHEDULED)
    record(actor=person, action="decision.scheduled", **trail(decision), starts_at=starts, spread_s=decision.spread_s)


def begin(decision: Decision) -> None:
    """Start the calls of a locked decision, each after its own delay."""
    due = Value(now()) + F("delay_s") * Value(timedelta(seconds=1))
    waiting = decision.items.filter(state=ItemState.WAITING)
    if decision.spread_s:
        waiting.update(next_attempt_at=ExpressionWrapper(due, output_field=DateTimeField()))
    else:
        waiting.update(next_attempt_at=None)
    move(decision, DecisionState.APPROVED)
    enqueue_on_commit(wake_enforcement(), decision_id=decision.pk)


def start_due() -> int:
    """Start what was scheduled and whose time has come. How many."""
    due = Decision.objects.filter(state=DecisionState.SCHEDULED, scheduled_for__lte=now())
    return sum(_start(decision_id) for decision_id in due.order_by("id").values_list("pk", flat=True))


@transaction.atomic
def _start(decision_id: int) -> bool:
    decision = lock_decision(decision_id)
    if decision.state != DecisionState.SCHEDULED or decision.scheduled_for is None or decision.scheduled_for > now():
        return False
    if not enforceable(decision):
        _record_only(decision, WORKER)
        return True
    record(actor=WORKER, action="enforcement.started", **trail(decision), scheduled_for=decision.scheduled_for)
    begin(decision)
    return True


def cancel_decision(*, decision: Decision, reason: str, actor: User, version: int | None = None) -> Decision:
    """Cancel what was approved before anything is sent; later, stop what still waits: what was sent is reversed instead.

    Raises NotAllowed for who took no part and is no lead, Conflict when nothing waits any more.
    """
    with attempt(actor=actor, what="decision.cancel", **trail(decision)):
        person = current_person(actor, Action.PROPOSE)
        policies.check_words(reason=reason)
        locked = lock_decision(decision.pk, version=version)
        voting.check_canceller(locked, person)
        if locked.state == DecisionState.SCHEDULED:
            count = _stop(locked)
            move(locked, DecisionState.CANCELLED)
            record(actor=person, action="decision.cancelled", **trail(locked), reason=reason, n_accounts=count)
            return locked
        if locked.state != DecisionState.APPROVED:
            raise Conflict(f"{locked.code} is {locked.get_state_display()}; nothing of it waits to be sent.")
        count = _stop(locked)
        if not count:
            raise Conflict(f"Nothing of {locked.code} waits any more; what was sent is reversed instead.")
        record(actor=person, action="enforcement.stopped", **trail(locked), reason=reason, n_accounts=count)
        complete_locked(locked)
        return locked


def _stop(decision: Decision) -> int:
    """Take back what no worker is sending at this moment. How many accounts."""
    free = decision.items.filter(Q(claimed_until=None) | Q(claimed_until__lt=now()), state=ItemState.WAITING)
    return int(free.update(state=ItemState.CANCELLED, next_attempt_at=None))


def _record_only(decision: Decision, actor: Any) -> None:
    decision.items.filter(state=ItemState.WAITING).update(state=ItemState.NOT_ENFORCED)
    move(decision, DecisionState.RECORDED)
    record(actor=actor, action="decision.recorded", **trail(decision))
    if decision.reverses is not None:
        mark_reversed(decision, actor)
