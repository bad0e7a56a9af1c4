"""Who works on a run: one run at a time, taken over when its worker has fallen silent."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q

from audit.services import record
from core.clock import now
from detection.enums import RunState
from detection.models import DetectionRun
from staff.permissions import Worker

LOCK = 0x5711_0DE7  # one number for detection runs in Postgres' space of advisory locks
STALE_AFTER = timedelta(minutes=15)


def lock_runs() -> None:
    """Let nobody else ask for or take a run until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def alive() -> Q:
    """Runs that wait or are under way."""
    return Q(state=RunState.WAITING) | _working()


def stale() -> Q:
    """Runs whose worker has fallen silent."""
    return Q(state=RunState.RUNNING) & (Q(heartbeat_at=None) | Q(heartbeat_at__lt=now() - STALE_AFTER))


def _working() -> Q:
    return Q(state=RunState.RUNNING, heartbeat_at__gte=now() - STALE_AFTER)


def claim(run: DetectionRun, *, last_pull_id: int, last_file_id: int) -> bool:
    """Take the run, with what it is to see, unless a living worker has it or another run is under way."""
    with transaction.atomic():
        lock_runs()
        if DetectionRun.objects.exclude(pk=run.pk).filter(_working()).exists():
            return False
        moment = now()
        free = DetectionRun.objects.filter(pk=run.pk).filter(Q(state=RunState.WAITING) | stale())
        return bool(
            free.update(
                state=RunState.RUNNING,
                started_at=moment,
                heartbeat_at=moment,
                message="",
                last_pull_id=last_pull_id,
                last_file_id=last_file_id,
            )
        )


def fail(run: DetectionRun, message: str) -> None:
    """Say what stopped the run; nothing that it concluded is visible. A run that another worker ended stays as it is."""
    with transaction.atomic():
        mine = DetectionRun.objects.filter(pk=run.pk, state=RunState.RUNNING)
        if not mine.update(state=RunState.FAILED, finished_at=now(), message=message):
            return
        record(actor=Worker("detection"), action="run.failed", subject=f"run:{run.pk}", message=message[:500])
