"""Labels come in and are withdrawn: deliveries of past bans and clearances, and a person's own word on an account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.models import ApiAccount
from accounts.services import note_accounts
from audit.services import record
from core.clock import now
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.text import storable
from detection.enums import BatchState, LabelBasis, LabelKind
from detection.labels.reading import Delivery, LabelRow
from detection.models import Label, LabelBatch
from staff.blind import NEVER, note_read
from staff.enums import Action
from staff.models import User
from staff.permissions import Actor, can, check

LOCK = 0x5711_1ABE  # one number for imports of labels in Postgres' space of advisory locks
SHOWN_REFUSALS = 200
LONGEST_REASON = 4_000
CHUNK = 5_000
PAGE_ROWS = 20_000  # what a page takes over well within a request; larger files go through the command


@transaction.atomic
def preview_labels(*, delivery: Delivery, name: str, source: str, actor: Actor) -> LabelBatch:
    """Keep a delivery for a person to look at; nothing is taken over. An earlier preview of the same person is dropped.

    Raises InvalidInput when no row can be taken over.
    """
    check(actor, Action.MANAGE_REFERENCE)
    _check_rows(delivery)
    if len(delivery.rows) > PAGE_ROWS:
        allowed = f"a page takes at most {PAGE_ROWS:,}; import a larger file with manage.py import_labels FILE"
        raise InvalidInput("file", f"{len(delivery.rows):,} rows", allowed)
    LabelBatch.objects.filter(given_by=actor.audit_name, state=BatchState.PREVIEW).delete()
    batch = _batch(delivery, name, source, actor)
    batch.rows = [row.as_json() for row in delivery.rows]
    batch.n_unknown_accounts = len(unknown_accounts(delivery.rows))
    batch.save()
    return batch


@transaction.atomic
def take_over_batch(*, batch: LabelBatch, actor: Actor) -> LabelBatch:
    """Make a delivery that was looked at into labels; done twice, it is done once."""
    check(actor, Action.MANAGE_REFERENCE)
    _lock()
    locked = LabelBatch.objects.select_for_update().filter(pk=batch.pk).first()
    if locked is None:
        raise Conflict("This delivery was dropped meanwhile; read the file again.")
    if locked.state == BatchState.IMPORTED:
        return locked
    known = _same_delivery(locked.digest)
    if known is not None:
        locked.delete()
        return known
    return _take_over(locked, [LabelRow.from_json(row) for row in locked.rows], actor)


@transaction.atomic
def import_labels(*, delivery: Delivery, name: str, source: str, actor: Actor) -> tuple[LabelBatch, bool]:
    """Take a delivery over at once, as the command and the API do; the batch, and whether it was new.

    The same decisions delivered again change nothing and give the earlier batch.
    """
    check(actor, Action.MANAGE_REFERENCE)
    _check_rows(delivery)
    _lock()
    known = _same_delivery(delivery.digest)
    if known is not None:
        return known, False
    batch = _batch(delivery, name, source, actor)
    batch.save()
    return _take_over(batch, delivery.rows, actor), True


@transaction.atomic
def drop_batch(*, batch: LabelBatch, actor: Actor) -> None:
    """Forget a delivery that was read and not taken over."""
    check(actor, Action.MANAGE_REFERENCE)
    found = LabelBatch.objects.select_for_update().filter(pk=batch.pk).first()
    if found is not None and found.state == BatchState.IMPORTED:
        raise Conflict(f"{found} is taken over already; withdraw its labels one by one, each with a reason.")
    if found is not None:
        found.delete()


@transaction.atomic
def give_label(
    *, account_id: str, kind: str, reason: str, actor: Actor, basis: LabelBasis = LabelBasis.CLEARANCE
) -> Label:
    """A person's own word on an account, with the reason; it stands beside others until it is withdrawn.

    Raises InvalidInput, NotFound for an unknown account, Conflict when the same word by the same basis stands already.
    """
    check(actor, Action.REVIEW)
    _check_reason(reason)
    if kind not in LabelKind.values:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(LabelKind.values)}")
    account = ApiAccount.objects.select_for_update(of=("self",)).filter(account_id=account_id).first()
    if account is None:
        raise NotFound(f"There is no account {account_id!r} here; paste the provider's account id.")
    if account.labels.filter(kind=kind, basis=basis, withdrawn_at=None).exists():
        raise Conflict(f"{account_id} is {LabelKind(kind).label} already by {basis.label}; that label stands.")
    label = Label.objects.create(
        account=account, kind=kind, basis=basis, reason=storable(reason.strip()), given_by=actor.audit_name
    )
    facts: dict[str, Any] = {"label": label.pk, "kind": kind, "basis": str(basis.value), "reason": label.reason}
    record(actor=actor, action="label.given", subject=f"account:{account_id}", **facts)
    return label


@transaction.atomic
def withdraw_label(*, label: Label, reason: str, actor: Actor) -> Label:
    """Take a label back, with the reason; it stays in the history. Whoever gave it may, and whoever keeps the reference.

    Raises Conflict for a label that follows a verdict (change the verdict) or is withdrawn already.
    """
    if not can(actor, Action.MANAGE_REFERENCE):
        check(actor, Action.REVIEW)
        if label.given_by != actor.audit_name:
            raise NotAllowed(f"This label was given by {label.given_by}; they, a lead or an administrator withdraw it.")
    _check_reason(reason)
    locked = Label.objects.select_for_update(of=("self",)).select_related("account").get(pk=label.pk)
    if locked.follows_verdict:
        raise Conflict(f"This label follows a {locked.basis}: change the verdict, and the label follows it.")
    if locked.withdrawn_at is not None:
        raise Conflict(f"{locked.withdrawn_by} withdrew this label already.")
    locked.withdrawn_at, locked.withdrawn_by, locked.withdrawn_reason = (
        now(),
        actor.audit_name,
        storable(reason.strip()),
    )
    locked.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    facts: dict[str, Any] = {
        "label": locked.pk,
        "kind": locked.kind,
        "basis": locked.basis,
        "reason": locked.withdrawn_reason,
    }
    record(actor=actor, action="label.withdrawn", subject=f"account:{locked.account.account_id}", **facts)
    return locked


def unknown_accounts(rows: list[LabelRow] | tuple[LabelRow, ...]) -> set[str]:
    """The accounts of some rows that have no row here yet."""
    names = {row.account_id for row in rows}
    return names - set(ApiAccount.objects.filter(account_id__in=names).values_list("account_id", flat=True))


def _take_over(batch: LabelBatch, rows: list[LabelRow] | tuple[LabelRow, ...], actor: Actor) -> LabelBatch:
    """Labels of all rows and the one event that tells of them; the caller holds transaction and lock."""
    unknown = unknown_accounts(rows)
    note_accounts(unknown)
    pks = dict(ApiAccount.objects.filter(account_id__in={r.account_id for r in rows}).values_list("account_id", "pk"))
    labels = [
        Label(
            account_id=pks[row.account_id],
            kind=row.kind,
            basis=LabelBasis.IMPORT,
            source=row.source,
            reason=row.reason,
            decided_at=row.decided_at,
            given_by=actor.audit_name,
            batch=batch,
        )
        for row in rows
    ]
    Label.objects.bulk_create(labels, batch_size=CHUNK, ignore_conflicts=True)
    batch.n_new = batch.labels.count()
    batch.n_known, batch.n_unknown_accounts = len(rows) - batch.n_new, len(unknown)
    batch.state, batch.imported_at, batch.rows = BatchState.IMPORTED, now(), []
    batch.save()
    facts: dict[str, Any] = {
        "digest": batch.digest,
        "name": batch.name,
        "sources": sorted({row.source for row in rows})[:20],
    }
    counts: dict[str, Any] = {
        "new": batch.n_new,
        "known": batch.n_known,
        "refused": batch.n_refused,
        "new_accounts": len(unknown),
    }
    record(actor=actor, action="labels.imported", subject=f"labels:{batch.pk}", **facts, **counts)
    return batch


def _batch(delivery: Delivery, name: str, source: str, actor: Actor) -> LabelBatch:
    return LabelBatch(
        name=storable(name[:200]),
        source=storable(source.strip()),
        digest=delivery.digest,
        n_rows=delivery.n_read,
        n_refused=len(delivery.refused),
        refused=[[bad.number, storable(bad.reason)] for bad in delivery.refused[:SHOWN_REFUSALS]],
        given_by=actor.audit_name,
    )


def note_labels_read(*, labels: Iterable[Label], reader: User) -> None:
    """That a possible second reviewer was shown labels made of others' verdicts, which tell those; the accounts are at hand."""
    shown: dict[str, datetime] = {}
    for label in labels:
        if label.basis.startswith(LabelBasis.VERDICT) and label.given_by != reader.audit_name:
            subject = f"account:{label.account}"
            shown[subject] = max(label.given_at, shown.get(subject, NEVER))
    note_read(reader, shown)


def _check_rows(delivery: Delivery) -> None:
    if not delivery.rows:
        first = f"row {delivery.refused[0].number}: {delivery.refused[0].reason}" if delivery.refused else "no row"
        raise InvalidInput("file", first, "at least one row is a ban or a clearance with account_id and outcome")


def _check_reason(reason: str) -> None:
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput("reason", reason, f"give the facts that it rests on, in 1 to {LONGEST_REASON} characters")


def _same_delivery(digest: str) -> LabelBatch | None:
    return LabelBatch.objects.filter(digest=digest, state=BatchState.IMPORTED).first()


def _lock() -> None:
    """Deliveries are taken over one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
