"""Approval: other people's yes, and what it sets in motion."""

from __future__ import annotations

from collections.abc import Sequence

from audit.services import record
from core.clock import now
from core.enqueue import enqueue_on_commit
from core.errors import Conflict
from core.text import storable
from investigations import policies, voting
from investigations.enums import DECISION_TRANSITIONS, DecisionState, ItemState
from investigations.models import Decision
from investigations.protection import protected_among
from investigations.services.attempts import attempt
from investigations.services.decisions import check_uncontended, check_undecided, grounds, move, trail
from investigations.services.locking import current_person, lock_accounts, lock_decision
from investigations.services.reversal import check_standing, check_uncovered
from investigations.services.scheduling import begin, enforceable, set_in_motion
from investigations.services.statements import check_statements
from investigations.services.telling import tell_settled, tell_waiting
from investigations.services.wake import wake_enforcement
from staff.enums import Action, Role
from staff.models import User


def approve_decision(*, decision: Decision, actor: User, reason: str = "", version: int | None = None) -> Decision:
    """Cast a vote for another person's proposal; the last vote that it needs sets it in motion.

    Enforced actions wait out the cancel window and go to the webhook; the others are recorded.
    Raises NotAllowed for the proposer and for a role that may not, Conflict when somebody settled it first.
    """
    with attempt(actor=actor, what="decision.approve", **trail(decision)):
        person = current_person(actor, Action.APPROVE)
        locked = lock_decision(decision.pk, version=version)
        check_undecided(locked, DecisionState.APPROVED)
        policies.check_second_person(locked, person)
        voting.apply_need(locked)
        votes = list(locked.approvals.select_related("by"))
        voting.check_first_vote(votes, person)
        voting.check_approver(locked, votes, person)
        _check_accounts(locked)
        check_statements(locked)
        as_lead = person.role == Role.LEAD
        votes.append(locked.approvals.create(by=person, approved=True, as_lead=as_lead, reason=storable(reason)))
        if not voting.settled(locked, votes):
            locked.save(update_fields=("approvals_needed", "lead_needed"))
            # Neither the version nor the trail may tell the next voter how this one voted.
            record(actor=person, action="vote.cast", **trail(locked))
            tell_waiting(locked, person)
            return locked
        locked.approved_at = now()
        told = [{"by": vote.by.audit_name, "lead": vote.as_lead, "reason": vote.reason} for vote in votes]
        record(actor=person, action="decision.approved", **trail(locked), votes=told, **grounds(locked))
        set_in_motion(locked, person)
        tell_settled(locked, person)
        return locked


def enforce_recorded_decision(*, decision: Decision, actor: User, reason: str) -> Decision:
    """Enforce a decision that was only recorded because no webhook was configured then."""
    with attempt(actor=actor, what="decision.enforce", **trail(decision)):
        person = current_person(actor, Action.APPROVE)
        policies.check_words(reason=reason)
        locked = lock_decision(decision.pk)
        if not enforceable(locked):
            raise Conflict(f"{locked.code} stays recorded: its action is not enforced, or no webhook is configured.")
        policies.check_transition(DECISION_TRANSITIONS, locked.state, DecisionState.APPROVED, locked.code)
        policies.check_second_person(locked, person)
        voting.check_approver(locked, [], person)
        if locked.reversal is not None:
            raise Conflict(f"{locked.code} has the reversal {locked.reversal.code}.")
        _check_accounts(locked)
        locked.items.filter(state=ItemState.NOT_ENFORCED).update(state=ItemState.WAITING)
        record(actor=person, action="enforcement.started", **trail(locked), reason=reason)
        begin(locked)
        return locked


def retry_failed(*, decision: Decision, actor: User) -> int:
    """Try the failed accounts of a decision again, under the same idempotency keys. How many."""
    with attempt(actor=actor, what="enforcement.retry", **trail(decision)):
        person = current_person(actor, Action.APPROVE)
        locked = lock_decision(decision.pk)
        policies.check_transition(DECISION_TRANSITIONS, locked.state, DecisionState.APPROVED, locked.code)
        failed = locked.items.filter(state=ItemState.FAILED)
        if locked.state != DecisionState.PARTLY_ENFORCED or not failed.exists():
            raise Conflict(f"{locked.code} has no failed accounts.")
        if locked.reversal is not None:
            raise Conflict(f"{locked.code} has the reversal {locked.reversal.code}.")
        if not enforceable(locked):
            raise Conflict(f"{locked.code} cannot be sent: {policies.NO_RECEIVER}.")
        _check_accounts(locked, states=(ItemState.FAILED,))
        count = failed.update(state=ItemState.WAITING, attempts=0, next_attempt_at=None)
        move(locked, DecisionState.APPROVED)
        record(actor=person, action="enforcement.retried", **trail(locked), n_accounts=count)
        enqueue_on_commit(wake_enforcement(), decision_id=locked.pk)
        return count


def _check_accounts(decision: Decision, states: Sequence[str] = ItemState.values) -> None:
    """What was true of the accounts at the proposal must still be: none newly protected, none decided on elsewhere."""
    items = decision.items.filter(state__in=states)
    reasons = dict(items.values_list("account_id", "override_reason"))
    accounts = lock_accounts(reasons)
    if decision.reverses is not None:
        check_standing(decision.reverses, besides=decision)
    else:
        overrides = {account.account_id: reasons[account.pk] for account in accounts}
        policies.check_protected(accounts, overrides, protected_among(accounts))
        if decision.approved_at is not None:
            check_uncovered(decision, reasons.keys())
    check_uncontended(decision.action, accounts, besides=decision)
