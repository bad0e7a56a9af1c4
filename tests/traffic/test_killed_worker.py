"""kill -9 of a real worker in the middle of a pull: the same rows as if nothing had happened."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings

from staff.permissions import Worker
from tests.support.waiting import wait_for
from tests.support.worker import LiveWorker
from tests.traffic import lines
from traffic import services
from traffic.enums import PullState
from traffic.lake import Lake
from traffic.models import LakeFile, Pull, PulledBatch
from traffic.tasks import pull_task

ROWS, BATCH_ROWS = 20_000, 5_000
ACTOR = Worker("test")
pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log over three days, large enough that a kill meets the pull at work."""
    path = tmp_path_factory.mktemp("logs") / "log.jsonl"
    with path.open("wb") as handle:
        for start in range(0, ROWS, BATCH_ROWS):
            handle.write(
                lines.joined(
                    [lines.litellm(n, startTime=lines.START + 8 * n) for n in range(start, start + BATCH_ROWS)]
                )
            )
    return path


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    """Small steps and a short silence, here and in the workers, which inherit the environment."""
    for name, value in (("PULL_BATCH_ROWS", BATCH_ROWS), ("PULL_STALE_AFTER_S", 3)):
        monkeypatch.setenv(name, str(value))
        setattr(settings, name, value)


def digest() -> tuple[int, str]:
    """How many exchanges the lake shows, and one digest over what they are."""
    table = Lake().exchanges().order_by("exchange_id").select("exchange_id", "ts_us", "content_sha256", "conflict")
    rows = table.to_pyarrow()
    return rows.num_rows, hashlib.sha256(repr(rows.to_pylist()).encode()).hexdigest()


def counts(pull: Pull) -> tuple[int, ...]:
    return pull.n_received, pull.n_stored, pull.n_known, pull.n_further_origin, pull.n_conflict, pull.n_quarantined


def ended(pull: Pull) -> bool:
    pull.refresh_from_db()
    return pull.state not in services.ACTIVE


def test_a_worker_killed_twice_loses_and_doubles_nothing(
    worker_factory: Callable[..., LiveWorker], log: Path, settings: LazySettings, var_dir: Path
) -> None:
    source = services.add_source(actor=ACTOR, path=str(log), watch=False)
    worker = worker_factory(concurrency=1)
    pull = services.request_pull(source=source, actor=ACTOR)
    for received in (0, 2 * BATCH_ROWS):

        def far_enough(received: int = received) -> bool:
            pull.refresh_from_db()
            return pull.state == PullState.RUNNING and pull.n_received >= received

        wait_for(far_enough, 40, "the pull did not come that far", every_s=0.005)
        worker.kill()
        pull.refresh_from_db()
        assert pull.state == PullState.RUNNING and received <= pull.n_received < ROWS
        worker.start()
        wait_for(services.resume_pulls, 20, "the silent pull was not noticed")
    wait_for(lambda: ended(pull), 40, "the pull was not taken up again")
    assert (pull.state, counts(pull)) == (PullState.FINISHED, (ROWS, ROWS, 0, 0, 0, 0))
    on_disk = {path.relative_to(settings.LAKE_DIR).as_posix() for path in settings.LAKE_DIR.rglob("*.parquet")}
    assert on_disk == set(LakeFile.objects.values_list("path", flat=True))
    assert digest() == undisturbed(log, settings, var_dir)


def undisturbed(log: Path, settings: LazySettings, var_dir: Path) -> tuple[int, str]:
    """The digest of the same log after a pull that nobody killed."""
    PulledBatch.objects.all().delete()
    Pull.objects.all().delete()
    LakeFile.objects.all().delete()
    source = services.add_source(actor=ACTOR, path=str(log.parent), watch=False)
    settings.LAKE_DIR = var_dir / "undisturbed"
    assert services.run_pull(pull=Pull.objects.create(source=source, requested_by="test")).n_stored == ROWS
    return digest()


def test_two_pulls_at_once_store_nothing_twice(worker_factory: Callable[..., LiveWorker], log: Path) -> None:
    """The same log as two sources, and one of the pulls delivered twice, on three processes."""
    sources = [services.add_source(actor=ACTOR, path=str(place), watch=False) for place in (log, log.parent)]
    worker_factory(concurrency=3)
    pulls = [services.request_pull(source=source, actor=ACTOR) for source in sources]
    pull_task.delay(pull_id=pulls[0].pk)
    wait_for(lambda: all(ended(pull) for pull in pulls), 60, "the pulls did not end")
    assert [pull.state for pull in pulls] == [PullState.FINISHED] * 2
    assert [pull.n_received for pull in pulls] == [ROWS] * 2
    assert sum(pull.n_stored for pull in pulls) == ROWS == sum(pull.n_further_origin for pull in pulls)
    ids = Lake().exchanges().exchange_id
    assert (ids.count().to_pyarrow().as_py(), ids.nunique().to_pyarrow().as_py()) == (ROWS, ROWS)
