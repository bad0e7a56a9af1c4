"""Decisions: one person proposes, another approves or refuses. Who won a race is settled by the row lock."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import connection

from accounts.models import ApiAccount
from audit.services import Event, case_chain, record, record_many
from core.bulk import copy_rows
from core.canonical import digest, sha256_hex
from core.errors import Conflict, InvalidInput
from core.text import storable
from investigations import policies, voting
from investigations.enums import CONTENDING, DECISION_TRANSITIONS, UNDER_WAY, DecisionState, ItemState
from investigations.measures.delays import drawn_delay
from investigations.models import Case, Decision, DecisionItem, Exhibit
from investigations.protection import protected_among
from investigations.services.attempts import attempt
from investigations.services.locking import current_person, last_change, lock_accounts, lock_case, lock_decision, touch
from investigations.services.statements import write_statements
from investigations.services.telling import tell_settled, tell_waiting
from staff.enums import Action, Role
from staff.models import User

ITEM_FIELDS = (
    *("decision", "account", "state", "status_before", "pulled_before", "override_reason", "idempotency_key"),
    *("attempts", "delay_s", "answer"),
)
MOVED = (
    *("state", "version", "approved_at", "enforced_at", "scheduled_for"),
    *("approvals_needed", "lead_needed"),
)


def propose_decision(
    *,
    case: Case,
    action: str,
    clause: str,
    reason: str,
    benign_reading: str,
    exhibits: Collection[Exhibit],
    actor: User,
    accounts: Collection[ApiAccount] | None = None,
    overrides: Mapping[str, str] | None = None,
    start_at: datetime | None = None,
    spread_s: int | None = None,
    dry_run: bool = False,
    statement_exemption: str = "",
    version: int | None = None,
) -> Decision:
    """Propose an action on all accounts of the case, or on a subset, for other people to approve.

    `overrides` maps the id of each protected account to the reason why it is included all the same.
    `start_at` delays the enforcement, `spread_s` (default: the setting) is the window over which its calls are drawn;
    `statement_exemption` says why no statement of reasons is owed.
    `version` is the case's version that the proposer saw. Raises Conflict when the case changed, or when another
    decision on one of the accounts is under way.
    """
    overrides = overrides or {}
    with attempt(actor=actor, what="decision.propose", subject=f"case:{case.code}", chain=case_chain(case.code)):
        person = current_person(actor, Action.PROPOSE)
        policies.check_action(action)
        policies.check_words(clause=clause, reason=reason, benign_reading=benign_reading)
        spread = settings.ENFORCEMENT_SPREAD_S if spread_s is None else spread_s
        policies.check_schedule(start_at, spread)
        locked = lock_case(case.pk, version=version, reader=person)
        policies.check_case_open(locked)
        pinned = list(locked.exhibits.filter(pk__in=[exhibit.pk for exhibit in exhibits]))
        policies.check_evidence(locked, pinned, len(exhibits))
        chosen = _selection(locked, accounts)
        protected = protected_among(chosen)
        policies.check_overrides(chosen, overrides, protected)
        policies.check_protected(chosen, overrides, protected)
        check_uncontended(action, chosen)
        draft = Decision(
            case=locked,
            action=action,
            clause=clause,
            reason=reason,
            benign_reading=benign_reading,
            proposed_by=person,
            start_at=start_at,
            spread_s=spread,
            dry_run=dry_run,
            statement_exemption=storable(statement_exemption.strip()),
        )
        return save_proposal(draft, chosen, pinned, overrides)


def save_proposal(
    draft: Decision, accounts: Sequence[ApiAccount], exhibits: Sequence[Exhibit], overrides: Mapping[str, str]
) -> Decision:
    """Write a checked proposal with one item an account, and its events on the locked case's chain."""
    draft.pk = _next_id()
    draft.code = f"D-{draft.pk:06d}"
    draft.n_accounts = len(accounts)
    draft.clause, draft.reason = storable(draft.clause), storable(draft.reason)
    draft.benign_reading = storable(draft.benign_reading)
    draft.seed = secrets.token_hex(16)
    voting.measure(draft, accounts, n_overridden=len(overrides))
    draft.save(force_insert=True)
    draft.exhibits.set(exhibits)
    copy_rows(DecisionItem, ITEM_FIELDS, (_item(draft, account, overrides) for account in accounts))
    write_statements(draft, draft.proposed_by)
    _record_proposal(draft, accounts, exhibits, overrides)
    if draft.approved_at is None:
        tell_waiting(draft, draft.proposed_by)
    touch(draft.case)
    return draft


def _item(decision: Decision, account: ApiAccount, overrides: Mapping[str, str]) -> tuple[object, ...]:
    """One row of ITEM_FIELDS."""
    name = account.account_id
    key, delay = digest([decision.code, name]), drawn_delay(decision.seed, name, decision.spread_s)
    return (decision.pk, account.pk, ItemState.WAITING, "", "", storable(overrides.get(name, "")), key, 0, delay, "")


