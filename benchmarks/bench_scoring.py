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
from detection.tables import HOUR_US, account_numbers, held, reduce_log, slim

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
    """Derived columns of honest traffic over four weeks: skewed volumes, four fifths of the exchanges free text.

    One fifth uses a template: 50 belong to some accounts each, ten to many. Openings nest as words do: who shares a
    skeleton shares its openings, and 15 % of the free text begins with one of 3,000 common eight words.
    """
    rng = np.random.default_rng(seed)
    account = np.minimum((rng.pareto(1.2, rows) * accounts / 20).astype(np.int64), accounts - 1)
    words = rng.integers(1, 300, rows).astype(np.int32)
    template = np.where(rng.random(rows) < 0.95, 10 + account % 50, rng.integers(0, 10, rows))
    fixed = rng.random(rows) < 0.2
    frame = pd.DataFrame({"account_id": np.char.add("acct_", account.astype(str))})
    for name in HASHES:
        frame[name] = _hashes(rng, rows)
        if name.startswith(("pre", "suf")):
            frame[name] = frame[name].astype("Int64").mask(words < int(name[3:]))
    for number, name in enumerate(("pre8", "pre16", "suf8")):
        frame.loc[fixed & (words >= 16), name] = template[fixed & (words >= 16)] * 31 + number
    common = ~fixed & (words >= 8) & (rng.random(rows) < 0.15)
    frame.loc[common, "pre8"] = 10**9 + rng.zipf(1.3, int(common.sum())) % 3_000
    frame["system_h"] = np.where(rng.random(rows) < 0.5, 77, 10**6 + account)
    frame["exchange_id"] = np.char.add("x", np.arange(rows).astype(str))
    frame["ts_us"] = np.sort(START_US + rng.integers(0, 28 * 24 * HOUR_US, rows))
    frame["n_words"] = words
    frame["task_tags"] = (rng.random(rows) < 0.03).astype(np.int32)
    frame["n_output_tokens"] = rng.integers(1, 900, rows).astype(np.int32)
    frame["status"] = np.int16(200)
    frame["model"] = "m-large"
    frame["ip24"] = np.char.add("192.0.", (account % 997).astype(str))
    return frame


def _hashes(rng: np.random.Generator, rows: int) -> np.ndarray:
    return rng.integers(-(2**62), 2**62, rows)


def in_ibis(path: Path) -> Any:
    """The aggregates as the run makes them, from Parquet."""
    exchanges = ibis.duckdb.connect(threads=2).read_parquet(str(path))
    numbers = account_numbers(exchanges, 1)
    return reduce_log(exchanges, slim(exchanges, numbers, 1), numbers, None)


def in_sql(path: Path) -> Any:
    """The aggregates alone, over derived columns already in memory, as the run holds them."""
    exchanges = ibis.duckdb.connect(threads=2).read_parquet(str(path))
    numbers = account_numbers(exchanges, 1)
    rows = slim(exchanges, numbers, 1)
    networks = held(exchanges.select("account_id", "ip24"))
    return timed(lambda: reduce_log(networks, rows, numbers, None))


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


class Phases:
    """Seconds between the words of progress of a run, the tests of units summed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.name, self.since = "opening", time.perf_counter()

    def __call__(self, words: str) -> None:
        """A new phase begins."""
        moment = time.perf_counter()
        self.seconds[self.name] = self.seconds.get(self.name, 0.0) + moment - self.since
        self.name = "Testing units and concluding" if words.startswith("Testing unit") else words
        self.since = moment


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
        warm, _ = in_sql(path)
        print(f"the same over rows already in memory: {warm:.2f} s, {options.rows / warm:,.0f} exchanges/s")
        if options.whole:
            exchanges = ibis.duckdb.connect(threads=2).read_parquet(str(path))
            phases = Phases()
            whole, found = timed(lambda: run(exchanges, Inputs(None, 1), Parameters(), phases), repeats=1)
            phases("end")
            for name, seconds in phases.seconds.items():
                print(f"  {seconds:6.2f} s  {name}")
            print(f"full run: {whole:.2f} s, {options.rows / whole:,.0f} exchanges/s, {len(found.units)} units")


if __name__ == "__main__":
    main()
