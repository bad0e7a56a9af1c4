"""Who works on a run: of several workers one, of several runs one, and whoever falls silent is replaced."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from core.clock import now
from core.errors import Conflict
from detection import services
from detection.enums import RunKind, RunState
from detection.models import DetectionRun
from detection.services.claims import STALE_AFTER, claim, fail
from staff.permissions import Worker
from tests.factories import DetectionRunFactory

WORKER = Worker("test")
SEEN = {"last_pull_id": 3, "last_file_id": 5}
WORKERS = 4


def at_once(work: Any) -> list[Any]:
    """What each of several workers got that began in the same moment."""
    barrier = Barrier(WORKERS)

    def one(_: int) -> Any:
        try:
            barrier.wait(timeout=30)
            return work()
        except Conflict:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, range(WORKERS)))


@pytest.mark.django_db(transaction=True)
def test_of_workers_that_wake_at_once_one_takes_the_run() -> None:
    run = DetectionRunFactory(state=RunState.WAITING)
    assert sorted(at_once(lambda: claim(run, **SEEN))) == [False] * (WORKERS - 1) + [True]


@pytest.mark.django_db(transaction=True)
def test_of_requests_that_come_at_once_one_is_taken_and_only_one_is_the_first_look() -> None:
    made = [run for run in at_once(lambda: services.request_run(actor=WORKER)) if run is not None]
    assert len(made) == 1 and made[0].is_look
    assert DetectionRun.objects.count() == 1


@pytest.mark.django_db
def test_a_claim_names_what_the_run_sees() -> None:
    run = DetectionRunFactory(state=RunState.WAITING)
    assert claim(run, **SEEN)
    run.refresh_from_db()
    assert (run.state, run.last_pull_id, run.last_file_id) == (RunState.RUNNING, 3, 5)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", RunKind)
def test_one_run_of_whatever_kind_at_a_time(kind: str) -> None:
    DetectionRunFactory(kind=kind, state=RunState.RUNNING, heartbeat_at=now())
    assert not claim(DetectionRunFactory(state=RunState.WAITING), **SEEN)


@pytest.mark.django_db
@pytest.mark.parametrize(("silent", "taken"), [(timedelta(minutes=1), False), (STALE_AFTER + timedelta(1), True)])
def test_who_falls_silent_is_replaced(silent: timedelta, taken: bool) -> None:
    run = DetectionRunFactory(state=RunState.RUNNING, heartbeat_at=now() - silent)
    assert claim(run, **SEEN) is taken


@pytest.mark.django_db
def test_what_has_ended_is_neither_taken_nor_failed() -> None:
    run = DetectionRunFactory()
    assert not claim(run, **SEEN)
    fail(run, "too late")
    run.refresh_from_db()
    assert (run.state, run.message) == (RunState.FINISHED, "")
