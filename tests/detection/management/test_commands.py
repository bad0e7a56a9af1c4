"""`manage.py detect` and `analyse` on the lake."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from core.clock import from_us
from detection.models import AccountScore, Campaign, DetectionRun

pytestmark = pytest.mark.django_db


def told(*words: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def test_detect_reads_the_rolling_window_and_says_what_lies_before_it(lake: pa.Table, settings: Any) -> None:
    settings.DETECTION_WINDOW_DAYS = 3
    words = told("detect")
    run = DetectionRun.objects.get()
    assert run.rolling_days == 3 and 0 < run.n_exchanges < lake.num_rows
    assert f"Run {run.pk}, a look: {run.n_exchanges:,} exchanges" in words
    assert f"{lake.num_rows - run.n_exchanges:,} exchanges lie before the window and were not read" in words


def test_detect_takes_a_window_the_whole_lake_and_a_look(lake: pa.Table) -> None:
    told("detect", "--whole-lake")
    times = [from_us(t) for t in lake["ts_us"].to_pylist()]
    middle = min(times) + timedelta(days=5)
    told("detect", "--look", "--window", min(times).isoformat(), middle.isoformat())
    whole, part = DetectionRun.objects.order_by("pk")
    assert whole.n_exchanges == lake.num_rows
    assert (part.is_look, part.n_exchanges) == (True, sum(t < middle for t in times))
    with pytest.raises(CommandError, match="not allowed with"):
        told("detect", "--whole-lake", "--window", "2026-05-01", "2026-05-02")


def test_analyse_without_a_path_analyses_the_lake_and_leaves_no_trace_there(lake: pa.Table, tmp_path: Path) -> None:
    words = told("analyse", "--out", str(tmp_path / "out"))
    accounts = pq.read_table(tmp_path / "out" / "accounts.parquet").to_pylist()
    flagged = {row["account_id"] for row in accounts if row["flagged"]}
    assert {f"a{i}" for i in range(240, 250)} <= flagged
    assert f"{len(flagged)} accounts flagged" in words
    assert sum(row["n_exchanges"] for row in accounts) == lake.num_rows
    assert not any(model.objects.exists() for model in (DetectionRun, Campaign, AccountScore))


def test_analyse_of_an_empty_lake_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="pull some into the lake first"):
        told("analyse", "--out", str(tmp_path))


def test_accounts_of_a_file_do_not_go_with_the_lake(lake: pa.Table, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--accounts"):
        told("analyse", "--out", str(tmp_path), "--accounts", str(tmp_path / "a.csv"))
