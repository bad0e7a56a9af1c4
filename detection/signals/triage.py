"""H4 triage by wording: how far a cluster's wording lies from that of honest customers. What is new is not what is bad."""

from __future__ import annotations

from typing import Any

import numpy as np

from detection.analysis.results import Reading
from detection.analysis.statistics import Floats, Ints, rank_p
from detection.signals.base import UNCALIBRATED, Context, Unit, generator, reference_parties

BENIGN = "Any new honest line of work, a new language or one narrow product differs from the crowd as much; it sorts, it accuses nobody."
WINDOWS = (256, 128, 64, 32)
MIN_WINDOWS = 20
NIBBLES = np.arange(0, 64, 4, dtype=np.uint64)


def read(unit: Unit, context: Context) -> Reading:
    """Linear-time MMD^2 between the unit's window of requests and a benign sample, Jaccard kernel on 16 x 4-bit MinHash sketches.

    The kernel is the share of equal values of two sketches, a sum of 16 indicator kernels and so positive definite; what 4 bits
    make equal by chance is a constant, which MMD^2 does not see. Customers of the reference are split in the log's order: every
    other one gives requests to the benign sample, the rest are windows of one customer each. Null: the unit's window is one more of
    those. One-sided. Triage only, weight 0. Source: Gretton et al., JMLR 13 (2012) 723, lemma 14.
    """
    common: dict[str, Any] = {
        "signal": "H4",
        "family": "H",
        "title": "Triage by wording",
        "benign": BENIGN,
        "counts": False,
        "value_unit": "MMD² (0: worded as the benign sample)",
    }
    if not context.customers.sketched:
        return Reading(sentence="Wording was not sketched.", p_reason=f"{UNCALIBRATED}: no sketches", **common)
    parties, words = reference_parties(unit, context, WINDOWS[-1], 2 * MIN_WINDOWS)
    known = context.customers.profiles
    samples = [
        known[int(p)].sketches for p in parties if int(p) in known and len(known[int(p)].sketches) >= WINDOWS[-1]
    ]
    mine = unit.profile.sketches
    size = next((w for w in WINDOWS if len(mine) >= w and _windows(samples, w) >= MIN_WINDOWS), None)
    if size is None:
        reason = f"{UNCALIBRATED}: {len(mine)} sketched requests in the unit, {len(samples)} customers to compare with; {words}"
        return Reading(sentence="Too few sketched requests.", p_reason=reason, **common)
    pool = np.concatenate([sample[:size] for sample in samples[::2]])
    benign = generator(unit, context, "H4").choice(pool, size=size, replace=len(pool) < size)
    theirs = np.array([mmd(sample[:size], benign) for sample in samples[1::2] if len(sample) >= size])
    value = mmd(mine[:size], benign)
    low, middle, high = np.quantile(theirs, [0.025, 0.5, 0.975])
    return Reading(
        sentence=f"Its wording lies {value:.3f} from a benign sample; the middle customer's lies {middle:.3f} from it.",
        value=value,
        denominator=f"{size} sampled requests of the unit",
        reference=f"{len(theirs)} windows of one customer each, against {len(samples[::2])} others; {words}",
        effect=value - float(middle),
        effect_low=value - float(high),
        effect_high=value - float(low),
        p=rank_p(value, theirs),
        p_reason="context: rank among benign windows, weight 0",
        accounts=unit.strongest(context.log),
        parameters={"window": size},
        **common,
    )


def _windows(samples: list[Ints], size: int) -> int:
    """Reference windows of a size."""
    return sum(len(sample) >= size for sample in samples[1::2])


def mmd(x: Ints, y: Ints) -> float:
    """Linear-time estimate of MMD^2: the mean over disjoint pairs of k(x1, x2) + k(y1, y2) - k(x1, y2) - k(x2, y1).

    >>> mmd(np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64))
    0.0
    >>> mmd(np.zeros(4, dtype=np.int64), np.full(4, -1, dtype=np.int64))
    2.0
    """
    half = min(len(x), len(y)) // 2
    x1, x2, y1, y2 = x[0 : 2 * half : 2], x[1 : 2 * half : 2], y[0 : 2 * half : 2], y[1 : 2 * half : 2]
    return float((alike(x1, x2) + alike(y1, y2) - alike(x1, y2) - alike(x2, y1)).mean())


def alike(a: Ints, b: Ints) -> Floats:
    """Share of the 16 4-bit values in which two sketches agree, row by row."""
    differ = (a ^ b).astype(np.uint64)
    nibbles = (differ[:, None] >> NIBBLES[None, :]) & np.uint64(15)
    return np.asarray((nibbles == 0).mean(axis=1), dtype=np.float64)
