"""Scratch room of a run: rows too many for memory stand in a file of the engine's own format until nobody reads them."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

LARGE = 1_000_000
"""Rows from which on a table is written out; below that memory is cheaper."""


def held(t: ir.Table) -> ir.Table:
    """The table's rows, computed once and kept in memory for as long as the result is."""
    return ibis.memtable(t.to_pyarrow())


def stored(t: ir.Table, rows: int) -> ir.Table:
    """The table's rows, computed once: in memory below LARGE rows, else in a Parquet file that goes with the last reader.

    16,000,000 rows of 30 numbers take 3 GB in memory and are read in single columns, each a few times.
    """
    if rows < LARGE:
        return held(t)
    folder = Path(tempfile.mkdtemp(prefix="detection-"))
    try:
        t.to_parquet(folder / "rows.parquet")
        kept = t.get_backend().read_parquet(folder / "rows.parquet")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(kept.op(), shutil.rmtree, folder, True)
    return kept


def met_again(t: ir.Table, column: str) -> ir.Table:
    """The values of a column of 64-bit hashes that occur more than once, with how often: value, times.

    Most hashes of free text occur once: sorting one column takes a fifth of the time and memory of counting each of them in
    the engine (16,000,000 values: 1 s and 0.3 GB).
    """
    values = t.filter(t[column].notnull()).select(column).to_pyarrow()[column].to_numpy()
    again, times = runs(np.sort(values))
    return ibis.memtable(pa.table({"value": again, "times": times}))


def runs(ordered: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The values of an ordered row of numbers that stand in it more than once, and how often.

    >>> [found.tolist() for found in runs(np.array([1, 2, 2, 5, 7, 7, 7]))]
    [[2, 7], [2, 3]]
    """
    same = np.empty(len(ordered) + 1, dtype=bool)
    same[[0, -1]] = False
    np.equal(ordered[1:], ordered[:-1], out=same[1:-1])
    # A run opens where a value equals the next and not the one before, and ends where it is the other way round.
    opens = np.flatnonzero(~same[:-1] & same[1:])
    ends = np.flatnonzero(same[:-1] & ~same[1:])
    return ordered[opens], (ends - opens + 1).astype(np.int64)
