"""Approval: the second person's yes, and what it sets in motion."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from audit.services import record
from core.clock import now
from core.enqueue import enqueue_on_commit
from core.errors import Conflict
from core.text import storable
from investigations import policies
from investigations.enums import DECISION_TRANSITIONS, ENFORCED_STATUS, DecisionState, ItemState
from investigations.models import Decision
from investigations.protection import protected_among
from investigations.services.attempts import attempt
from investigations.services.decisions import check_uncontended, check_undecided, move, trail
from investigations.services.locking import current_person, lock_accounts, lock_decision
from investigations.services.reversal import check_standing, check_uncovered, mark_reversed
from investigations.services.wake import wake_enforcement
from staff.enums import Action
from staff.models import User


def approve_decision(*, decision: Decision, actor: User, reason: str = "", version: int | None = None) -> Decision:
    """Approve another person's proposal. Enforced actions go to the webhook; the others are recorded.

    Raises NotAllowed for the proposer and for a role that may not, Conflict when somebody settled it first.
    """
    with attempt(actor=actor, what="decision.approve", **trail(decision)):
        person = current_person(actor, Action.APPROVE)
        locked = lock_decision(decision.pk, version=version)
        check_undecided(locked, DecisionState.APPROVED)
        policies.check_second_person(locked, person)
        policies.check_approver(locked, person)
        _check_accounts(locked)
        locked.approvals.create(by=person, approved=True, reason=storable(reason))
        locked.approved_at = now()
        record(actor=person, action="decision.approved", **trail(locked), reason=reason, role=person.role)
        _set_in_motion(locked, person)
        return locked


def enforce_recorded_decision(*, decision: Decision, actor: User, reason: str) -> Decision:
    """Enforce a decision that was only recorded because no webhook was configured then."""
    with attempt(actor=actor, what="decision.enforce", **trail(decision)):
        person = current_person(actor, Action.APPROVE)
        policies.check_words(reason=reason)
        locked = lock_decision(decision.pk)
        if not _enforceable(locked):
            raise Conflict(f"{locked.code} stays recorded: its action is not enforced, or no webhook is configured.")
        policies.check_transition(DECISION_TRANSITIONS, locked.state, DecisionState.APPROVED, locked.code)
        policies.check_second_person(locked, person)
        if locked.reversal is not None:
            raise Conflict(f"{locked.code} has the reversal {locked.reversal.code}.")
        _check_accounts(locked)
        locked.items.filter(state=ItemState.NOT_ENFORCED).update(state=ItemState.WAITING, next_attempt_at=None)
        move(locked, DecisionState.APPROVED)
        record(actor=person, action="enforcement.started", **trail(locked), reason=reason)
        enqueue_on_commit(wake_enforcement(), decision_id=locked.pk)
        return locked


def retry_failed(*, decision: Decision, actor: User) -> int:
    """Try the failed accounts of a decision again, under the same idempotency keys. How many."""
    with attempt(actor=actor, what="enforcement.retry", **trail(decision)):
        person = current_person(actor, Action.APPROVE)
        locked = lock_decision(decision.pk)
        policies.check_transition(DECISION_TRANSITIONS, locked.state, DecisionState.APPROVED, locked.code)
        if locked.state != DecisionState.PARTLY_ENFORCED:
            raise Conflict(f"{locked.code} has no failed accounts.")
        if locked.reversal is not None:
            raise Conflict(f"{locked.code} has the reversal {locked.reversal.code}.")
        _check_accounts(locked, states=(ItemState.FAILED,))
        failed = locked.items.filter(state=ItemState.FAILED)
        count = failed.update(state=ItemState.WAITING, attempts=0, next_attempt_at=None)
        move(locked, DecisionState.APPROVED)
        record(actor=person, action="enforcement.retried", **trail(locked), n_accounts=count)
        enqueue_on_commit(wake_enforcement(), decision_id=locked.pk)
        return count


def _enforceable(decision: Decision) -> bool:
    return decision.action in ENFORCED_STATUS and bool(settings.ENFORCEMENT_WEBHOOK_URL)


def _check_accounts(decision: Decision, states: Sequence[str] = ItemState.values) -> None:
    """What was true of the accounts at the proposal must still be: none newly protected, none decided on elsewhere."""
    items = {item.account_id: item for item in decision.items.filter(state__in=states)}
    accounts = lock_accounts(items)
    if decision.reverses is not None:
        check_standing(decision.reverses, besides=decision)
    else:
        overrides = {account.account_id: items[account.pk].override_reason for account in accounts}
        policies.check_protected(accounts, overrides, protected_among(accounts))
        if decision.approved_at is not None:
            check_uncovered(decision, items.keys())
    check_uncontended(decision.action, accounts, besides=decision)


def _set_in_motion(decision: Decision, person: User) -> None:
    undoes_nothing = decision.reverses is not None and not decision.reverses.items.filter(state=ItemState.DONE).exists()
    if _enforceable(decision) and not undoes_nothing:
        move(decision, DecisionState.APPROVED)
        enqueue_on_commit(wake_enforcement(), decision_id=decision.pk)
        return
    decision.items.update(state=ItemState.NOT_ENFORCED)
    move(decision, DecisionState.RECORDED)
    record(actor=person, action="decision.recorded", **trail(decision))
    if undoes_nothing:
        mark_reversed(decision, person)
