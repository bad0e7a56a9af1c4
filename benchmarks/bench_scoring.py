"""Scoring over derived exchanges: seconds, exchanges a second and peak memory of a run, and its aggregates against pandas.

    python -m benchmarks.bench_scoring [--rows 1000000] [--accounts 6000] [--whole] [--log FOLDER]

The aggregates are those of every run: per account, per account and hour, prompt novelty, per network, per setting. `--whole` adds a
full run (mining, units, signals, gate) with its phases. Each measure is taken in a process of its own, so that its peak is
its own. pandas is asked only up to 2,000,000 rows. `--log` keeps the synthetic log and uses it again.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd

from benchmarks.synthetic import HOUR_US, write_log

PANDAS_ROWS = 2_000_000
THREADS = 2
MEASURES = ("aggregates", "pandas", "whole")


def parts(folder: Path) -> list[Path]:
    """The log's files."""
    return sorted(folder.glob("day-*.parquet"))


def opened(folder: Path) -> Any:
    """The log as a run reads it."""
    return ibis.duckdb.connect(threads=THREADS).read_parquet([str(part) for part in parts(folder)])


def aggregates(folder: Path) -> dict[str, Any]:
    """The aggregates as the run makes them, from Parquet."""
    from detection.analysis.tables import account_numbers, reduce_log, slim

    exchanges = opened(folder)
    numbers = account_numbers(exchanges, 1)
    log = reduce_log(exchanges, slim(exchanges, numbers, 1), numbers, None)
    return {"n": log.n_exchanges, "fresh": float(log.accounts["fresh"].sum())}


def in_pandas(folder: Path) -> dict[str, Any]:
    """The same aggregates in pandas, from the same Parquet and only the columns they need."""
    settings = ["user_agent", "temperature", "max_tokens", "endpoint"]
    tokens = ["n_input_tokens", "n_output_tokens"]
    columns = [
        "account_id",
        "ts_us",
        "prompt_h",
        "system_h",
        "task_tags",
        "stream",
        "status",
        "ip24",
        *tokens,
        *settings,
    ]
    frame = pd.concat([pd.read_parquet(part, columns=columns) for part in parts(folder)], ignore_index=True)
    frame["account_id"] = frame["account_id"].astype("category")
    frame["fresh"] = 1.0 / frame.groupby("prompt_h")["prompt_h"].transform("size")
    frame["hour"] = frame["ts_us"] // HOUR_US
    frame["tagged"] = (frame["task_tags"] & 1) != 0
    frame["elicited"] = frame["tagged"] * frame["fresh"]
    frame["elicited_tokens"] = frame["elicited"] * frame["n_output_tokens"]
    frame["capped"] = frame["n_output_tokens"] >= frame["max_tokens"]
    frame["limited"], frame["instructed"] = frame["max_tokens"].notna(), frame["system_h"].notna()
    frame["unstreamed"], frame["refused"] = ~frame["stream"], frame["status"].isin([401, 403])
    summed = [
        "fresh",
        "tagged",
        "elicited",
        "elicited_tokens",
        "capped",
        "limited",
        "instructed",
        "unstreamed",
        "refused",
    ]
    by = frame.groupby("account_id", observed=True)
    sums = by[[*summed, *tokens]].sum()
    by["ts_us"].agg(["size", "min", "max"])
    frame[~frame["refused"]].groupby("account_id", observed=True)["ts_us"].max()
    frame[frame["refused"]].groupby("account_id", observed=True)["ts_us"].max()
    for keys in (["hour"], ["ip24"], settings):
        frame.groupby(["account_id", *keys], observed=True, dropna=False).size()
    return {"n": len(frame), "fresh": float(sums["fresh"].sum())}


