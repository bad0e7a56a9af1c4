"""Scoring over 1,000,000 derived exchanges: the columnar aggregates of a run against the same ones in pandas.

    python benchmarks/bench_scoring.py [--rows 1000000] [--accounts 5000] [--whole]

The aggregates are those of every run: per account, per account and hour, prompt novelty, per network. Prints seconds,
exchanges a second and the ratio; `--whole` adds a full run (mining, units, signals, gate).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from detection.parameters import Parameters
from detection.pipeline import Inputs, run
from detection.tables import HOUR_US, reduce_log, repeated_prompts, weighted

HASHES = [
    "prompt_h",
    "system_h",
    "skeleton_h",
    "slot_h",
    "pre4",
    "pre8",
    "pre16",
    "pre32",
    "pre64",
    "suf4",
    "suf8",
    "suf16",
    "suf32",
    "suf64",
]
START_US = 1_788_220_800_000_000


def synthetic(rows: int, accounts: int, seed: int = 1) -> pd.DataFrame:
    """Derived columns of honest free-text traffic: skewed volumes, 80 % distinct skeletons, four weeks."""
    rng = np.random.default_rng(seed)
    account = np.minimum((rng.pareto(1.2, rows) * accounts / 20).astype(np.int64), accounts - 1)
    skeleton = rng.integers(0, rows * 2, rows)
    frame = pd.DataFrame({name: skeleton * (i + 3) for i, name in enumerate(HASHES)})
    frame.insert(0, "account_id", np.char.add("acct_", account.astype(str)))
    frame["exchange_id"] = np.char.add("x", np.arange(rows).astype(str))
    frame["ts_us"] = np.sort(START_US + rng.integers(0, 28 * 24 * HOUR_US, rows))
    frame["n_words"] = rng.integers(1, 300, rows).astype(np.int32)
    frame["task_tags"] = (rng.random(rows) < 0.03).astype(np.int32)
    frame["n_output_tokens"] = rng.integers(1, 900, rows).astype(np.int32)
    frame["status"] = np.int16(200)
    frame["model"] = "m-large"
    frame["ip24"] = np.char.add("192.0.", (account % 997).astype(str))
    return frame


def in_ibis(path: Path) -> Any:
    """The aggregates as the run makes them, from Parquet."""
    exchanges = ibis.duckdb.connect(threads=2).read_parquet(str(path))
    repeats = ibis.memtable(repeated_prompts(exchanges).to_pyarrow())
    return reduce_log(exchanges, weighted(exchanges, repeats, 1), None)


def in_pandas(path: Path) -> Any:
    """The same aggregates in pandas, from the same Parquet and only the columns they need."""
    columns = ["account_id", "ts_us", "prompt_h", "task_tags", "n_output_tokens", "status", "ip24"]
    frame = pd.read_parquet(path, columns=columns)
    frame["fresh"] = 1.0 / frame.groupby("prompt_h")["prompt_h"].transform("size")
    frame["hour"] = frame["ts_us"] // HOUR_US
    frame["tagged"] = (frame["task_tags"] & 1) != 0
    frame["refused"] = frame["status"].isin([401, 403])
    sums = frame.groupby("account_id").agg(
        n=("ts_us", "size"), first_us=("ts_us", "min"), last_us=("ts_us", "max"), fresh=("fresh", "sum"),
        tagged=("tagged", "sum"), n_output_tokens=("n_output_tokens", "sum"), n_refused=("refused", "sum"),
    )  # fmt: skip
    accepted = frame[~frame["refused"]].groupby("account_id")["ts_us"].max()
    refused = frame[frame["refused"]].groupby("account_id")["ts_us"].max()
    activity = frame.groupby(["account_id", "hour"]).size()
    networks = frame.groupby(["account_id", "ip24"]).size()
    return sums, accepted, refused, activity, networks


def timed(work: Callable[[], Any], repeats: int = 3) -> tuple[float, Any]:
    """Best of some runs, in seconds, and the last result."""
    best, result = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--whole", action="store_true", help="also a full detection run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exchanges.parquet"
        synthetic(options.rows, options.accounts).to_parquet(path, compression="zstd")
        ours, log = timed(lambda: in_ibis(path))
        theirs, (sums, *_) = timed(lambda: in_pandas(path))
        assert int(log.accounts["n"].sum()) == int(sums["n"].sum()) == options.rows
        assert np.isclose(log.accounts["fresh"].sum(), sums["fresh"].sum())
        print(f"aggregates, Ibis on DuckDB: {ours:.2f} s, {options.rows / ours:,.0f} exchanges/s")
        print(f"aggregates, pandas:         {theirs:.2f} s, {options.rows / theirs:,.0f} exchanges/s")
        print(f"ratio: {theirs / ours:.1f}")
        if options.whole:
            exchanges = ibis.duckdb.connect(threads=2).read_parquet(str(path))
            whole, found = timed(lambda: run(exchanges, Inputs(None, 1), Parameters()), repeats=1)
            print(f"full run: {whole:.2f} s, {options.rows / whole:,.0f} exchanges/s, {len(found.units)} units")


if __name__ == "__main__":
    main()
