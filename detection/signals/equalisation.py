"""X4 load equalisation: one job cut into equal shares over many accounts leaves unnaturally equal volumes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.figures import percent
from detection.analysis.results import Reading
from detection.analysis.statistics import Floats, Ints, monte_carlo_p
from detection.signals.base import UNCALIBRATED, Context, Unit, generator
from detection.signals.drawing import at_most, drawn_words, in_steps, null_words, without_replacement

BENIGN = (
    "A load balancer inside one organisation, a class with one exercise sheet and a plan's quota also equalise volumes."
)
MIN_MEMBERS = 5
EVEN = 0.5
"""Largest standard deviation of ln(exchanges) that is called even: two thirds of the customers within a factor of e."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How unequal volumes are: a statistic over the last axis, its unit, and the largest value that is called even."""

    version: str
    of: Callable[[Floats], Floats]
    unit: str
    even: float
    words: Callable[[float], str]


LOGARITHMIC = Spread(
    version="1",
    of=lambda volumes: np.asarray(np.log(np.maximum(volumes, 1.0)).std(axis=-1)),
    unit="standard deviation of ln(exchanges)",
    even=EVEN,
    words=lambda value: f"a factor of {np.exp(value):.1f} (one standard deviation)",
)
RELATIVE = Spread(
    version="2",
    of=lambda volumes: np.asarray(volumes.std(axis=-1) / np.maximum(volumes.mean(axis=-1), 1e-9)),
    unit="standard deviation / mean of exchanges",
    # Of a log-normal volume the same bound: sqrt(exp(s^2) - 1).
    even=float(np.sqrt(np.exp(EVEN**2) - 1)),
    words=lambda value: f"{percent(value)} of their mean (one standard deviation)",
)


def read_relative(unit: Unit, context: Context) -> Reading:
    """X4 in version 2: the coefficient of variation, in which one very busy customer weighs more than many idle ones."""
    return read(unit, context, RELATIVE)


def read(unit: Unit, context: Context, spread: Spread = LOGARITHMIC) -> Reading:
    """Spread of the exchanges in the window over the unit's customers with enough of them; by default that of their logarithm.

    Accounts of one declared customer count as one: that it spreads its load over its keys proves nothing. Null: the unit's customers
    are random ones of the same plans that send at least as much as its least busy one (whoever shares a template often enough to
    be in a unit is no light user); of more than drawing.MOST as many are drawn. One-sided, small speaks for one scheduler. Assumes that honest customers' volumes are
    independent given the plan. Users of one tool are more of a kind than that, so loads that are merely alike (a spread above what is called even) get p 1,
    and equal loads never count as a tie between the users of one text (rivals).
    """
    common: dict[str, Any] = {"signal": "X4", "family": "X", "title": "Load equalisation", "benign": BENIGN}
    common["version"] = spread.version
    party = context.log.party
    volume: Floats = np.bincount(party, weights=context.log.column("n")).astype(np.float64)
    minimum = context.parameters.core_min_exchanges
    parties = np.unique(party[unit.members])
    inside = parties[volume[parties] >= minimum]
    floor = float(volume[inside].min()) if len(inside) else 0.0
    eligible = volume >= floor
    eligible[party[context.barred()]] = False
    eligible[parties] = False
    outside = np.flatnonzero(eligible)
    if len(inside) < MIN_MEMBERS or len(outside) < max(20, 2 * len(inside)):
        reason = f"{UNCALIBRATED}: {len(inside)} customers inside have {minimum} exchanges, {len(outside)} outside are as busy"
        return Reading(sentence="Too few customers to compare their loads.", p_reason=reason, **common)
    rng = generator(unit, context, "X4")
    all_inside, inside = inside, at_most(inside, rng)
    plan = context.plans

    def drawn(count: int) -> Floats:
        picks = _same_plans(inside, outside, plan, rng, count)
        return -np.asarray(spread.of(volume[picks]), dtype=np.float64)

    def draw(count: int) -> Floats:
        return in_steps(drawn, count, len(inside))

    value = float(spread.of(volume[inside]))
    reference = -draw(context.parameters.draws)
    # Loads that are not even get p 1 anyway, so their rank is not drawn.
    even = value <= spread.even
    p, draws = (1.0, len(reference))
    if even:
        p, draws = monte_carlo_p(-value, draw, context.parameters.draws, context.parameters.draws_tail)
    low, middle, high = np.quantile(reference, [0.025, 0.5, 0.975])
    return Reading(
        sentence=f"Volumes differ by {spread.words(value)}; random customers' by {spread.words(float(middle))}.",
        value=value,
        value_unit=spread.unit,
        denominator=f"{drawn_words(inside, all_inside)} with at least {minimum} exchanges",
        reference=null_words(
            context.parameters.draws_tail,
            draws,
            f"random groups of as many customers of the same plans with at least {floor:.0f} exchanges",
        ),
        effect=value - float(middle),
        effect_low=value - float(high),
        effect_high=value - float(low),
        p=p,
        p_reason="rank among random groups" if even else "the loads are not even",
        accounts=unit.strongest(context.log),
        **common,
    )


def _same_plans(inside: Ints, outside: Ints, plan: Ints, rng: np.random.Generator, count: int) -> Ints:
    """Random groups of outside customers with as many of each plan; where a plan has too few, any plan stands in."""
    groups = np.empty((count, len(inside)), dtype=np.int64)
    for code in np.unique(plan[inside]):
        columns = np.flatnonzero(plan[inside] == code)
        pool = outside[plan[outside] == code]
        pool = pool if len(pool) >= 2 * len(columns) else outside
        groups[:, columns] = pool[without_replacement(rng, count, len(pool), len(columns))]
    return groups