def whole(folder: Path) -> dict[str, Any]:
    """A full run."""
    from detection.analysis.parameters import Parameters
    from detection.analysis.pipeline import Inputs, run

    phases = Phases()
    accounts = ibis.read_parquet(folder / "accounts.parquet")
    found = run(opened(folder), Inputs(accounts, 1), Parameters(), phases)
    phases("end")
    kinds = [unit.kind for unit in found.units]
    said = {kind: kinds.count(kind) for kind in sorted(set(kinds))} | {"campaigns": len(found.campaigns)}
    return {"n": found.n_exchanges, "phases": phases.seconds, "found": said}


class Phases:
    """Seconds and processor seconds between the words of progress of a run, the tests of units summed."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}
        self.name, self.since = "Opening", (time.perf_counter(), processor())

    def __call__(self, words: str) -> None:
        """A new phase begins."""
        now, before = (time.perf_counter(), processor()), self.seconds.get(self.name, (0.0, 0.0))
        wall, work = (
            sum(parts) for parts in zip(before, (n - s for n, s in zip(now, self.since, strict=True)), strict=True)
        )
        self.seconds[self.name] = (wall, work)
        self.name = "Testing units and concluding" if words.startswith("Testing unit") else words
        self.since = now


def processor() -> float:
    """Processor seconds of this process so far."""
    spent = os.times()
    return spent.user + spent.system


def peak_bytes() -> int:
    """The most memory that this process has held; Linux counts what a parent held in ru_maxrss, VmHWM is one's own."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measure(name: str, folder: Path) -> dict[str, Any]:
    """One measure in this process: wall and processor seconds, peak, and what it found."""
    start, work = time.perf_counter(), {"aggregates": aggregates, "pandas": in_pandas, "whole": whole}[name]
    said = work(folder)
    return said | {"wall": time.perf_counter() - start, "cpu": processor(), "peak": peak_bytes()}


def measured(name: str, folder: Path) -> dict[str, Any]:
    """One measure in a process of its own."""
    own = [sys.executable, "-m", "benchmarks.bench_scoring", "--measure", name, "--log", str(folder)]
    done = subprocess.run(own, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parent.parent)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def show(what: str, said: dict[str, Any]) -> None:
    """One line a measure, and one a phase."""
    rate = said["n"] / said["wall"]
    print(
        f"{what}: {said['wall']:.2f} s ({said['cpu']:.1f} s of processor), {rate:,.0f} exchanges/s, peak {said['peak'] / 1e9:.2f} GB"
    )
    for name, (wall, work) in said.get("phases", {}).items():
        print(f"  {wall:6.2f} s ({work:.1f} s of processor)  {name}")
    if "found" in said:
        print("  " + ", ".join(f"{count} {kind}" for kind, count in said["found"].items()))


def compare(options: argparse.Namespace, folder: Path) -> None:
    """Make the log unless it stands, measure and print."""
    if not (folder / "accounts.parquet").exists():
        write_log(folder, rows=options.rows, accounts=options.accounts)
    ours = measured("aggregates", folder)
    show(f"aggregates over {ours['n']:,} exchanges, Ibis on DuckDB", ours)
    if ours["n"] <= PANDAS_ROWS:
        theirs = measured("pandas", folder)
        if theirs["n"] != ours["n"] or not np.isclose(theirs["fresh"], ours["fresh"]):
            raise SystemExit(f"The aggregates differ: {ours} and {theirs}.")
        show("the same in pandas", theirs)
        ratio, memory = theirs["wall"] / ours["wall"], theirs["peak"] / ours["peak"]
        print(f"pandas takes {ratio:.1f} times as long and {memory:.1f} times the memory")
    if options.whole:
        show("full run", measured("whole", folder))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=6_000)
    parser.add_argument("--whole", action="store_true", help="also a full detection run")
    parser.add_argument("--log", type=Path, help="folder of the synthetic log; made when it holds none")
    parser.add_argument("--measure", choices=MEASURES, help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.log)))
    elif options.log:
        options.log.mkdir(parents=True, exist_ok=True)
        compare(options, options.log)
    else:
        with tempfile.TemporaryDirectory(prefix="bench-") as room:
            compare(options, Path(room))


if __name__ == "__main__":
    main()
