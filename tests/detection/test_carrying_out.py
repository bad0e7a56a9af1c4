"""Carrying out a run: whatever the clocks of sources say, and whoever finished it first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from audit.models import AuditEvent
from core.clock import from_us, now
from core.errors import Conflict
from detection import services
from detection.clustering.units import template_key
from detection.enums import RunState
from detection.models import DetectionRun, Unit
from detection.services import carrying_out
from tests.detection.kept import FAST, WORKER
from tests.factories import DetectionRunFactory
from tests.support.lake import daily, exchange, fill_lake

pytestmark = pytest.mark.django_db


def look() -> DetectionRun:
    return services.run_detection(run=services.request_run(actor=WORKER, as_look=True, parameters=FAST))


def test_an_exchange_of_the_next_hours_is_read(lake: pa.Table) -> None:
    soon = now() + timedelta(hours=5)
    fill_lake([exchange("odd", 1, soon)])
    run = look()
    assert run.window_end is not None and abs(run.window_end - soon) < timedelta(milliseconds=1)
    assert "Exchanges not read" not in run.message


def test_a_log_that_lies_ahead_as_a_whole_is_read_as_it_is(settings: Any, tmp_path: Any) -> None:
    settings.LAKE_DIR = tmp_path / "lake"
    start = now() + timedelta(days=400)
    fill_lake(daily("a", start, 5))
    run = look()
    assert (run.state, run.n_exchanges) == (RunState.FINISHED, 5)
    assert run.window_end is not None and run.window_end > start + timedelta(days=4)


def test_who_asks_for_a_window_gets_it_whatever_the_clock(lake: pa.Table) -> None:
    ahead = now() + timedelta(days=900)
    fill_lake([exchange("odd", 1, ahead)])
    start = from_us(min(lake["ts_us"].to_pylist()))
    run = services.run_detection(
        run=services.request_run(
            actor=WORKER, window_start=start, window_end=ahead + timedelta(days=1), parameters=FAST
        )
    )
    assert run.n_exchanges == lake.num_rows + 1 and "Exchanges not read" not in run.message


def test_what_an_older_derivation_numbered_is_not_mixed_with_the_newer(
    lake: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = from_us(max(lake["ts_us"].to_pylist())) - timedelta(days=3)
    words = {"derivation_version": 1, "pre8": 4_444, "pre16": 4_445, "n_words": 20}
    fill_lake(
        [
            row | {"skeleton_h": i}
            for i, row in enumerate(r for a in range(60) for r in daily(f"o{a}", start, 4, **words))
        ]
    )
    opening = template_key("pre16", 4_445)
    run = look()
    assert "Exchanges of an older derivation: 240;" in run.message
    assert run.n_exchanges == lake.num_rows + 240
    assert not Unit.objects.filter(run=run, key=opening).exists()
    monkeypatch.setattr(carrying_out, "comparable", lambda exchanges: exchanges)
    assert Unit.objects.filter(run=look(), key=opening).exists()


def test_a_worker_that_was_overtaken_changes_nothing_and_says_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    run = DetectionRunFactory(state=RunState.WAITING, started_at=None, finished_at=None)

    def slow(own: DetectionRun, report: Any) -> None:
        DetectionRun.objects.filter(pk=own.pk).update(state=RunState.FINISHED, result_digest="d", message="by another")
        raise Conflict(f"Run {own.pk} is finished; its result is dropped.")

    monkeypatch.setattr(carrying_out, "_carry_out", slow)
    done = services.run_detection(run=run)
    assert (done.state, done.result_digest, done.message) == (RunState.FINISHED, "d", "by another")
    assert not AuditEvent.objects.filter(action="run.failed").exists()
