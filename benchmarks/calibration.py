"""Honest customers alone: how often detection accuses somebody, and whether its p-values are what they say.

    python -m benchmarks.calibration [--seeds 20] [--scale 0.5] [--set demo|hard|both]
    python -m benchmarks.calibration --exchanges FILE --accounts FILE --labels FILE [--seeds 100]

Without files: the generator's honest actors under so many seeds. With files: campaign accounts are dropped, and each run
sees a seeded two thirds of the rest. Such runs overlap, so beside the bounds over all units of all runs stands one over
distinct units, each with the median of its p-values; a bound over overlapping runs is too strict, never too kind.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import logs
from benchmarks.measures import LEVELS, Calibration, calibrate, holm, interval
from traffic.demo import HARD_HONEST, HONEST

SETS = {"demo": HONEST, "hard": HARD_HONEST, "both": (*HONEST, *HARD_HONEST)}
GATE = "gate"


@dataclass(slots=True)
class Tally:
    """What some honest-only runs concluded."""

    runs: int = 0
    certified: int = 0  # runs that open such a campaign
    provisional: int = 0
    leads: list[int] = field(default_factory=list)
    flagged: list[int] = field(default_factory=list)
    ps: dict[str, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    false: list[str] = field(default_factory=list)

    def add(self, name: str, view: logs.View, roles: Mapping[str, str]) -> None:
        """One more run."""
        analysis = logs.detect(view)
        self.runs += 1
        levels = {campaign.level for campaign in analysis.campaigns}
        self.certified += "certified" in levels
        self.provisional += "provisional" in levels
        self.leads.append(sum(account.lead for account in analysis.accounts))
        self.flagged.append(sum(account.flagged for account in analysis.accounts))
        for unit in analysis.units:
            if unit.gate_p is not None:
                self.ps[GATE][unit.key].append(unit.gate_p)
            for reading in unit.readings:
                if reading.p is not None and reading.counts and not reading.formation:
                    self.ps[reading.signal][unit.key].append(reading.p)
            if unit.level != "none":
                self.false.append(
                    f"{name}: {unit.level} {unit.kind} of {mix(unit.accounts, roles)}: {unit.gate_reason}"
                )
        self.false += [f"{name}: lead {mix((a.account_id,), roles)}: {a.because}" for a in analysis.accounts if a.lead]


def mix(accounts: tuple[str, ...], roles: Mapping[str, str]) -> str:
    """Who they are: counts of the commonest actors."""
    counts: dict[str, int] = defaultdict(int)
    for account in accounts:
        counts[roles.get(account) or "?"] += 1
    return ", ".join(f"{n} {role}" for role, n in sorted(counts.items(), key=lambda item: -item[1])[:4])


def table(tally: Tally) -> str:
    """The figures of some runs in plain text."""
    lines = [f"{tally.runs} honest-only runs"]
    for level, k in (("certified", tally.certified), ("provisional", tally.provisional)):
        low, high = interval(k, tally.runs)
        lines.append(
            f"  opened a {level} campaign: {k} of {tally.runs} ({k / max(tally.runs, 1):.0%}, 95 % {low:.1%} to {high:.1%})"
        )
    lines.append(f"  leads per run: {_mean(tally.leads)}; accounts flagged per run: {_mean(tally.flagged)}")
    lines.append(
        f"  {'p-value':<8}{'units':>8}"
        + "".join(f"{f'<= {level}':>16}" for level in LEVELS)
        + f"{'too small, p':>15}{'distinct':>10}{'too small, p':>15}"
    )
    pooled = {name: calibrate([p for ps in units.values() for p in ps]) for name, units in sorted(tally.ps.items())}
    single = {name: calibrate([median(ps) for ps in units.values()]) for name, units in sorted(tally.ps.items())}
    adjusted = [_adjusted(found) for found in (pooled, single)]
    for name, found in pooled.items():
        shares = "".join(f"{f'{k} ({k / max(found.n, 1):.1%})':>16}" for k in found.below)
        lines.append(
            f"  {name:<8}{found.n:>8}{shares}{adjusted[0][name]:>15.2g}{single[name].n:>10}{adjusted[1][name]:>15.2g}"
        )
    lines.append("  (Bonferroni over the three levels; Holm over signals; the gate by itself)")
    return "\n".join(lines)


def _adjusted(found: dict[str, Calibration]) -> dict[str, float]:
    ps = {name: one.p for name, one in found.items()}
    return holm({name: p for name, p in ps.items() if name != GATE}) | {
        name: p for name, p in ps.items() if name == GATE
    }


def _mean(counts: list[int]) -> str:
    return f"{sum(counts) / max(len(counts), 1):.2f} (at most {max(counts, default=0)})"


def generated_runs(which: str, seeds: int, scale: float, tally: Tally) -> Iterator[str]:
    """One run a seed over a log of its own; says how far it is."""
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory(prefix="calibration-") as folder:
            log = logs.generated(seed, scale, SETS[which], Path(folder))
            view = logs.only(log, log.honest)
            tally.add(f"seed {seed}", view, log.roles)
        yield f"{which}, seed {seed}: {tally.certified} certified, {tally.provisional} provisional so far"


def file_runs(log: logs.LabelledLog, seeds: int, tally: Tally) -> Iterator[str]:
    """One run a seed over two thirds of the honest accounts of one log."""
    for seed in range(1, seeds + 1):
        tally.add(f"seed {seed}", logs.two_thirds(log, seed), log.roles)
        yield f"{log.name}, seed {seed}: {tally.certified} certified, {tally.provisional} provisional so far"


def main(arguments: list[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("exchanges", "accounts", "labels"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--scale", type=float, default=0.5)
    parser.add_argument("--set", choices=sorted(SETS), default="both", dest="which")
    options = parser.parse_args(arguments)
    if options.seeds < 1:
        parser.error(f"--seeds is {options.seeds}; it must be at least 1")
    files = (options.exchanges, options.accounts, options.labels)
    if any(files) and not all(files):
        parser.error("--exchanges, --accounts and --labels belong together")
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="calibration-") as folder:
        if all(files):
            steps = file_runs(
                logs.from_files(options.exchanges, options.accounts, options.labels, Path(folder)), options.seeds, tally
            )
        else:
            steps = generated_runs(options.which, options.seeds, options.scale, tally)
        for words in steps:
            print(words, file=sys.stderr)
    print(table(tally))
    for line in tally.false:
        print(f"  {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
