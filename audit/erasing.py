"""Erasing what the trail says of a subject: payload and salt go, the chain stays whole, and a later entry records it."""

from __future__ import annotations

from django.db import connection, transaction

from audit.holds import held_refusals
from audit.models import AuditEvent
from audit.services import Event, actor_name, payload_of


@transaction.atomic
def erase_payloads(*, subject: str, actor: object, basis: str) -> int:
    """Erase the payload of every entry about `subject`; how many. Raises Held, and erases nothing, if a hold forbids one."""
    entries = AuditEvent.objects.filter(subject=subject).exclude(payload="").order_by("chain", "seq")
    found = list(entries.values_list("chain", "seq", "payload_sha256"))
    name = actor_name(actor)
    with held_refusals(), connection.cursor() as cursor:
        for chain, seq, digest in found:
            facts = {"payload_sha256": digest, "basis": basis}
            payload = payload_of(Event("payload.erased", f"entry:{chain}/{seq}", facts))
            cursor.execute("SELECT audit_erase(%s, %s, %s, %s)", [chain, seq, name, payload])
    return len(found)
