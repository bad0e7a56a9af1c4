"""Detection against request volume, an isolation forest and MinHash clusters, in one run on each log, and what it loses blind.

    python -m benchmarks.bench_detection [--scale 0.5] [--seed 11] [--exchanges FILE --accounts FILE --labels FILE]

The generated log holds every honest actor and every planted campaign. A labelled log is read where its paths are given,
or the folder that holds exchanges.parquet, accounts.parquet and labels.parquet is named by STILLWATCH_LABELLED_LOG.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import baselines, logs
from benchmarks.baselines import Ranking
from benchmarks.logs import LabelledLog, View
from benchmarks.measures import average_precision, false_flags_at, judge_campaigns
from traffic.demo import EVERYONE, HARD

if TYPE_CHECKING:
    from detection.analysis.results import Analysis

Row = tuple[str, object, str]
FILES = ("exchanges.parquet", "accounts.parquet", "labels.parquet")
BLIND: tuple[tuple[str, Callable[[LabelledLog], View]], ...] = (
    ("no responses", logs.without_responses),
    ("no identifiers", logs.without_identifiers),
    ("half of the exchanges", logs.half),
)


def ranked(analysis: Analysis) -> Ranking:
    """A run's accounts as a ranking with its campaigns."""
    clusters: dict[str, set[str]] = {}
    for account in analysis.accounts:
        if account.campaign_key and account.tier in ("core", "associate"):
            clusters.setdefault(account.campaign_key, set()).add(account.account_id)
    return Ranking(
        {account.account_id: account.score for account in analysis.accounts},
        frozenset(account.account_id for account in analysis.accounts if account.flagged),
        tuple(frozenset(ids) for _, ids in sorted(clusters.items())),
    )


def figures(name: str, ranking: Ranking, log: LabelledLog, recall: float, seconds: float) -> Iterator[Row]:
    """Average precision, what equal recall costs in false flags, false campaigns, seconds."""
    accounts = sorted(log.campaigns)
    scores = np.array([ranking.scores.get(account, 0.0) for account in accounts])
    harvests = np.array([log.campaigns[account] is not None for account in accounts])
    honest = int((~harvests).sum())
    yield f"{name}: average precision", f"{average_precision(scores, harvests):.3f}", ""
    cost = false_flags_at(scores, harvests, recall)
    yield f"{name}: honest accounts flagged at recall {recall:.2f}", cost, f"of {honest}"
    if ranking.clusters:
        clusters = {f"c{number}": set(ids) for number, ids in enumerate(ranking.clusters)}
        _, false, accused = judge_campaigns(log.campaigns, set(ranking.flagged), clusters)
        yield f"{name}: false campaigns", len(false), f"of {len(clusters)}; {accused} honest accounts in any"
    yield f"{name}: seconds", seconds, "s"


def per_campaign(ranking: Ranking, log: LabelledLog) -> Iterator[Row]:
    """Each planted campaign: flagged and accused recall, Jaccard with the found campaign that fits best."""
    clusters = {f"c{number}": set(ids) for number, ids in enumerate(ranking.clusters)}
    found, _, _ = judge_campaigns(log.campaigns, set(ranking.flagged), clusters)
    for one in found:
        shown = f"flagged {one.flagged:.2f}, accused {one.accused:.2f}, Jaccard {one.best_jaccard:.2f}"
        yield f"  {one.campaign} ({one.n_accounts} accounts)", shown, ""


def own_recall(ranking: Ranking, log: LabelledLog) -> float:
    """The share of harvesting accounts that Stillwatch flags: the recall at which all are compared."""
    harvesting = {account for account, campaign in log.campaigns.items() if campaign is not None}
    return len(harvesting & ranking.flagged) / max(len(harvesting), 1)


def timed(work: Callable[[], Ranking]) -> tuple[Ranking, float]:
    """The result and the seconds that it took."""
    start = time.perf_counter()
    made = work()
    return made, time.perf_counter() - start


def compare(log: LabelledLog) -> Iterator[Row]:
    """Everything on one log, one after the other."""
    honest = len(log.honest)
    yield f"{log.name}", len(log.campaigns), f"accounts, {honest} honest"
    ours, seconds = timed(lambda: ranked(logs.detect(logs.whole(log))))
    recall = own_recall(ours, log)
    flagged = sum(log.campaigns[account] is None for account in ours.flagged)
    yield "Stillwatch: flagged recall", f"{recall:.3f}", f"with {flagged} honest accounts flagged"
    yield from figures("Stillwatch", ours, log, recall, seconds)
    yield from per_campaign(ours, log)
    others: tuple[tuple[str, Callable[[], Ranking]], ...] = (
        ("request volume", lambda: baselines.by_volume(log.exchanges)),
        ("isolation forest", lambda: baselines.isolation_forest(log.exchanges)),
        ("MinHash clusters", lambda: baselines.minhash_clusters(log.source)),
    )
    for name, work in others:
        ranking, seconds = timed(work)
        yield from figures(name, ranking, log, recall, seconds)
    for name, blind in BLIND:
        view = blind(log)
        ranking, seconds = timed(lambda view=view: ranked(logs.detect(view)))  # type: ignore[misc]
        yield from figures(f"Stillwatch, {name}", ranking, log, own_recall(ranking, log), seconds)


def main(arguments: list[str] | None = None) -> list[Row]:
    """Both logs; the labelled one only where it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--scale", type=float, default=0.5)
    for name in ("exchanges", "accounts", "labels"):
        parser.add_argument(f"--{name}", type=Path)
    options = parser.parse_args(arguments or [])
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        rows += compare(logs.generated(options.seed, options.scale, (*EVERYONE, *HARD), Path(folder) / "generated"))
        files = labelled_files(options)
        if files is not None:
            rows += compare(logs.from_files(*files, Path(folder) / "labelled"))
    return rows


def labelled_files(options: argparse.Namespace) -> tuple[Path, Path, Path] | None:
    """The labelled log that was named, if any."""
    if options.exchanges and options.accounts and options.labels:
        return options.exchanges, options.accounts, options.labels
    folder = os.environ.get("STILLWATCH_LABELLED_LOG")
    if folder:
        exchanges, accounts, labels = (Path(folder) / name for name in FILES)
        return exchanges, accounts, labels
    return None


if __name__ == "__main__":
    import sys

    from benchmarks.run import table

    print(table(main(sys.argv[1:])))