def refuse_decision(*, decision: Decision, reason: str, actor: User, version: int | None = None) -> Decision:
    """Say no to another person's proposal, with the reason."""
    with attempt(actor=actor, what="decision.refuse", **trail(decision)):
        person = current_person(actor, Action.APPROVE)
        policies.check_words(reason=reason)
        locked = lock_decision(decision.pk, version=version)
        check_undecided(locked, DecisionState.REFUSED)
        policies.check_second_person(locked, person)
        voting.check_first_vote(locked.approvals.all(), person)
        as_lead = person.role == Role.LEAD
        locked.approvals.create(by=person, approved=False, as_lead=as_lead, reason=storable(reason))
        move(locked, DecisionState.REFUSED)
        record(actor=person, action="decision.refused", **trail(locked), reason=reason, **grounds(locked))
        tell_settled(locked, person)
        return locked


def withdraw_decision(*, decision: Decision, reason: str, actor: User, version: int | None = None) -> Decision:
    """Take one's own proposal back."""
    with attempt(actor=actor, what="decision.withdraw", **trail(decision)):
        person = current_person(actor, Action.PROPOSE)
        policies.check_words(reason=reason)
        locked = lock_decision(decision.pk, version=version)
        check_undecided(locked, DecisionState.WITHDRAWN)
        policies.check_own_proposal(locked, person)
        move(locked, DecisionState.WITHDRAWN)
        record(actor=person, action="decision.withdrawn", **trail(locked), reason=reason, **grounds(locked))
        return locked


def check_undecided(decision: Decision, after: str) -> None:
    """Refuse a vote on what somebody else has settled meanwhile, and say who did."""
    if decision.state != DecisionState.PROPOSED:
        raise Conflict(
            f"{decision.code} is no longer waiting, it is {decision.get_state_display()}: {last_change(decision.case)}.",
            state=decision.state,
        )
    policies.check_transition(DECISION_TRANSITIONS, decision.state, after, decision.code)


def check_uncontended(action: str, accounts: Sequence[ApiAccount], *, besides: Decision | None = None) -> None:
    """Refuse a second decision on an account while one that excludes it is under way. The accounts are locked."""
    if action not in CONTENDING:
        return
    under_way = DecisionItem.objects.filter(
        account__in=accounts,
        decision__action__in=CONTENDING,
        decision__state__in=UNDER_WAY,
    ).select_related("decision__proposed_by", "decision__case", "account")
    if besides is not None:
        under_way = under_way.exclude(decision=besides)
    items = list(under_way.order_by("id")[: policies.SHOWN])
    if items:
        other = items[0].decision
        if other.case.restriction_id is not None:  # others need not know of it, so nobody is told its name here
            accounts_named = policies.some([item.account.account_id for item in items])
            raise Conflict(f"A decision that only named people may read is under way for {accounts_named}.")
        raise Conflict(
            f"{other.code} ({other.get_action_display()}, proposed by {other.proposed_by}) is "
            f"{other.get_state_display()} for {policies.some([item.account.account_id for item in items])}. "
            "Leave those accounts out, or wait until it is settled.",
            decision=other.code,
        )


def move(decision: Decision, state: DecisionState) -> None:
    """Put a locked decision into its next state, if the table holds the step; the case changes with it."""
    policies.check_transition(DECISION_TRANSITIONS, decision.state, state, decision.code)
    decision.state = state
    decision.version += 1
    decision.save(update_fields=MOVED)
    touch(decision.case)


def grounds(decision: Decision) -> dict[str, str]:
    """The proposer's reasoning for the trail, which holds its digests alone while others still vote."""
    return {"proposed_reason": decision.reason, "benign_reading": decision.benign_reading}


def trail(decision: Decision) -> dict[str, str]:
    """Subject and chain of a decision's events."""
    return {"subject": f"decision:{decision.code}", "chain": case_chain(decision.case.code)}


def _selection(case: Case, accounts: Collection[ApiAccount] | None) -> list[ApiAccount]:
    members = set(case.case_accounts.values_list("account_id", flat=True))
    wanted = members if accounts is None else {account.pk for account in accounts}
    if strangers := wanted - members:
        raise InvalidInput("accounts", f"{len(strangers)} accounts", f"choose among the accounts of {case.code}")
    if not wanted:
        raise InvalidInput("accounts", "none", f"choose at least one account of {case.code}")
    return lock_accounts(wanted)


def _record_proposal(
    decision: Decision, accounts: Sequence[ApiAccount], exhibits: Sequence[Exhibit], overrides: Mapping[str, str]
) -> None:
    where = trail(decision)
    facts = {
        "action": decision.action,
        "clause": decision.clause,
        "reason_sha256": sha256_hex(decision.reason.encode()),
        "benign_reading_sha256": sha256_hex(decision.benign_reading.encode()),
        "approvals_needed": decision.approvals_needed,
        "lead_needed": decision.lead_needed,
        "dry_run": decision.dry_run,
        "statement_exemption": decision.statement_exemption,
        "exhibits": [exhibit.number for exhibit in exhibits],
        "n_accounts": len(accounts),
        "reverses": decision.reverses.code if decision.reverses else None,
    }
    events = [Event("decision.proposed", facts=facts, **where)]
    for account in accounts:
        about = {"decision": decision.code, "action": decision.action}
        if why := overrides.get(account.account_id):
            about["override_sha256"] = sha256_hex(why.encode())
        events.append(Event("decision_item.proposed", f"account:{account.account_id}", about, where["chain"]))
    record_many(actor=decision.proposed_by, events=events)


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('investigations_decision', 'id'))")
        return int(cursor.fetchone()[0])
