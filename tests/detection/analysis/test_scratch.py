"""Scratch room: tables written out hold the same rows and go with their last reader; hashes met again are exactly those."""

from __future__ import annotations

import gc
import tempfile
from collections import Counter
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from detection.analysis import scratch


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def table(rows: int) -> ibis.Table:
    return ibis.memtable(pd.DataFrame({"number": np.arange(rows), "half": np.arange(rows) / 2}))


def test_large_tables_stand_in_a_file_that_goes_with_the_last_reader(room, monkeypatch):
    monkeypatch.setattr(scratch, "LARGE", 10)
    kept = scratch.stored(table(10).filter(lambda t: t.number % 2 == 0), 10)
    reader = kept.filter(kept.number > 2)
    assert len(list(room.glob("detection-*/rows.parquet"))) == 1
    del kept
    gc.collect()
    assert sorted(reader.to_pandas()["half"]) == [2.0, 3.0, 4.0]
    del reader
    gc.collect()
    assert list(room.glob("detection-*")) == []


def test_small_tables_write_nothing(room, monkeypatch):
    monkeypatch.setattr(scratch, "LARGE", 10)
    assert scratch.stored(table(9), 9).count().execute() == 9
    assert list(room.glob("detection-*")) == []


def test_a_table_that_cannot_be_computed_leaves_nothing(room, monkeypatch):
    monkeypatch.setattr(scratch, "LARGE", 1)
    broken = table(3).mutate(number=(ibis.literal("x") + table(3).number.cast("string").max()).cast("int64"))
    with pytest.raises(Exception, match="x2"):
        scratch.stored(broken, 3)
    assert list(room.glob("detection-*")) == []


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5_000])
def test_hashes_met_again_are_counted_exactly(size):
    values = np.random.default_rng(size).integers(-1_500, 1_500, size)
    frame = pd.DataFrame({"h": pd.array([*values, None, None], dtype="Int64")})
    found = scratch.met_again(ibis.memtable(frame), "h").to_pandas()
    again = {value: times for value, times in Counter(values.tolist()).items() if times > 1}
    assert dict(zip(found["value"].tolist(), found["times"].tolist(), strict=True)) == again
