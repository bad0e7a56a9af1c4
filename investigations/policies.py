"""What the house's rules permit, apart from who may: each `check_x` raises with a reason a person can read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import ApiAccount
from core.clock import now
from core.errors import Conflict, DomainError, InvalidInput, NotAllowed
from investigations.enums import CaseState, DecisionAction, DecisionState
from investigations.models import Case, Decision
from staff.enums import Role
from staff.models import User
from staff.restrictions import is_named

SHOWN = 5
LONGEST_SPREAD_S = 86_400
LATEST_START = timedelta(days=30)
NO_RECEIVER = "no receiver is set: an administrator sets ENFORCEMENT_WEBHOOK_URL and starts the desk anew"


def check_transition(table: Mapping[str, Collection[str]], before: str, after: str, what: str) -> None:
    """Refuse a step that the transition table does not hold."""
    if after not in table[before]:
        allowed = ", ".join(sorted(table[before]))
        then = f"; from there it cannot become {after}, only {allowed}" if allowed else ", which is final"
        raise Conflict(f"{what} is {before}{then}.".replace("_", " "), state=before)


def check_case_open(case: Case) -> None:
    """Only an open case grows."""
    if case.state != CaseState.OPEN:
        raise Conflict(f"{case.code} is closed; reopen it first.", state=case.state)


def check_named(case: Case, person: User) -> None:
    """Only a named person owns, is given work on, or is mentioned in a restricted case."""
    if not is_named(case.restriction, person):
        raise InvalidInput("person", person.username, f"{case.code} is restricted; name them among its people first")


def check_second_person(decision: Decision, actor: User) -> None:
    """The proposer never approves or refuses: judged by the person, whatever the session, token or role."""
    if decision.proposed_by_id == actor.pk:
        raise NotAllowed(f"You proposed {decision.code}; another person has to decide on it.")


def check_own_proposal(decision: Decision, actor: User) -> None:
    """Only the proposer takes a proposal back; others refuse it."""
    if decision.proposed_by_id != actor.pk:
        raise NotAllowed(f"{decision.code} was proposed by somebody else; you can refuse it, not withdraw it.")


def check_protected(accounts: Sequence[ApiAccount], overrides: Mapping[str, str], protected: Mapping[int, str]) -> None:
    """Refuse protected accounts (key to reason in `protected`) unless each is named with a reason of its own."""
    left = [account.account_id for account in accounts if account.pk in protected and not _given(overrides, account)]
    if left:
        raise NotAllowed(
            f"{len(left)} of the accounts {'is' if len(left) == 1 else 'are'} protected: of verified organisations or on the protected list "
            f"({some(left)}). Leave them out, or name each with the reason why it is included all the same.",
            protected=left,
        )


def check_overrides(accounts: Sequence[ApiAccount], overrides: Mapping[str, str], protected: Mapping[int, str]) -> None:
    """An override names an account of the decision that is protected, and says why."""
    known = {account.account_id for account in accounts if account.pk in protected}
    for account_id, reason in overrides.items():
        if account_id not in known:
            raise InvalidInput("overrides", account_id, "name only protected accounts of this decision")
        if not reason.strip():
            raise InvalidInput("overrides", account_id, "give the reason for including it")


def check_evidence(case: Case, exhibits: Sequence[object], asked: int) -> None:
    """A decision stands on exhibits that are pinned to its case."""
    if not exhibits:
        raise InvalidInput("exhibits", asked, f"name at least one exhibit pinned to {case.code}")
    if len(exhibits) != asked:
        raise InvalidInput("exhibits", asked, f"only {len(exhibits)} of them are pinned to {case.code}")


def check_words(**texts: str) -> None:
    """Refuse an empty clause, reason or benign reading, naming it."""
    for argument, text in texts.items():
        if not text or not text.strip():
            raise InvalidInput(argument, text, "write at least a sentence")


def check_reversible(decision: Decision) -> None:
    """What was decided can be undone once, when its enforcement has ended; a reversal itself is not reversed."""
    if decision.reverses_id is not None:
        raise Conflict(f"{decision.code} is itself a reversal; propose the action again instead.")
    done = (DecisionState.ENFORCED, DecisionState.PARTLY_ENFORCED, DecisionState.RECORDED)
    if decision.state not in done:
        raise Conflict(f"{decision.code} is {decision.get_state_display()}; only what was decided can be reversed.")
    if decision.reversal is not None:
        raise Conflict(f"{decision.code} already has the reversal {decision.reversal.code}.")


def check_schedule(start_at: datetime | None, spread_s: int) -> None:
    """A delayed start lies within the next 30 days, a window at most a day long."""
    if not 0 <= spread_s <= LONGEST_SPREAD_S:
        raise InvalidInput("spread_s", spread_s, f"it is 0 to {LONGEST_SPREAD_S:,} seconds")
    if start_at is not None and not now() <= start_at <= now() + LATEST_START:
        raise InvalidInput("start_at", start_at.isoformat(), "it lies within the next 30 days")


def check_typed(typed: str, action: str, n_accounts: int) -> None:
    """Above the threshold a person types what they are about to do: the action and the number of accounts."""
    if n_accounts < settings.TYPED_CONFIRMATION_ACCOUNTS:
        return
    wanted = typed_words(action, n_accounts)
    if " ".join(typed.replace(",", "").split()).casefold() != wanted.casefold():
        raise InvalidInput("confirmation", typed, f"type exactly: {wanted}")


def typed_words(action: str, n_accounts: int) -> str:
    """What is typed to confirm a decision on many accounts.

    >>> typed_words("verify_identity", 4963)
    'verify identity 4963'
    """
    return f"{action.replace('_', ' ')} {n_accounts}"


def check_action(action: str) -> None:
    """Refuse a word that is no action."""
    if action not in DecisionAction.values:
        raise InvalidInput("action", action, f"it is one of {', '.join(DecisionAction.values)}")


def check_free(holder: User | None, actor: User, what: str, *, until: datetime | None = None) -> None:
    """Two people never hold one item; a claim that ran out (`until`) holds nothing."""
    if holder is None or holder.pk == actor.pk or (until is not None and until <= now()):
        return
    end = f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""
    raise Conflict(f"{what} is held by {holder}{end}.", holder=holder.username)


def check_reassign(holder: User | None, actor: User, what: str) -> None:
    """What another person holds is given away only by a lead."""
    if holder is not None and holder.pk != actor.pk and actor.role != Role.LEAD:
        raise NotAllowed(f"{what} is held by {holder}; they or a lead can pass it on.")


def allows(check: object, *arguments: object) -> bool:
    """The bool twin of any check: whether it would pass.

    >>> allows(check_words)
    True
    """
    try:
        check(*arguments)  # type: ignore[operator]
    except DomainError:
        return False
    return True


def can_withdraw(decision: Decision, actor: User) -> bool:
    """Whether a page offers to take the proposal back."""
    return decision.state == DecisionState.PROPOSED and allows(check_own_proposal, decision, actor)


def can_reverse(decision: Decision) -> bool:
    """Whether a page offers a reversal."""
    return allows(check_reversible, decision)


def some(names: Sequence[str]) -> str:
    """The first few of many names.

    >>> some(["a", "b", "c", "d", "e", "f", "g"])
    'a, b, c, d, e and 2 more'
    """
    listed = ", ".join(names[:SHOWN])
    return listed if len(names) <= SHOWN else f"{listed} and {len(names) - SHOWN} more"


def _given(overrides: Mapping[str, str], account: ApiAccount) -> bool:
    return bool(overrides.get(account.account_id, "").strip())
