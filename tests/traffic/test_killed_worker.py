"""kill -9 of a real worker in the middle of a pull: the same rows as if nothing had happened."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import now
from staff.permissions import Worker
from tests.support.waiting import wait_for
from tests.traffic import lines
from traffic import services
from traffic.enums import PullState
from traffic.lake import Lake
from traffic.models import Pull

ROWS = 120_000
pytestmark = pytest.mark.django_db(transaction=True)


def digest() -> tuple[int, str]:
    """How many exchanges the lake shows, and one digest over what they are."""
    table = Lake().exchanges().order_by("exchange_id").select("exchange_id", "ts_us", "content_sha256", "conflict")
    rows = table.to_pyarrow()
    return rows.num_rows, hashlib.sha256(repr(rows.to_pylist()).encode()).hexdigest()


@pytest.mark.parametrize("after_batches", [0, 1])
def test_a_killed_worker_loses_and_doubles_nothing(worker_factory, var_dir, tmp_path: Path, settings, after_batches):
    path = tmp_path / "log.jsonl"
    with path.open("wb") as handle:
        for start in range(0, ROWS, 10_000):
            handle.write(lines.joined([lines.litellm(n) for n in range(start, start + 10_000)]))
    source = services.add_source(actor=Worker("test"), path=str(path), watch=False)
    worker = worker_factory()
    pull = services.request_pull(source=source, actor=Worker("test"))

    def far_enough() -> bool:
        pull.refresh_from_db()
        return pull.state == PullState.RUNNING and pull.n_received >= after_batches * 50_000

    wait_for(far_enough, 60, "the pull did not come that far")
    worker.kill()
    pull.refresh_from_db()
    assert pull.state == PullState.RUNNING and pull.n_received < ROWS
    Pull.objects.filter(pk=pull.pk).update(heartbeat_at=now() - timedelta(minutes=1))
    services.run_pull(pull=pull)
    pull.refresh_from_db()
    assert pull.state == PullState.FINISHED
    killed = digest()
    assert (killed[0], pull.n_stored, pull.n_known) == (ROWS, ROWS, 0)
    settings.LAKE_DIR = var_dir / "undisturbed"
    from traffic.models import LakeFile, PulledFile

    LakeFile.objects.all().delete()
    PulledFile.objects.all().delete()
    again = services.run_pull(pull=Pull.objects.create(source=source, requested_by="test"))
    assert again.state == PullState.FINISHED and digest() == killed
