"""X4 load equalisation: one job cut into equal shares over many accounts leaves unnaturally equal volumes."""

from __future__ import annotations

from typing import Any

import numpy as np

from detection.results import Reading
from detection.signals.base import UNCALIBRATED, Context, Unit, generator, without_replacement
from detection.statistics import Floats, monte_carlo_p

BENIGN = (
    "A load balancer inside one organisation, a class with one exercise sheet and a plan's quota also equalise volumes."
)
MIN_MEMBERS = 5


def read(unit: Unit, context: Context) -> Reading:
    """Standard deviation of ln(exchanges in the window) over the unit's accounts with enough exchanges.

    Null: the unit's accounts are a random group of accounts of the log that pass the same minimum. One-sided, small speaks
    for one scheduler. Assumes that honest customers' volumes are independent; quotas of one plan break it.
    """
    volume = context.log.column("n")
    minimum = context.parameters.core_min_exchanges
    inside = unit.members[volume[unit.members] >= minimum]
    outside = np.setdiff1d(np.flatnonzero(volume >= minimum), unit.members)
    common: dict[str, Any] = {"signal": "X4", "family": "X", "title": "Load equalisation", "benign": BENIGN}
    if len(inside) < MIN_MEMBERS or len(outside) < max(2 * MIN_MEMBERS, len(inside)):
        reason = f"{UNCALIBRATED}: {len(inside)} accounts inside and {len(outside)} outside have {minimum} exchanges"
        return Reading(sentence="Too few accounts to compare their loads.", p_reason=reason, **common)
    rng = generator(unit, context, "X4")
    logs = np.log(volume)

    def draw(count: int) -> Floats:
        picks = without_replacement(rng, count, len(outside), len(inside))
        return -np.asarray(logs[outside[picks]].std(axis=1), dtype=np.float64)

    value = float(logs[inside].std())
    reference = -draw(context.parameters.draws)
    p, draws = monte_carlo_p(-value, draw, context.parameters.draws, context.parameters.draws)
    low, middle, high = np.quantile(reference, [0.025, 0.5, 0.975])
    return Reading(
        sentence=f"Volumes differ by a factor of {np.exp(value):.1f} (one standard deviation); random accounts by {np.exp(middle):.1f}.",
        value=value,
        value_unit="standard deviation of ln(exchanges)",
        denominator=f"{len(inside)} accounts with at least {minimum} exchanges",
        reference=f"{draws} random groups of as many accounts from outside the unit",
        effect=value - float(middle),
        effect_low=value - float(high),
        effect_high=value - float(low),
        p=p,
        p_reason="rank among random groups",
        accounts=unit.strongest(context.log),
        **common,
    )
