"""Erasing what the trail says of a subject: payload and salt go, the chain stays whole, and a later entry records it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import connection, transaction
from django.db.models import QuerySet

from audit.holds import held_refusals
from audit.models import AuditEvent, ErasureRequest, LegalHold
from audit.services import Event, actor_name, payload_of, record
from core.canonical import sha256_hex
from core.text import storable

AT_ONCE = 10_000  # subjects a query


@transaction.atomic
def erase_payloads(*, subjects: Collection[str], actor: object, basis: str) -> int:
    """Erase the payload of every entry about one of `subjects`; how many. Raises Held, and erases nothing, if a hold forbids one.

    One query for each 10,000 subjects finds the entries, and one statement erases each.
    """
    named = list(subjects)
    found: list[tuple[str, int, str]] = []
    for start in range(0, len(named), AT_ONCE):
        entries = AuditEvent.objects.filter(subject__in=named[start : start + AT_ONCE]).exclude(payload="")
        found += entries.values_list("chain", "seq", "payload_sha256")
    name = actor_name(actor)
    with held_refusals(), connection.cursor() as cursor:
        for chain, seq, digest in sorted(found):
            facts = {"payload_sha256": digest, "basis": basis}
            payload = payload_of(Event("payload.erased", f"entry:{chain}/{seq}", facts), actor)
            cursor.execute("SELECT audit_erase(%s, %s, %s, %s)", [chain, seq, name, payload])
    return len(found)


def erasure_requests() -> QuerySet[ErasureRequest]:
    """Requests with their answers; order by `-id`."""
    return ErasureRequest.objects.all()


@transaction.atomic
def record_refusal(*, subject: str, reference: str, hold: LegalHold, review_on: date, actor: object) -> ErasureRequest:
    """An erasure that a legal hold forbids: refused on its ground, to be asked again on a day."""
    made = ErasureRequest.objects.create(
        subject=subject, reference=storable(reference), answered_by=actor_name(actor), refused=True, basis=hold.basis,
        hold=hold.code, review_on=review_on,
    )  # fmt: skip
    record(
        actor=actor,
        action="erasure.refused",
        subject=subject,
        reference=reference,
        hold=hold.code,
        basis=hold.basis,
        review_on=review_on,
    )
    return made


@transaction.atomic
def record_erasure(
    *, subject: str, reference: str, basis: str, counts: dict[str, int], actor: object
) -> ErasureRequest:
    """An erasure that was carried out. Only a digest of the subject stays."""
    digest = f"sha256:{sha256_hex(subject.encode())}"
    made = ErasureRequest.objects.create(
        subject=digest, reference=storable(reference), answered_by=actor_name(actor), refused=False, basis=basis,
        counts=counts,
    )  # fmt: skip
    record(actor=actor, action="erasure.carried_out", subject=f"erasure:{made.pk}", basis=basis, counts=counts)
    return made
