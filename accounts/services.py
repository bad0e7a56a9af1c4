"""Taking in what the provider's records say about accounts. A decision made here is never touched by it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from accounts.enums import Status, StatusOrigin
from accounts.models import ApiAccount, Organisation, StatusChange
from core.bulk import update_rows

NUMBER = re.compile(r"^\+?[\d][\d\s().-]{6,22}$")
CHUNK = 1_000
PLAIN = (
    "verified",
    "created_at",
    "plan",
    "country",
    "email_domain",
    "email_pattern",
    "payment_fp",
    "phone_fp",
    "device_fp",
    "declared_use",
    "closed_at",
    "close_reason",
)


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """One account as a source describes it. None: the source says nothing, and what is known stays."""

    account_id: str
    organisation: str | None = None
    verified: bool | None = None
    created_at: datetime | None = None
    plan: str | None = None
    country: str | None = None
    email_domain: str | None = None
    email_pattern: str | None = None
    payment_fp: str | None = None
    phone_fp: str | None = None
    device_fp: str | None = None
    declared_use: str | None = None
    status: Status | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None


@dataclass(slots=True)
class Upserted:
    """How many account records were new, changed something, changed nothing, or contradict a standing decision."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    differing: list[str] = field(default_factory=list)


def fingerprint(value: str) -> str:
    """An identifier as it may be kept: a number in the clear (card, phone) is digested, a fingerprint stays.

    >>> fingerprint("ab12cd34"), fingerprint("+44 20 7946 0000")[:3]
    ('ab12cd34', 'fp-')
    """
    value = value.strip()
    if NUMBER.match(value):
        return f"fp-{sha256(re.sub(r'[^0-9]', '', value).encode()).hexdigest()[:32]}"
    return value


def upsert_accounts(*, rows: Sequence[AccountRecord], source: str, pulled_at: datetime) -> Upserted:
    """Take in account records of a source. The last record of an account wins; a status change is added to its history.

    A pulled status never overrides a decided one: both stand, and the account is named in `differing`.
    """
    latest = {row.account_id: row for row in rows}
    done = Upserted()
    names = sorted(latest)
    for start in range(0, len(names), CHUNK):
        with transaction.atomic():
            _upsert_chunk([latest[name] for name in names[start : start + CHUNK]], source, pulled_at, done)
    return done


def note_accounts(account_ids: Iterable[str]) -> None:
    """Make a row for accounts that so far are known only from their exchanges."""
    missing = [ApiAccount(account_id=account_id) for account_id in sorted(set(account_ids))]
    ApiAccount.objects.bulk_create(missing, ignore_conflicts=True, batch_size=CHUNK)


def _upsert_chunk(rows: list[AccountRecord], source: str, pulled_at: datetime, done: Upserted) -> None:
    note = ApiAccount.objects.filter(account_id__in=[row.account_id for row in rows])
    before = set(note.filter(seen_in_records=True).values_list("account_id", flat=True))
    note_accounts(row.account_id for row in rows)
    accounts = {account.account_id: account for account in note.select_for_update().order_by("account_id")}
    organisations = _organisations(rows)
    changed, history = [], []
    for row in rows:
        account = accounts[row.account_id]
        step = _status_step(account, row, source, pulled_at)
        altered = _apply(account, row, organisations) or step is not None or not account.seen_in_records
        account.seen_in_records = True
        history += [step] if step else []
        if altered:
            changed.append(account)
        if row.account_id not in before:
            done.created += 1
        elif altered:
            done.changed += 1
        else:
            done.unchanged += 1
        if account.status_differs:
            done.differing.append(account.account_id)
    columns = [*PLAIN, "organisation", "status_pulled", "seen_in_records"]
    update_rows(changed, columns)
    StatusChange.objects.bulk_create(history, batch_size=CHUNK)


def _organisations(rows: list[AccountRecord]) -> dict[str, Organisation]:
    """Organisations by name, made where missing; what a row says about verification and use is theirs too."""
    said: dict[str, AccountRecord] = {row.organisation: row for row in rows if row.organisation}
    new = [Organisation(name=name) for name in sorted(said)]
    Organisation.objects.bulk_create(new, ignore_conflicts=True, batch_size=CHUNK)
    found = {
        item.name: item for item in Organisation.objects.filter(name__in=said).select_for_update().order_by("name")
    }
    changed = []
    for name, organisation in found.items():
        verified, use = said[name].verified, said[name].declared_use
        if (verified is not None and verified != organisation.verified) or (use and use != organisation.declared_use):
            organisation.verified = organisation.verified if verified is None else verified
            organisation.declared_use = use or organisation.declared_use
            changed.append(organisation)
    update_rows(changed, ["verified", "declared_use"])
    return found


def _apply(account: ApiAccount, row: AccountRecord, organisations: dict[str, Organisation]) -> bool:
    altered = False
    for item in fields(row):
        value = getattr(row, item.name)
        if item.name not in PLAIN or value is None or getattr(account, item.name) == value:
            continue
        setattr(account, item.name, value)
        altered = True
    organisation = organisations.get(row.organisation or "")
    if organisation is not None and account.organisation_id != organisation.pk:
        account.organisation = organisation
        altered = True
    return altered


def _status_step(account: ApiAccount, row: AccountRecord, source: str, pulled_at: datetime) -> StatusChange | None:
    """The step in the account's history where the provider's status is another than it was."""
    status = row.status or (Status.CLOSED if row.closed_at else None)
    if status is None or status == account.status_pulled:
        return None
    account.status_pulled = status
    happened = row.closed_at if status != Status.ACTIVE and row.closed_at else pulled_at
    return StatusChange(
        account=account,
        status=status,
        origin=StatusOrigin.PULLED,
        source=source,
        reason=row.close_reason or "",
        occurred_at=happened,
    )
