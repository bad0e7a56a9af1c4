"""H3 capability coverage: over how many kinds of task a cluster's requests spread. Context: no honest null gives it a direction."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammaln

from core.figures import percent
from detection.analysis.customers import Profile
from detection.analysis.results import Reading
from detection.analysis.statistics import Floats, Ints, rank_p
from detection.signals.base import UNCALIBRATED, Context, Unit, reference_parties

BENIGN = (
    "Aggregators, resellers and chat front ends are broad; a product with one purpose is narrow. Either may be honest, so breadth "
    "describes a cluster and accuses nobody."
)
SIZES = (1_000, 500, 200, 100, 50)
MOST_CUSTOMERS = 1_000


def read(unit: Unit, context: Context) -> Reading:
    """Hill number of order 1 of the unit's kinds of task: as many equally common kinds as have its Shannon entropy.

    Rarefied to 1,000 requests, or to fewer where the unit or too many of the customers have less (exactly: the expected
    entropy of a random subset of that size), as are the customers it is ranked among. Two-sided by nature. Broad may speak for a harvest of every capability,
    but pooling customers makes any cluster broad, so high values have no honest null. Narrow may speak for a harvest of one capability, and
    there the null "the unit is one more customer" is honest: pooling can only hide it. A cluster formed by one text is narrow by
    that, so it has no p. Never counts. Source: Hill, Ecology 54 (1973) 427; rarefaction: Chao et al., Ecol. Monogr. 84 (2014) 45.
    """
    common: dict[str, Any] = {
        "signal": "H3",
        "family": "H",
        "title": "Capability coverage",
        "benign": BENIGN,
        "counts": False,
        "value_unit": "kinds of task (Hill number, q = 1)",
    }
    fitting = [size for size in SIZES if size <= unit.profile.n]
    if not fitting:
        reason = f"{UNCALIBRATED}: {unit.profile.n} requests, {SIZES[-1]} are needed"
        return Reading(sentence="Too few requests to count kinds of task.", p_reason=reason, **common)
    size, parties, words = _size(unit, context, fitting)
    value = hill(unit.profile, size)
    theirs = _of_parties(context, parties, size)
    basis = "task tags and SimHash of the skeleton" if context.customers.sketched else "task tags alone"
    common |= {
        "value": value,
        "denominator": f"{unit.profile.n:,} requests that touch the unit, rarefied to {size:,}; kinds by {basis}",
        "accounts": unit.strongest(context.log),
    }
    said = f"Its requests spread over {value:.1f} equally common kinds of task"
    if not len(theirs):
        return Reading(sentence=f"{said}.", p_reason=f"{UNCALIBRATED}: {words}", **common)
    low, middle, high = np.quantile(theirs, [0.025, 0.5, 0.975])
    narrow, broad = rank_p(-value, -theirs), rank_p(value, theirs)
    by_text = "X1" in unit.forming
    return Reading(
        sentence=f"{said}; the middle customer's over {middle:.1f}. {percent(narrow)} of customers are as narrow, {percent(broad)} as broad.",
        reference=f"{len(theirs)} customers with {size:,} requests: {words}",
        effect=value - float(middle),
        effect_low=value - float(high),
        effect_high=value - float(low),
        p=None if by_text else narrow,
        p_reason="context: one text formed the unit and makes it narrow"
        if by_text
        else "context: rank of narrowness, weight 0",
        parameters={"as_narrow": narrow, "as_broad": broad, "rarefied_to": size},
        **common,
    )


def _size(unit: Unit, context: Context, fitting: list[int]) -> tuple[int, Ints, str]:
    """The largest size at which enough customers can be compared, those customers and how they came about."""
    for size in fitting:
        parties, words = reference_parties(unit, context, size, context.parameters.reference_min_groups)
        if len(parties):
            return size, parties, words
    return fitting[0], parties, words


def hill(profile: Profile, size: int) -> float:
    """exp of the expected Shannon entropy of `size` requests drawn without replacement.

    >>> kinds = np.array([2]); times = np.array([50])
    >>> round(hill(Profile(times, kinds, kinds), 100), 6)
    2.0
    """
    n = profile.n
    if not 0 < size <= n:
        raise ValueError(f"size: {size} is not allowed; it lies in [1, {n}]")
    lowest = np.maximum(1, size - (n - profile.times))
    counts = np.maximum(np.minimum(profile.times, size) - lowest + 1, 0)
    # Every kind's possible numbers of requests in the subset, one after the other.
    k = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(lowest, counts)
    times, kinds = np.repeat(profile.times, counts), np.repeat(profile.kinds, counts)
    chance = np.exp(_choose(times, k) + _choose(n - times, size - k) - _choose(np.array(n), np.array(size)))
    return float(np.exp(-(kinds * chance * (k / size) * np.log(k / size)).sum()))


def _choose(n: Ints, k: Ints) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=np.float64)


def _of_parties(context: Context, parties: Ints, size: int) -> Floats:
    """Hill numbers of the reference customers, at most MOST_CUSTOMERS of them, evenly spaced in the log's order."""
    known = context.customers.profiles
    large = [int(p) for p in parties if int(p) in known and known[int(p)].n >= size]
    step = max(1, -(-len(large) // MOST_CUSTOMERS))
    return np.array([context.customers.remembered(p, size, hill) for p in large[::step]], dtype=np.float64)
