"""N2 shard complementarity: a job cut into shards leaves accounts that meet less often than one customer's keys do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from core.figures import expected as about
from core.figures import p_value
from detection.analysis.results import Reading
from detection.analysis.statistics import Floats, rank_p
from detection.signals.base import UNCALIBRATED, Context, Unit

BENIGN = (
    "Agencies and franchises that divide their clients, and one customer's map-reduce over keys, divide work as cleanly as a "
    "harvest that is dealt out."
)
MIN_CUSTOMERS = 5
MIN_EXPECTED = 10.0


def read(unit: Unit, context: Context) -> Reading:
    """Prompts that two accounts of different parties both asked (O), against what one customer's own accounts would share (E).

    Slots are whole prompts. d = an account's distinct prompts in the unit: its requests with a known prompt less those that
    repeat one of its own. E = lambda * sum over pairs of accounts of different parties of d_i * d_j; O counts, for every
    prompt, the pairs of such accounts that asked it. lambda of an honest customer with several accounts is the same O over
    the same pairs of its own accounts. Customers differ, so one lambda would make a Poisson p too small. p is therefore the larger of
    P(Poisson(E) <= O) at the lowest quartile of the customers' lambdas, and the rank of the unit's O / pairs among theirs. Null:
    the unit's accounts meet as one honest customer's do. One-sided, few meetings speak for a job dealt out. Uninformative
    where E < 10: prompts that never meet anyway cannot avoid each other. Source: DETECTION N2; rank: Bates et al. 2023, 2.1.
    """
    common: dict[str, Any] = {"signal": "N2", "family": "N", "title": "Shard complementarity", "benign": BENIGN}
    seen = met(unit, context)
    common |= {
        "denominator": f"{seen.pairs:,.0f} pairs of distinct prompts of accounts of different customers",
        "accounts": unit.strongest(context.log),
        "parameters": {"pairs": seen.pairs, "observed": seen.shared},
    }
    rates = honest_rates(unit, context)
    said = f"Different customers of the unit asked the same prompt {seen.shared:,.0f} times"
    if len(rates) < MIN_CUSTOMERS:
        reason = f"{UNCALIBRATED}: {len(rates)} customers outside have several accounts with prompts, {MIN_CUSTOMERS} are needed"
        return Reading(sentence=f"{said}; nothing to compare with.", p_reason=reason, **common)
    lowest = float(np.quantile(rates, 0.25))
    expected = lowest * seen.pairs
    common["parameters"] |= {"lambda_lowest_quartile": lowest, "lambda_median": float(np.median(rates))}
    common["reference"] = f"{len(rates)} customers outside the unit with several accounts, each one group"
    if expected < MIN_EXPECTED:
        reason = f"uninformative: {about(expected)} meetings expected (observed {seen.shared:,.0f}), {MIN_EXPECTED:.0f} are needed"
        return Reading(sentence=f"{said}; honest accounts would as rarely.", p_reason=reason, **common)
    poisson = float(stats.poisson.cdf(seen.shared, expected))
    rank = rank_p(-seen.shared / seen.pairs, -rates)
    low, high = (
        float(bound) / expected for bound in stats.chi2.ppf([0.025, 0.975], [2 * seen.shared, 2 * seen.shared + 2]) / 2
    )
    return Reading(
        sentence=f"{said}; the accounts of a customer that meet seldom (lowest quarter) would {expected:,.0f} times.",
        value=seen.shared / expected,
        value_unit="prompts met, observed / expected",
        effect=seen.shared / expected,
        effect_low=low if seen.shared else 0.0,
        effect_high=high,
        p=max(poisson, rank),
        p_reason=f"the larger of Poisson at the lowest quartile ({p_value(poisson)}) and the rank among customers ({p_value(rank)})",
        **common,
    )


@dataclass(frozen=True, slots=True)
class Met:
    """Pairs of distinct prompts between accounts of different parties, and how many of them are one prompt."""

    pairs: float
    shared: float


def met(unit: Unit, context: Context) -> Met:
    """Meetings of the unit's accounts across parties. What two keys of one declared customer share is left out."""
    party = context.log.party[unit.members]
    distinct = unit.sums["prompted"].to_numpy(dtype=np.float64).copy()
    again = unit.asked_again.set_index("account")["n"].reindex(unit.sums.index).fillna(0).to_numpy(dtype=np.float64)
    distinct -= again
    by_party = np.bincount(party, weights=distinct) if len(party) else np.zeros(1)
    pairs = (distinct.sum() ** 2 - (by_party**2).sum()) / 2
    asked = unit.repeats[["account", "prompt"]].astype("int64")
    if not len(asked):
        return Met(float(pairs), 0.0)
    asked = asked.assign(party=context.log.party[asked["account"].to_numpy(dtype=np.int64)])
    k = asked.groupby("prompt").size()
    inside = asked.groupby(["prompt", "party"]).size()
    shared = (k * (k - 1)).sum() / 2 - (inside * (inside - 1)).sum() / 2
    return Met(float(pairs), float(shared))


def honest_rates(unit: Unit, context: Context) -> Floats:
    """lambda of every customer outside the unit with several accounts, none of them barred."""
    known = context.customers.collisions
    left_out = np.union1d(context.log.party[unit.members], context.log.party[context.barred()])
    kept = known[(known["pairs"] > 0) & ~known.index.isin(left_out)]
    return np.asarray(kept["shared"] / kept["pairs"], dtype=np.float64)
