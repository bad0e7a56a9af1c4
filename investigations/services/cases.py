"""Cases: opened, filled with accounts and notes, closed and reopened. Every step is an event on the case's own chain."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.db import connection, transaction

from accounts.models import ApiAccount
from audit import queries as audit
from audit.services import Event, case_chain, record, record_many
from core.canonical import sha256_hex
from core.clock import now
from core.errors import Conflict, InvalidInput
from core.text import storable
from detection.enums import ACCUSED
from detection.models import Campaign, CampaignMember
from investigations.enums import CASE_TRANSITIONS, UNDER_WAY, CaseState, DecisionState
from investigations.models import Case, CaseAccount, FlaggedSession, Note, NoteMention
from investigations.policies import check_case_open, check_named, check_transition, check_words
from investigations.restricted import check_knows
from investigations.services.locking import lock_case, touch
from investigations.words.mentions import mentioned
from staff.enums import Action, NoticeKind
from staff.models import User
from staff.notices import notify
from staff.permissions import check

CASE_NUMBERS = 0x5741_5243  # advisory lock: one case gets its number at a time
VIEW_ONCE_IN = timedelta(hours=1)


@transaction.atomic
def open_case(
    *,
    title: str,
    actor: User,
    summary: str = "",
    campaign: Campaign | None = None,
    sessions: Collection[FlaggedSession] = (),
    accounts: Collection[ApiAccount] = (),
) -> Case:
    """Open a case on a campaign's core and associate accounts, on the accounts of flagged sessions, or on given accounts.

    A campaign with given accounts opens the case on those of its members alone. A selection of sessions that all belong to one campaign opens the case on that campaign.
    """
    check(actor, Action.EDIT_CASE)
    check_words(title=title)
    if campaign is None:
        campaign = _common_campaign(sessions)
        members: Collection[ApiAccount] = ()
    elif accounts:
        members = ()
    else:
        members = ApiAccount.objects.filter(memberships__campaign=campaign, memberships__tier__in=ACCUSED)
    case = Case.objects.create(
        code=next_code(), title=storable(title.strip()), summary=storable(summary), campaign=campaign, owner=actor
    )
    record(
        actor=actor,
        action="case.opened",
        subject=f"case:{case.code}",
        chain=case_chain(case.code),
        title=title,
        campaign=campaign.code if campaign else None,
        sessions=[str(session) for session in sessions],
    )
    wanted = {account.pk: account for account in (*members, *accounts)}
    missing = {session.account_id for session in sessions} - wanted.keys()
    wanted |= {account.pk: account for account in ApiAccount.objects.filter(pk__in=missing)}
    _add(case, wanted.values(), actor)
    return case


@transaction.atomic
def add_accounts(
    *, case: Case, accounts: Collection[ApiAccount], actor: User, reason: str = "", version: int | None = None
) -> int:
    """Put accounts into the case with the tier they have now; those already in it stay as they are. How many were new."""
    check(actor, Action.EDIT_CASE)
    locked = lock_case(case.pk, version=version, reader=actor)
    check_case_open(locked)
    added = _add(locked, accounts, actor, reason)
    touch(locked)
    return added


@transaction.atomic
def remove_accounts(
    *, case: Case, accounts: Collection[ApiAccount], actor: User, reason: str, version: int | None = None
) -> int:
    """Take accounts out of the case, with the reason. Refused for accounts that a decision of the case is about."""
    check(actor, Action.EDIT_CASE)
    check_words(reason=reason)
    locked = lock_case(case.pk, version=version, reader=actor)
    check_case_open(locked)
    rows = CaseAccount.objects.filter(case=locked, account__in=accounts).select_related("account")
    found = [row.account.account_id for row in rows]
    dead = (DecisionState.REFUSED, DecisionState.WITHDRAWN)
    held = rows.filter(account__decision_items__decision__in=locked.decisions.exclude(state__in=dead)).distinct()
    if names := [row.account.account_id for row in held[:5]]:
        raise Conflict(f"A decision of {locked.code} is about {', '.join(names)}; they stay in the case.")
    rows.delete()
    chain = case_chain(locked.code)
    facts = {"case": locked.code, "reason": reason}
    record_many(actor=actor, events=[Event("case_account.removed", f"account:{a}", facts, chain) for a in found])
    touch(locked)
    return len(found)


@transaction.atomic
def add_note(*, case: Case, text: str, actor: User) -> Note:
    """A person's note; never edited, only followed by another. Notes do not make other people's forms stale."""
    check(actor, Action.EDIT_CASE)
    check_words(text=text)
    locked = lock_case(case.pk, reader=actor)
    check_case_open(locked)
    people, unknown = mentioned(text)
    if unknown:
        raise InvalidInput("text", f"@{unknown[0]}", "a mention names an active person by their username")
    for person in people:
        check_named(locked, person)
    note = Note.objects.create(case=locked, author=actor, text=storable(text))
    NoteMention.objects.bulk_create(NoteMention(note=note, person=person) for person in people)
    record(
        actor=actor,
        action="note.added",
        subject=f"note:{note.pk}",
        chain=case_chain(locked.code),
        text_sha256=sha256_hex(note.text.encode()),
        mentions=[person.username for person in people],
    )
    path = f"/cases/{locked.code}/#note-{note.pk}"
    kind = NoticeKind.MENTIONED
    notify(people=people, kind=kind, subject=locked.code, path=path, key=f"note:{note.pk}", actor=actor)
    return note


@transaction.atomic
def close_case(*, case: Case, reason: str, actor: User, version: int | None = None) -> Case:
    """Close a case that has nothing under way."""
    check(actor, Action.EDIT_CASE)
    check_words(reason=reason)
    locked = lock_case(case.pk, version=version, reader=actor)
    pending = locked.decisions.filter(state__in=UNDER_WAY).values_list("code", flat=True)[:5]
    if pending:
        raise Conflict(f"{locked.code} cannot be closed: {', '.join(pending)} is still under way.")
    return _move(locked, CaseState.CLOSED, "case.closed", reason, actor)


@transaction.atomic
def reopen_case(*, case: Case, reason: str, actor: User, version: int | None = None) -> Case:
    """Open a closed case again."""
    check(actor, Action.EDIT_CASE)
    check_words(reason=reason)
    locked = lock_case(case.pk, version=version, reader=actor)
    locked.merged_into = None  # what it gave to another case stays there; the chain says that it did
    return _move(locked, CaseState.OPEN, "case.reopened", reason, actor)


def _move(case: Case, state: CaseState, action: str, reason: str, actor: User) -> Case:
    check_transition(CASE_TRANSITIONS, case.state, state, case.code)
    case.state, case.closed_at = state, now() if state == CaseState.CLOSED else None
    case.version += 1
    case.save(update_fields=("state", "closed_at", "version", "merged_into"))
    record(actor=actor, action=action, subject=f"case:{case.code}", chain=case_chain(case.code), reason=reason)
    return case


def _add(case: Case, accounts: Iterable[ApiAccount], actor: User, reason: str = "") -> int:
    present = set(CaseAccount.objects.filter(case=case).values_list("account_id", flat=True))
    new = [account for account in {account.pk: account for account in accounts}.values() if account.pk not in present]
    members = CampaignMember.objects.filter(campaign=case.campaign_id, account__in=[account.pk for account in new])
    tiers = dict(members.values_list("account_id", "tier")) if case.campaign_id else {}
    CaseAccount.objects.bulk_create(
        [CaseAccount(case=case, account=account, tier=tiers.get(account.pk, "")) for account in new], batch_size=2000
    )
    chain = case_chain(case.code)
    events = [
        Event(
            "case_account.added",
            f"account:{account.account_id}",
            {"case": case.code, "tier": tiers.get(account.pk, ""), "reason": reason},
            chain,
        )
        for account in new
    ]
    if events:
        record_many(actor=actor, events=events)
    return len(new)


def _common_campaign(sessions: Collection[FlaggedSession]) -> Campaign | None:
    campaigns = {session.campaign_id for session in sessions}
    only = campaigns.pop() if len(campaigns) == 1 else None
    return Campaign.objects.filter(pk=only).first() if only is not None else None


def next_code() -> str:
    """The next number of the year; without a gap, since the lock is held until this transaction ends."""
    year = now().year
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CASE_NUMBERS])
    prefix = f"CASE-{year}-"
    newest = Case.objects.filter(code__startswith=prefix).order_by("-id").values_list("code", flat=True).first()
    number = int(newest.removeprefix(prefix)) + 1 if newest else 1
    if number > 99_999:
        raise InvalidInput("code", number, "a year holds at most 99999 cases")
    return f"{prefix}{number:04d}"


def record_case_view(*, case: Case, actor: User) -> None:
    """Reading a case is a fact of its custody: one event a person and hour, however often they look."""
    check(actor, Action.VIEW_CASE)
    check_knows(case, actor)
    since = now() - VIEW_ONCE_IN
    seen = audit.events(chain=case_chain(case.code)).filter(action="case.viewed", actor=actor.audit_name, at__gt=since)
    if seen.exists():
        return
    record(actor=actor, action="case.viewed", subject=f"case:{case.code}", chain=case_chain(case.code))
