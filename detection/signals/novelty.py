"""N1 novelty: a data set is harvested once, so a harvester hardly ever asks the same thing twice."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.figures import percent
from detection.analysis.results import Reading
from detection.analysis.statistics import rank_p
from detection.signals.base import UNCALIBRATED, Context, Unit, reference_groups

BENIGN = (
    "Batch enrichment, translation, evaluation runs and ordinary free-text chat hardly repeat a request either; novelty alone "
    "accuses nobody."
)
# In free text many honest customers never repeat themselves: then no share, however high, can speak. Decided by the
# reference alone, before the unit's value is looked at.
UNINFORMATIVE = 0.05


def read(unit: Unit, context: Context) -> Reading:
    """Share of requests that are new: the mean of 1 / (times this prompt occurs in the whole window).

    Null: the unit's pooled share is one more draw from the reference groups. One-sided, large speaks for harvesting.
    Assumes that a reference group's requests repeat as those of an honest cluster of its size do.
    """
    value = unit.total("fresh") / max(unit.n_exchanges, 1)
    groups = reference_groups(unit, context, "fresh", "N1", same_kind=True)
    common: dict[str, Any] = {
        "signal": "N1",
        "family": "N",
        "title": "Novelty",
        "benign": BENIGN,
        "value": value,
        "value_unit": "share of requests not seen elsewhere in the window",
        "denominator": f"{unit.n_exchanges:,} requests of {len(unit.members)} accounts",
        "reference": groups.words,
        "accounts": unit.strongest(context.log),
    }
    if not len(groups.values):
        return Reading(sentence=f"{percent(value)} of its requests are new.", p_reason=UNCALIBRATED, **common)
    best = rank_p(1.0, groups.values)
    if best > UNINFORMATIVE:
        said = f"{percent(value)} of its requests are new; so are all of {percent(best)} of the reference, so novelty says nothing here."
        reason = f"uninformative: even a share of 100 % could not give a p below {best:.2g}"
        return Reading(sentence=said, p_reason=reason, **common)
    low, middle, high = np.quantile(groups.values, [0.025, 0.5, 0.975])
    return Reading(
        sentence=f"{percent(value)} of its requests are asked nowhere else in the window; the middle reference group has {percent(middle)}.",
        effect=value - float(middle),
        effect_low=value - float(high),
        effect_high=value - float(low),
        p=rank_p(value, groups.values),
        p_reason="rank among the reference groups",
        **common,
    )
