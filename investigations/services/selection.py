"""From a selection to a case: thousands of accounts or sessions chosen in a list become one case with its evidence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count

from accounts.models import ApiAccount
from audit.services import Event, case_chain, record_many
from core.canonical import digest, plain
from core.errors import Conflict, InvalidInput
from core.text import storable
from detection.enums import ACCUSED
from detection.models import Campaign
from investigations.enums import CaseState, ExhibitKind
from investigations.exhibits import Frozen, freeze_account, freeze_session
from investigations.models import Case, Exhibit, FlaggedSession
from investigations.services.cases import open_case
from investigations.services.exhibits import pin_exhibit
from investigations.services.locking import lock_case, touch
from staff.models import User

MOST_EXHIBITS = 500


@transaction.atomic
def open_sessions_case(*, sessions: Collection[FlaggedSession], title: str, reason: str, actor: User) -> Case:
    """Open a case on the accounts of flagged sessions. Exhibit 1 is the campaign they share, else each session is one."""
    case = open_case(title=title, summary=reason, sessions=sessions, actor=actor)
    chain, facts = case_chain(case.code), {"case": case.code, "reason": reason}
    record_many(actor=actor, events=[Event("session.put_in_case", f"session:{s}", facts, chain) for s in sessions])
    if case.campaign is not None:
        pin_exhibit(case=case, kind=ExhibitKind.CAMPAIGN, ref=case.campaign.code, reason=reason, actor=actor)
        return case
    _check_few(len(sessions), "flagged sessions")
    rows = FlaggedSession.objects.filter(pk__in=[session.pk for session in sessions])
    ordered = rows.select_related("account", "campaign").prefetch_related("samples").order_by("pk")
    _pin_all(case, ExhibitKind.SESSION, [freeze_session(session) for session in ordered], reason, actor)
    return case


@transaction.atomic
def open_accounts_case(*, accounts: Collection[ApiAccount], title: str, reason: str, actor: User) -> Case:
    """Open a case on accounts. Exhibit 1 is the strongest campaign that all of them belong to, else each is one."""
    campaign = common_campaign(accounts)
    case = open_case(title=title, summary=reason, campaign=campaign, accounts=accounts, actor=actor)
    if campaign is not None:
        pin_exhibit(case=case, kind=ExhibitKind.CAMPAIGN, ref=campaign.code, reason=reason, actor=actor)
        return case
    _check_few(len(accounts), "accounts")
    rows = ApiAccount.objects.filter(pk__in=[account.pk for account in accounts])
    ordered = rows.select_related("organisation").prefetch_related("status_changes").order_by("pk")
    _pin_all(case, ExhibitKind.ACCOUNT, [freeze_account(account) for account in ordered], reason, actor)
    return case


def common_campaign(accounts: Collection[ApiAccount]) -> Campaign | None:
    """The strongest campaign of which every one of the accounts is a core or associate member. One query."""
    chosen = {account.pk for account in accounts}
    members = {"members__account__in": chosen, "members__tier__in": ACCUSED}
    found = Campaign.objects.filter(**members).annotate(n=Count("members__account", distinct=True))
    return found.filter(n=len(chosen)).order_by("-score", "id").first()


def open_cases_with(accounts: Collection[ApiAccount], *, reader: User) -> list[Case]:
    """Open cases that the reader may know of and that hold every one of the accounts, newest first. One query."""
    chosen = {account.pk for account in accounts}
    found = Case.objects.visible_to(reader).filter(state=CaseState.OPEN, case_accounts__account__in=chosen)
    return list(found.annotate(n=Count("case_accounts")).filter(n=len(chosen)).order_by("-id"))


def _check_few(count: int, what: str) -> None:
    if count > MOST_EXHIBITS:
        raise InvalidInput(
            "selection",
            f"{count:,} {what} that share no campaign",
            f"each becomes an exhibit of its own, so choose at most {MOST_EXHIBITS}",
        )


def _pin_all(case: Case, kind: ExhibitKind, things: Sequence[Frozen], reason: str, actor: User) -> None:
    """Pin many things to a case that has no exhibit yet, each with its own event."""
    locked = lock_case(case.pk)
    if locked.exhibits.exists():
        raise Conflict(f"{case.code} has exhibits already.")
    exhibits = [_exhibit(locked, number, kind, thing, reason, actor) for number, thing in enumerate(things, 1)]
    Exhibit.objects.bulk_create(exhibits, batch_size=MOST_EXHIBITS)
    record_many(actor=actor, events=[_pinned(locked, exhibit) for exhibit in exhibits])
    touch(locked)


def _exhibit(case: Case, number: int, kind: ExhibitKind, thing: Frozen, reason: str, actor: User) -> Exhibit:
    ref, title, content = thing
    frozen: Any = plain(content)
    return Exhibit(
        case=case,
        number=number,
        kind=kind,
        ref=ref,
        title=title,
        reason=storable(reason),
        content=frozen,
        content_sha256=digest(frozen),
        pinned_by=actor,
    )


def _pinned(case: Case, exhibit: Exhibit) -> Event:
    facts = {
        "kind": exhibit.kind,
        "ref": exhibit.ref,
        "reason": exhibit.reason,
        "content_sha256": exhibit.content_sha256,
    }
    return Event("exhibit.pinned", f"exhibit:{case.code}/{exhibit.number}", facts, case_chain(case.code))
