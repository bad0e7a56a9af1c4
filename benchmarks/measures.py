"""How well a ranking and its campaigns meet the truth: the same measures for Stillwatch and for what it is compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVELS = (0.01, 0.05, 0.1)


def average_precision(scores: NDArray[np.float64], harvests: NDArray[np.bool_]) -> float:
    """Area under precision over recall; among equal scores the honest accounts are taken to come first.

    >>> average_precision(np.array([3.0, 2.0, 2.0, 1.0]), np.array([True, False, True, False]))
    0.8333333333333333
    """
    order = np.lexsort((harvests, -scores))
    hits = harvests[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].sum() / max(int(hits.sum()), 1))


def false_flags_at(scores: NDArray[np.float64], harvests: NDArray[np.bool_], recall: float) -> int:
    """Honest accounts that one has to flag too in order to flag that share of the harvesting ones.

    >>> false_flags_at(np.array([5.0, 4.0, 3.0, 2.0]), np.array([True, False, True, True]), 0.6)
    1
    """
    wanted = int(np.ceil(recall * harvests.sum() - 1e-9))
    if wanted <= 0:
        return 0
    threshold = np.sort(scores[harvests])[::-1][wanted - 1]
    return int((scores[~harvests] >= threshold).sum())


@dataclass(frozen=True, slots=True)
class Found:
    """How one planted campaign was found."""

    campaign: str
    n_accounts: int
    flagged: float  # share of its accounts put before an investigator
    accused: float  # share of its accounts that some campaign holds
    best_jaccard: float  # of its accounts with those of the found campaign that fits best
    split_over: int


def judge_campaigns(
    truth: Mapping[str, str | None], flagged: set[str], clusters: Mapping[str, set[str]]
) -> tuple[list[Found], list[str], int]:
    """Each planted campaign, the names of false clusters (half honest or more), and honest accounts in any cluster."""
    members: dict[str, set[str]] = defaultdict(set)
    for account, campaign in truth.items():
        if campaign is not None:
            members[campaign].add(account)
    honest = {account for account, campaign in truth.items() if campaign is None}
    accused = set().union(*clusters.values()) if clusters else set()
    found = []
    for campaign, own in sorted(members.items()):
        fits = [len(own & ids) / len(own | ids) for ids in clusters.values()]
        split = sum(bool(own & ids) for ids in clusters.values())
        shares = len(own & flagged) / len(own), len(own & accused) / len(own)
        found.append(Found(campaign, len(own), *shares, max(fits, default=0.0), split))
    false = [name for name, ids in sorted(clusters.items()) if len(ids & honest) * 2 >= len(ids)]
    return found, false, len(accused & honest)


def interval(k: int, n: int) -> tuple[float, float]:
    """The 95 % Clopper-Pearson interval of a share.

    >>> [round(bound, 3) for bound in interval(0, 20)]
    [0.0, 0.168]
    """
    if n == 0:
        return 0.0, 1.0
    found = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
    return float(found.low), float(found.high)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether p-values of honest units are too small: how many lie at or below each level, and how surprising that is."""

    n: int
    below: tuple[int, ...]  # at LEVELS
    p: float  # Bonferroni over the levels: chance of so many, were the p-values what they say


def calibrate(ps: Sequence[float]) -> Calibration:
    """P-values of units that are honest by construction against their claim P(p <= a) <= a.

    >>> calibrate([0.5] * 50).p, calibrate([0.001] * 50).p < 1e-50
    (1.0, True)
    """
    values = np.asarray(ps, dtype=np.float64)
    below = tuple(int((values <= level).sum()) for level in LEVELS)
    if not len(values):
        return Calibration(0, below, 1.0)
    tails = [
        stats.binomtest(k, len(values), level, alternative="greater").pvalue
        for k, level in zip(below, LEVELS, strict=True)
    ]
    return Calibration(len(values), below, min(1.0, len(LEVELS) * float(min(tails))))


def holm(ps: Mapping[str, float]) -> dict[str, float]:
    """Holm's adjusted p-values: below 0.05 means too small, with that error over all of them together.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'c': 0.06, 'b': 0.06}
    """
    adjusted, largest = {}, 0.0
    for rank, (name, p) in enumerate(sorted(ps.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, (len(ps) - rank) * p))
        adjusted[name] = largest
    return adjusted
