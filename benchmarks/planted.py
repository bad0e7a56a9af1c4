"""Planted campaigns over many seeds: how many are found and how wholly, what is accused in error, and why the rest is missed.

    python -m benchmarks.planted [--seeds 20] [--scale 0.5] [--include demo|hard|all] [--why]

Each seed draws every campaign anew: wording, hours, cards, devices, ages, volumes. A campaign counts as found where a
campaign that opened holds it with a Jaccard index of at least a half. `--why` names for each one that was missed the
tested unit that comes closest to it and what its gate said.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import logs
from benchmarks.bench_detection import ranked
from benchmarks.calibration import mix
from benchmarks.measures import Found, average_precision, interval, judge_campaigns
from traffic.demo import EVERYONE, HARD

if TYPE_CHECKING:
    from detection.analysis.results import Analysis

SETS = {"demo": EVERYONE, "hard": HARD, "all": (*EVERYONE, *HARD)}
FOUND_JACCARD = 0.5


@dataclass(slots=True)
class Tally:
    """What the runs found and what they got wrong."""

    found: dict[str, list[Found]] = field(default_factory=lambda: defaultdict(list))
    precision: list[float] = field(default_factory=list)  # average precision over accounts
    opened: list[int] = field(default_factory=list)
    false: list[int] = field(default_factory=list)
    honest_flagged: list[int] = field(default_factory=list)
    honest_accused: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, seed: int, log: logs.LabelledLog) -> None:
        """One more log."""
        analysis = logs.detect(logs.whole(log))
        ranking = ranked(analysis)
        clusters = {f"c{number}": set(ids) for number, ids in enumerate(ranking.clusters)}
        found, false, accused = judge_campaigns(log.campaigns, set(ranking.flagged), clusters)
        for one in found:
            self.found[one.campaign].append(one)
            if one.best_jaccard < FOUND_JACCARD:
                self.notes.append(f"seed {seed}: missed {one.campaign}, {_why(one.campaign, analysis, log)}")
        accounts = sorted(log.campaigns)
        scores = np.array([ranking.scores.get(account, 0.0) for account in accounts])
        self.precision.append(average_precision(scores, np.array([log.campaigns[a] is not None for a in accounts])))
        self.opened.append(len(clusters))
        self.false.append(len(false))
        self.honest_flagged.append(sum(log.campaigns[account] is None for account in ranking.flagged))
        self.honest_accused.append(accused)
        for name in false:
            self.notes.append(f"seed {seed}: false campaign of {mix(tuple(clusters[name]), log.roles)}")


def _why(campaign: str, analysis: Analysis, log: logs.LabelledLog) -> str:
    """The tested unit whose accounts overlap most with the campaign's, and what stopped it."""
    own = {account for account, name in log.campaigns.items() if name == campaign}
    best, jaccard = None, 0.0
    for unit in analysis.units:
        overlap = len(own & set(unit.accounts)) / len(own | set(unit.accounts))
        if overlap > jaccard:
            best, jaccard = unit, overlap
    if best is None:
        return f"{len(own)} accounts: no unit holds any of them"
    p = "none" if best.gate_p is None else f"{best.gate_p:.2g}"
    families = ", ".join(f"{f.family} {f.best_signal} {f.p:.2g}" for f in best.families if f.p is not None)
    return (
        f"{len(own)} accounts: closest is a {best.kind} of {mix(best.accounts, log.roles)} "
        f"(Jaccard {jaccard:.2f}, {best.level}, gate p {p}; {families}): {best.gate_reason}"
    )


def table(tally: Tally) -> str:
    """The figures in plain text."""
    runs = len(tally.opened)
    lines = [f"{runs} logs; average precision {mean(tally.precision):.3f} (lowest {min(tally.precision):.3f})"]
    opened, false = sum(tally.opened), sum(tally.false)
    low, high = interval(false, opened)
    lines.append(
        f"  campaigns opened {opened}, false {false} ({false / max(opened, 1):.1%}, 95 % {low:.1%} to {high:.1%})"
    )
    lines.append(
        f"  honest accounts flagged per log {mean(tally.honest_flagged):.1f}, in campaigns {mean(tally.honest_accused):.1f}"
    )
    lines.append(f"  {'campaign':<18}{'found':>8}{'flagged':>9}{'accused':>9}{'Jaccard':>9}{'parts':>7}")
    for name, ones in sorted(tally.found.items()):
        whole = sum(one.best_jaccard >= FOUND_JACCARD for one in ones)
        flagged, accused = mean(one.flagged for one in ones), mean(one.accused for one in ones)
        best, parts = mean(one.best_jaccard for one in ones), mean(one.split_over for one in ones)
        lines.append(f"  {name:<18}{f'{whole}/{len(ones)}':>8}{flagged:>9.2f}{accused:>9.2f}{best:>9.2f}{parts:>7.1f}")
    return "\n".join(lines)


def runs(include: tuple[str, ...], seeds: int, scale: float, tally: Tally) -> Iterator[str]:
    """One log a seed; says how far it is."""
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory(prefix="planted-") as folder:
            tally.add(seed, logs.generated(seed, scale, include, Path(folder)))
        yield f"seed {seed}: {tally.opened[-1]} campaigns, {tally.false[-1]} of them false"


def main(arguments: list[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--scale", type=float, default=0.5)
    parser.add_argument("--include", choices=sorted(SETS), default="all")
    parser.add_argument("--why", action="store_true", help="name what was missed and what was accused in error")
    options = parser.parse_args(arguments)
    if options.seeds < 1:
        parser.error(f"--seeds is {options.seeds}; it must be at least 1")
    tally = Tally()
    for words in runs(SETS[options.include], options.seeds, options.scale, tally):
        print(words, file=sys.stderr)
    print(table(tally))
    for note in tally.notes if options.why else ():
        print(f"  {note}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
