"""Who was given a copy of a case file, and whether the file on the disk is still the one that was written."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from audit.services import case_chain, record
from core.clock import now
from core.enqueue import enqueue_on_commit
from core.errors import Conflict, InvalidInput
from core.text import storable
from investigations.enums import Channel, ExportState, WorkState
from investigations.models import CaseExport, ExportCheck, HandOver
from investigations.policies import check_words
from investigations.services.locking import current_person
from staff.enums import Action
from staff.models import User
from staff.permissions import Worker

WORKER = Worker("verification")
UNFINISHED = (WorkState.WAITING, WorkState.RUNNING)
STALLED_AFTER_S = 60
_LOCK_SPACE = 730_103


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


@transaction.atomic
def request_check(*, export: CaseExport, actor: User) -> ExportCheck:
    """Put a verification of the file on the work list and wake a worker."""
    from investigations.tasks import check_export_task

    person = current_person(actor, Action.EXPORT_CASE)
    CaseExport.objects.select_for_update().get(pk=export.pk)
    if export.state != ExportState.READY:
        raise Conflict(f"{export.name} is {export.get_state_display()}; only a whole case file can be verified.")
    if ExportCheck.objects.filter(export=export, state__in=UNFINISHED).exists():
        raise Conflict(f"{export.name} is being verified already.")
    check = ExportCheck.objects.create(export=export, requested_by=person)
    _record(export, person, "casefile.check_requested")
    enqueue_on_commit(check_export_task, check_id=check.pk)
    return check


def run_check(*, check: ExportCheck) -> None:
    """Verify as the other side would, step by step; a second worker on the same check goes away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, check.pk])
        if not cursor.fetchone()[0]:
            return
    try:
        mine = ExportCheck.objects.filter(pk=check.pk, state__in=UNFINISHED)
        if mine.update(state=WorkState.RUNNING, heartbeat_at=now(), steps=[]):
            _run_steps(check)
    except Exception as error:
        words = f"{type(error).__name__}: {error}"[:500]
        ExportCheck.objects.filter(pk=check.pk).update(state=WorkState.FAILED, message=words, finished_at=now())
        raise
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, check.pk])


def _run_steps(check: ExportCheck) -> None:
    from investigations.casefile.checking import check_steps

    done: list[dict[str, str]] = []
    for step in check_steps(check.export):
        done.append(step)
        ExportCheck.objects.filter(pk=check.pk).update(steps=done, heartbeat_at=now())
    passed = bool(done) and not any(step["outcome"] == "failed" for step in done)
    with transaction.atomic():
        row = ExportCheck.objects.filter(pk=check.pk)
        row.update(state=WorkState.DONE, passed=passed, finished_at=now(), message="")
        failed = [step["name"] for step in done if step["outcome"] == "failed"]
        _record(check.export, WORKER, "casefile.checked", passed=passed, n_steps=len(done), failed=failed)


def resume_checks() -> int:
    """Wake a worker for each verification that waits or whose worker fell silent; how many."""
    from investigations.tasks import check_export_task

    silent = now() - timedelta(seconds=STALLED_AFTER_S)
    stalled = Q(state=WorkState.WAITING) | Q(state=WorkState.RUNNING, heartbeat_at__lt=silent)
    found = list(ExportCheck.objects.filter(stalled).values_list("pk", flat=True))
    for check_id in found:
        enqueue_on_commit(check_export_task, check_id=check_id)
    return len(found)


def _record(export: CaseExport, actor: object, action: str, **facts: object) -> None:
    chain = case_chain(export.case.code)
    record(actor=actor, action=action, subject=f"casefile:{export.name}", chain=chain, number=export.number, **facts)
