"""Appeals: recorded in the customer's words, judged by somebody who took no part; an overturned one gives access back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from audit.services import case_chain, record
from core.clock import now
from core.errors import Conflict, InvalidInput, NotAllowed
from core.text import storable
from investigations import policies
from investigations.enums import APPEAL_TRANSITIONS, AppealState, ItemState
from investigations.models import Appeal, Decision, DecisionItem
from investigations.services.attempts import attempt
from investigations.services.decisions import check_uncontended, save_proposal
from investigations.services.locking import current_person, lock_accounts, lock_decision
from investigations.services.reversal import check_uncovered
from investigations.services.scheduling import set_in_motion
from staff.enums import Action
from staff.models import User

APPEALABLE = (ItemState.DONE, ItemState.NOT_ENFORCED)


def record_appeal(*, item: DecisionItem, words: str, received_at: datetime, actor: User) -> Appeal:
    """Write down what a customer says against the restriction of one account."""
    with attempt(actor=actor, what="appeal.record", subject=f"account:{item.account}"):
        person = current_person(actor, Action.EDIT_CASE)
        policies.check_words(words=words)
        if received_at > now():
            raise InvalidInput("received_at", received_at.isoformat(), "it lies in the past")
        locked = lock_decision(item.decision_id)
        row = locked.items.select_for_update(of=("self",)).get(pk=item.pk)
        if locked.reverses_id is not None or row.state not in APPEALABLE:
            raise Conflict(f"{item.account} is {row.get_state_display()} by {locked.code}; there is nothing to appeal.")
        if row.appeals.filter(state=AppealState.OPEN).exists():
            raise Conflict(f"An appeal of {item.account} against {locked.code} is open already.")
        appeal = Appeal.objects.create(item=row, words=storable(words), received_at=received_at, recorded_by=person)
        told: dict[str, Any] = {"decision": locked.code, "account": item.account.account_id, "received_at": received_at}
        record(actor=person, action="appeal.recorded", **_trail(appeal, locked), **told)
        return appeal


def judge_appeal(*, appeal: Appeal, overturn: bool, reason: str, actor: User) -> Appeal:
    """Uphold the decision for this account, or overturn it: then the account's reversal is set in motion at once.

    Raises NotAllowed for whoever proposed or voted, Conflict when somebody judged it first.
    """
    decision = appeal.item.decision
    with attempt(actor=actor, what="appeal.judge", **_trail(appeal, decision)):
        person = current_person(actor, Action.APPROVE)
        policies.check_words(reason=reason)
        locked = lock_decision(decision.pk)
        row = Appeal.objects.select_for_update(of=("self",)).select_related("item__account").get(pk=appeal.pk)
        after = AppealState.OVERTURNED if overturn else AppealState.UPHELD
        policies.check_transition(APPEAL_TRANSITIONS, row.state, after, str(row))
        check_uninvolved(locked, person)
        row.state, row.judged_by, row.judged_at, row.reason = after, person, now(), storable(reason)
        row.save(update_fields=("state", "judged_by", "judged_at", "reason"))
        record(actor=person, action=f"appeal.{after}", **_trail(row, locked), reason=reason)
        if overturn:
            _give_back(row, locked, person)
        return row


def check_uninvolved(decision: Decision, actor: User) -> None:
    """Whoever decided cannot judge the appeal."""
    if actor.pk in {decision.proposed_by_id, *decision.approvals.values_list("by_id", flat=True)}:
        raise NotAllowed(f"You took part in {decision.code}; somebody who did not has to judge the appeal.")


def can_judge(appeal: Appeal, actor: User) -> bool:
    """Whether a page offers to judge it."""
    if appeal.state != AppealState.OPEN or not actor.may(Action.APPROVE):
        return False
    return policies.allows(check_uninvolved, appeal.item.decision, actor)


def _give_back(appeal: Appeal, original: Decision, person: User) -> None:
    """The reversal of one account; the judgement is its approval."""
    accounts = lock_accounts([appeal.item.account_id])
    check_uncovered(original, [appeal.item.account_id])
    check_uncontended(original.action, accounts)
    draft = Decision(
        case=original.case,
        action=original.action,
        clause=original.clause,
        reason=appeal.reason,
        benign_reading=f"Appeal {appeal} against {original.code} was overturned",
        proposed_by=person,
        reverses=original,
        appeal=appeal,
        approved_at=now(),
    )
    reversal = save_proposal(draft, accounts, list(original.exhibits.defer("content")), {})
    set_in_motion(reversal, person)


def _trail(appeal: Appeal, decision: Decision) -> dict[str, str]:
    return {"subject": f"appeal:{appeal}", "chain": case_chain(decision.case.code)}
