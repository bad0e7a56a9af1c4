"""Who was given a copy of a case file."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from audit.services import case_chain, record
from core.clock import now
from core.errors import Conflict, InvalidInput
from core.text import storable
from investigations.enums import Channel, ExportState
from investigations.models import CaseExport, HandOver
from investigations.policies import check_words
from investigations.services.locking import current_person
from staff.enums import Action
from staff.models import User


@transaction.atomic
def record_hand_over(
    *,
    export: CaseExport,
    recipient: str,
    purpose: str,
    channel: str,
    handed_at: datetime,
    actor: User,
    digest_confirmed: bool = False,
) -> HandOver:
    """A copy went to somebody: who, what for, by what road, when, and whether they compared the digest."""
    person = current_person(actor, Action.EXPORT_CASE)
    check_words(recipient=recipient, purpose=purpose)
    if channel not in Channel.values:
        raise InvalidInput("channel", channel, f"it is one of {', '.join(Channel.values)}")
    if export.state != ExportState.READY:
        raise Conflict(f"{export.name} is {export.get_state_display()}; only a whole case file is handed over.")
    written, moment = export.finished_at or export.requested_at, now()
    if not written - timedelta(minutes=1) <= handed_at <= moment + timedelta(minutes=5):
        raise InvalidInput("handed_at", handed_at.isoformat(), f"it lies between {written:%Y-%m-%d %H:%M} UTC and now")
    made = HandOver.objects.create(
        export=export,
        recipient=storable(recipient.strip()),
        purpose=storable(purpose.strip()),
        channel=channel,
        handed_at=handed_at,
        digest_confirmed=digest_confirmed,
        sha256=export.sha256,
        recorded_by=person,
    )
    facts = {"recipient": made.recipient, "purpose": made.purpose, "channel": channel, "handed_at": handed_at}
    _record(export, person, "casefile.handed_over", digest_confirmed=digest_confirmed, sha256=export.sha256, **facts)
    return made


def _record(export: CaseExport, actor: object, action: str, **facts: object) -> None:
    chain = case_chain(export.case.code)
    record(actor=actor, action=action, subject=f"casefile:{export.name}", chain=chain, number=export.number, **facts)
