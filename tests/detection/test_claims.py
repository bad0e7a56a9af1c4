"""Many ask and many work at once: one run waits or is under way, one worker has it, and what a slow one says is dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from audit.models import AuditEvent
from core.clock import now
from core.errors import Conflict
from detection import services
from detection.enums import RunKind, RunState
from detection.models import DetectionRun
from detection.services import carrying_out, claims
from staff.permissions import Worker
from tests.factories import DetectionRunFactory

WORKER = Worker("test")
AT_ONCE = 8


def at_once(work: Callable[[], Any]) -> list[Any]:
    """What each of several threads comes to when all begin together; a refusal counts as None."""
    start, results = threading.Barrier(AT_ONCE), []

    def one() -> None:
        start.wait()
        try:
            results.append(work())
        except Conflict:
            results.append(None)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == AT_ONCE
    return results


def silent_for(run: DetectionRun, gap: timedelta) -> None:
    DetectionRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING, heartbeat_at=now() - gap)


def waiting() -> DetectionRun:
    return DetectionRunFactory(state=RunState.WAITING, started_at=None, finished_at=None)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_one_gets_a_run() -> None:
    asked = at_once(lambda: services.request_run(actor=WORKER))
    assert [run.pk for run in asked if run is not None] == [DetectionRun.objects.get().pk]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_has_the_run() -> None:
    run = waiting()
    assert sum(at_once(lambda: claims.claim(run, last_pull_id=3, last_file_id=4))) == 1
    run.refresh_from_db()
    assert (run.state, run.last_pull_id, run.last_file_id) == (RunState.RUNNING, 3, 4)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_takes_over_from_a_silent_one() -> None:
    run = waiting()
    silent_for(run, claims.STALE_AFTER + timedelta(seconds=1))
    assert sum(at_once(lambda: claims.claim(run, last_pull_id=0, last_file_id=0))) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("kind", RunKind)
def test_a_run_of_any_kind_under_way_keeps_the_others_waiting(kind: str) -> None:
    other = DetectionRunFactory(kind=kind, state=RunState.RUNNING, heartbeat_at=now())
    run = waiting()
    assert not claims.claim(run, last_pull_id=0, last_file_id=0)
    silent_for(other, claims.STALE_AFTER + timedelta(seconds=1))
    assert claims.claim(run, last_pull_id=0, last_file_id=0)


@pytest.mark.django_db
@pytest.mark.parametrize("end", [RunState.FINISHED, RunState.FAILED])
def test_what_has_ended_is_nobodys(end: str) -> None:
    assert not claims.claim(DetectionRunFactory(state=end), last_pull_id=0, last_file_id=0)


@pytest.mark.django_db
def test_a_worker_that_was_overtaken_changes_nothing_and_says_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    run = waiting()

    def slow(own: DetectionRun, report: Any) -> None:
        DetectionRun.objects.filter(pk=own.pk).update(state=RunState.FINISHED, result_digest="d", message="by another")
        raise Conflict(f"Run {own.pk} is finished; its result is dropped.")

    monkeypatch.setattr(carrying_out, "_carry_out", slow)
    done = services.run_detection(run=run)
    assert (done.state, done.result_digest, done.message) == (RunState.FINISHED, "d", "by another")
    assert not AuditEvent.objects.filter(action="run.failed").exists()
