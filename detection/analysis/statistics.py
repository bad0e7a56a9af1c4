"""The few statistical tools that every signal and the gate share. All p-values are one-sided: small speaks for a campaign."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def rank_p(value: float, reference: Floats) -> float:
    """Share of reference groups that reach the value, counting the unit itself: (1 + #{ref >= value}) / (n + 1).

    Exact in finite samples when unit and reference are exchangeable; never below 1 / (n + 1).
    Source: Bates, Candes, Lei, Romano, Sesia, "Testing for outliers with conformal p-values", Ann. Statist. 51 (2023), 2.1.

    >>> rank_p(3.0, np.array([1.0, 2.0, 3.0]))
    0.5
    """
    # A hair of tolerance: sums in another order must not turn a tie into a difference.
    reached = int(np.count_nonzero(reference >= value - 1e-9 * max(1.0, abs(value))))
    return (1 + reached) / (len(reference) + 1)


def monte_carlo_p(value: float, draw: Callable[[int], Floats], first: int, tail: int) -> tuple[float, int]:
    """Rank of the value among draws from its null, with more draws where the first ones leave it in the tail.

    Two stages: `first` draws; only when fewer than 10 of them reach the value, `tail` fresh ones which alone give p.
    Returns p and the number of draws it rests on.
    """
    p = rank_p(value, draw(first))
    if p * (first + 1) - 1 >= 10 or tail <= first:
        return p, first
    return rank_p(value, draw(tail)), tail


def clopper_pearson_upper(k: int, n: int, level: float = 0.95) -> float:
    """Upper confidence bound for a chance of which k of n were seen (one-sided).

    Source: Clopper, Pearson, Biometrika 26 (1934) 404.

    >>> round(clopper_pearson_upper(0, 100), 4)
    0.0295
    """
    if not 0 <= k <= n:
        raise ValueError(f"k: {k} is not allowed; it lies in [0, {n}]")
    from scipy.special import betaincinv  # takes long to import, and every process imports this module

    return 1.0 if k == n else float(betaincinv(k + 1, n - k, level))


def wilson(k: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Two-sided Wilson interval for a share. Source: Wilson, JASA 22 (1927) 209.

    >>> tuple(round(x, 3) for x in wilson(8, 10))
    (0.49, 0.943)
    """
    if n <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = k / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return (0.0 if k == 0 else max(0.0, centre - half)), (1.0 if k == n else min(1.0, centre + half))


def weighted_bonferroni(ps: Mapping[str, float], weights: Mapping[str, float]) -> dict[str, float]:
    """Each p of a family paid for by its weight's share: min(1, p * sum of weights / weight); a name without a weight has 1.

    The smallest of them is a p-value of the family under any dependence, when the weights were fixed before looking.
    Source: Genovese, Roeder, Wasserman, Biometrika 93 (2006) 509, (2).

    >>> weighted_bonferroni({"a": 0.01, "b": 0.5}, {"a": 0.8, "b": 0.2})
    {'a': 0.0125, 'b': 1.0}
    >>> weighted_bonferroni({"c": 0.01, "d": 0.5}, {})
    {'c': 0.02, 'd': 1.0}
    """
    total = sum(weights.get(name, 1.0) for name in ps)
    return {name: min(1.0, p * total / weights.get(name, 1.0)) for name, p in ps.items()}


def partial_conjunction(ps: Sequence[float]) -> float | None:
    """p that fewer than two families speak: (n - 1) * p_(2). None with fewer than two families.

    Valid under any dependence among the families.
    Source: Benjamini, Heller, "Screening for partial conjunction hypotheses", Biometrics 64 (2008) 1215, (4).

    >>> round(partial_conjunction([0.001, 0.002, 0.9, 0.5]), 6)
    0.006
    """
    if len(ps) < 2:
        return None
    return min(1.0, (len(ps) - 1) * sorted(ps)[1])


def benjamini_yekutieli(ps: Sequence[float], q: float) -> list[bool]:
    """Which hypotheses are rejected at false discovery rate q under any dependence.

    Source: Benjamini, Yekutieli, Ann. Statist. 29 (2001) 1165, theorem 1.3.

    >>> benjamini_yekutieli([0.001, 0.5, 0.004], 0.05)
    [True, False, True]
    """
    m = len(ps)
    if not m:
        return []
    harmonic = sum(1 / i for i in range(1, m + 1))
    order = sorted(range(m), key=lambda i: ps[i])
    passed = [rank for rank, i in enumerate(order, 1) if ps[i] <= q * rank / (m * harmonic)]
    kept = set(order[: max(passed, default=0)])
    return [i in kept for i in range(m)]


def log_likelihood_ratio(p: float | None) -> float:
    """The most that p can speak for a campaign, log10, clipped to [-1, 2]; for ranking and explanation, never an error rate.

    Bayes factor bound -e * p * ln p; it needs no model of the campaign. None counts 0: nothing is known.
    Source: Sellke, Bayarri, Berger, American Statistician 55 (2001) 62.

    >>> round(log_likelihood_ratio(0.001), 2), log_likelihood_ratio(None)
    (1.73, 0.0)
    """
    if p is None:
        return 0.0
    if p >= 1 / math.e:
        # Beyond 1/e the bound is 1; a large p is mild evidence for the honest reading.
        return max(-1.0, math.log10(max(2 * (1 - p), 0.1)) if p > 0.5 else 0.0)
    return float(min(2.0, -math.log10(-math.e * max(p, 1e-300) * math.log(max(p, 1e-300)))))


def benjamini_hochberg_cut(ps: Floats, alpha: float, n_tests: int) -> float:
    """The largest p that is kept when n_tests hypotheses, most of them never written down, are screened at rate alpha."""
    ordered = np.sort(ps)
    allowed = alpha * np.arange(1, len(ordered) + 1) / max(n_tests, 1)
    kept = ordered[ordered <= allowed]
    return float(kept[-1]) if len(kept) else -1.0
