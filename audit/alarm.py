"""Verifications on the work list, and the alarm that a bad one raises: shown on every page, and no case file leaves the house."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection, transaction

from audit.models import AuditEvent, AuditVerification
from audit.services import actor_name, record
from audit.verifying import verify_all
from core import clock
from core.canonical import utc_z
from core.enqueue import enqueue_on_commit
from core.errors import Unavailable
from core.jobs import Heartbeat, sole_worker

logger = logging.getLogger(__name__)
LOCK = 0x5711_7E1F
STALE = timedelta(minutes=2)
SHOWN = 50


class TrailBroken(Unavailable):
    """The trail failed its verification: nothing is exported until one is good."""

    title = "The audit trail is broken"


def request_verification(*, actor: object) -> AuditVerification:
    """Put a walk over the whole trail on the work list; one that waits or runs already is that one."""
    from audit.tasks import verify_task

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        waiting = AuditVerification.objects.filter(finished_at=None).first()
        if waiting is not None:
            return waiting
        made = AuditVerification.objects.create(requested_by=actor_name(actor))
        enqueue_on_commit(verify_task, verification_id=made.pk)
    return made


def run_verification(*, verification: AuditVerification) -> None:
    """Walk the trail and say what was found. A second worker on the same verification goes away."""
    with sole_worker(LOCK, verification.pk) as alone:
        mine = AuditVerification.objects.filter(pk=verification.pk, finished_at=None)
        moment = clock.now()
        if alone and mine.update(
            started_at=moment, heartbeat_at=moment, n_events_total=AuditEvent.objects.count(), n_events=0
        ):
            _run(verification)


def resume_verifications() -> int:
    """Wake a worker for a verification that waits or whose worker fell silent; returns how many."""
    from audit.tasks import verify_task

    limit = clock.now() - STALE
    waiting = AuditVerification.objects.filter(finished_at=None)
    silent = [one.pk for one in waiting if (one.heartbeat_at or one.requested_at) < limit]
    for pk in silent:
        enqueue_on_commit(verify_task, verification_id=pk)
    return len(silent)


def latest_verification() -> AuditVerification | None:
    """The newest one, under way or ended."""
    return AuditVerification.objects.first()


def alarm() -> AuditVerification | None:
    """The last verification that ended, if it was bad. One query."""
    last = AuditVerification.objects.exclude(finished_at=None).first()
    return last if last is not None and last.good is False else None


def check_trail_whole() -> None:
    """Refuse to let evidence out while the alarm stands."""
    bad = alarm()
    if bad is not None and bad.finished_at is not None:
        first = bad.faults[0] if bad.faults else "see the Audit page"
        raise TrailBroken(
            f"The audit trail failed its verification of {utc_z(bad.finished_at)}: {first}. "
            "No case file leaves the house until a verification is good."
        )


def _run(verification: AuditVerification) -> None:
    with Heartbeat(verification) as beat:
        outcome = verify_all(report=lambda done: beat.say(n_events=done))
    faults = [str(fault) for fault in outcome.faults[:SHOWN]]
    with transaction.atomic():
        AuditVerification.objects.filter(pk=verification.pk).update(
            finished_at=clock.now(),
            n_events=outcome.events,
            n_chains=outcome.chains,
            n_checkpoints=outcome.checkpoints,
            good=not outcome.faults,
            faults=faults,
        )
        record(
            actor=verification.requested_by,
            action="trail.verified" if not outcome.faults else "trail.found_broken",
            subject=f"verification:{verification.pk}",
            n_events=outcome.events,
            n_chains=outcome.chains,
            n_checkpoints=outcome.checkpoints,
            n_faults=len(outcome.faults),
            first_fault=faults[0] if faults else None,
        )
    if faults:
        logger.error("The audit trail is broken: %s", faults[0])
