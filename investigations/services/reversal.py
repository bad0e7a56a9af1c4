"""Reversal: undoing is a decision too, proposed by one person and approved by another."""

from __future__ import annotations

from collections.abc import Collection

from audit.services import record
from core.errors import Conflict
from investigations import policies
from investigations.enums import DecisionState, ItemState
from investigations.models import Decision, DecisionItem
from investigations.services.attempts import attempt
from investigations.services.decisions import check_uncontended, move, save_proposal, trail
from investigations.services.locking import current_person, lock_accounts, lock_decision
from staff.enums import Action
from staff.models import User

# Items on which something still stands or may; then those that changed a status, taken back since or not.
STANDING = (ItemState.DONE, ItemState.NOT_ENFORCED, ItemState.WAITING, ItemState.FAILED)
TOOK_EFFECT = (ItemState.DONE, ItemState.REVERSED)


def reverse_decision(
    *, decision: Decision, reason: str, actor: User, clause: str = "", version: int | None = None
) -> Decision:
    """Propose to undo a decision on every account where it took effect; each gets the status it had before.

    Raises Conflict when a later decision stands on one of the accounts: that one is reversed first.
    """
    with attempt(actor=actor, what="decision.reverse", **trail(decision)):
        person = current_person(actor, Action.REVERSE)
        policies.check_words(reason=reason)
        locked = lock_decision(decision.pk, version=version)
        policies.check_case_open(locked.case)
        policies.check_reversible(locked)
        accounts = lock_accounts(_affected(locked))
        check_standing(locked)
        check_uncontended(locked.action, accounts)
        draft = Decision(
            case=locked.case,
            action=locked.action,
            clause=clause.strip() or locked.clause,
            reason=reason,
            benign_reading=f"Reversal of {locked.code}: {reason}",
            proposed_by=person,
            reverses=locked,
        )
        # An honest customer gets its access back whoever it is: no override is asked for.
        return save_proposal(draft, accounts, list(locked.exhibits.all()), {})


def check_standing(decision: Decision, *, besides: Decision | None = None) -> None:
    """Refuse to undo what a later decision has covered; its status would be lost."""
    check_uncovered(decision, _affected(decision), besides=besides)


def check_uncovered(decision: Decision, account_ids: Collection[int], *, besides: Decision | None = None) -> None:
    """Refuse to touch accounts on which a later decision took effect and still stands."""
    later = DecisionItem.objects.filter(
        account__in=account_ids,
        state=ItemState.DONE,
        decision__reverses=None,
        decision__approved_at__gt=decision.approved_at,
        decision__state__in=(DecisionState.ENFORCED, DecisionState.PARTLY_ENFORCED, DecisionState.APPROVED),
        decision__dry_run=False,
    ).exclude(decision__in=[decision.pk, *([besides.pk] if besides else [])])
    codes = sorted(set(later.values_list("decision__code", flat=True)))
    if codes:
        raise Conflict(f"{policies.some(codes)} was decided later on some of these accounts; reverse it first.")


def mark_reversed(reversal: Decision, actor: object) -> None:
    """The reversal is through: the decision that it undoes says so, if nothing of it stands any more. Its case is locked; it is the reversal's own."""
    if reversal.reverses_id is None:
        return
    original = Decision.objects.select_for_update(of=("self",)).get(pk=reversal.reverses_id)
    original.case = reversal.case
    if original.state in (DecisionState.REVERSED, DecisionState.APPROVED):
        return
    recorded = original.items.filter(state=ItemState.NOT_ENFORCED)
    if reversal.appeal_id is not None:
        recorded = recorded.filter(account__in=reversal.items.values("account"))
    recorded.update(state=ItemState.REVERSED)
    if reversal.appeal_id is not None and original.items.filter(state__in=STANDING).exists():
        return
    move(original, DecisionState.REVERSED)
    record(actor=actor, action="decision.reversed", **trail(original), reversal=reversal.code)


def _affected(decision: Decision) -> list[int]:
    """The accounts where the decision took effect; where it was only recorded, all of them."""
    done = list(decision.items.filter(state=ItemState.DONE).values_list("account_id", flat=True))
    return done or list(decision.items.values_list("account_id", flat=True))
