"""Who was given a copy of a case file, and whether the file on the disk is still the one that was written."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from audit.services import case_chain, record
from core.clock import now
from core.enqueue import enqueue_on_commit
from core.errors import Conflict, InvalidInput
from core.jobs import call_workers, failing_with_words, sole_worker, unattended
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
    job = ExportCheck.objects.filter(pk=check.pk)
    with sole_worker(_LOCK_SPACE, check.pk) as alone, failing_with_words(job, WorkState.FAILED):
        if alone and job.filter(state__in=UNFINISHED).update(state=WorkState.RUNNING, heartbeat_at=now(), steps=[]):
            _run_steps(check)


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

    stalled = ExportCheck.objects.filter(unattended(WorkState.WAITING, WorkState.RUNNING))
    return call_workers(stalled, check_export_task, "check_id")


def _record(export: CaseExport, actor: object, action: str, **facts: object) -> None:
    chain = case_chain(export.case.code)
    record(actor=actor, action=action, subject=f"casefile:{export.name}", chain=chain, number=export.number, **facts)
