"""H1 training-data elicitation: requests worded to make training data, each asked once."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.figures import percent
from detection.analysis.results import Reading
from detection.analysis.statistics import rank_p, wilson
from detection.signals.base import UNCALIBRATED, Context, Unit, reference_groups

BENIGN = (
    "Evaluation vendors, teachers, prompt engineers and licensed users of synthetic data word requests the same way; declared "
    "use and verification speak for them."
)


def read(unit: Unit, context: Context) -> Reading:
    """Share of the unit's requests that carry a task tag (step-by-step rationale, rubric, preference pair, ...) and are new.

    A request counts 1 / (times its prompt occurs in the window): whoever grades, tests or teaches with such wording asks the same
    again, whoever makes a data set asks once.

    Null: the unit's pooled share is one more draw from the reference groups. One-sided, large speaks for harvesting.
    The Wilson interval describes the share itself; it plays no part in p, since requests of one customer are not independent.
    """
    tagged = int(unit.total("tagged"))
    share = tagged / max(unit.n_exchanges, 1)
    value = unit.total("elicited") / max(unit.n_exchanges, 1)
    groups = reference_groups(unit, context, "elicited", "H1")
    low, high = wilson(tagged, unit.n_exchanges)
    common: dict[str, Any] = {
        "signal": "H1",
        "family": "H",
        "title": "Training-data elicitation",
        "benign": BENIGN,
        "value": value,
        "value_unit": "share of requests with a task tag, repeated prompts counted once",
        "denominator": f"{unit.n_exchanges:,} requests of {len(unit.members)} accounts",
        "reference": groups.words,
        "accounts": unit.strongest(context.log),
        "effect_low": low,
        "effect_high": high,
        "effect": value,
    }
    if not len(groups.values):
        return Reading(sentence=f"{percent(share)} of its requests carry a task tag.", p_reason=UNCALIBRATED, **common)
    middle = float(np.median(groups.values))
    return Reading(
        sentence=f"{percent(share)} of its requests are worded to make training data ({percent(value)} when repeats count once); the middle "
        f"reference group has {percent(middle)}.",
        p=rank_p(value, groups.values) if tagged else 1.0,
        p_reason="rank among the reference groups" if tagged else "no request carries a tag",
        **common,
    )
