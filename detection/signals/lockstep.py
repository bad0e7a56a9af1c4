"""X2 lockstep: accounts that are awake in the same hours more often than their own rhythms explain."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from detection.analysis.results import Reading
from detection.analysis.statistics import Floats, Ints, monte_carlo_p
from detection.signals.base import UNCALIBRATED, Context, Unit, generator
from detection.signals.drawing import null_words

BENIGN = (
    "One customer's many keys run from one clock; honest jobs share the top of the hour and the office day. Both rhythms are kept "
    "by the null; common holidays are weighed by the activity of everybody else."
)
DAY_H = 24
WEEK_D = 7
MIN_ACCOUNTS = 4
MIN_DAYS = 3
MAX_ACCOUNTS = 400
TOGETHER = 1.25
"""Smallest excess of shared hours that is called lockstep: below it, however certain, a common calendar explains it."""


def read(unit: Unit, context: Context) -> Reading:
    """Weighted number of pairs of parties active in the same hour, against circular shifts of each party by whole days.

    A party is shifted within its own span of active days, by whole weeks where the span holds two of them, else by whole
    days: its daily (and weekly) rhythm, its total and its lifetime stay. An hour weighs 1 / (share of outside accounts active)^2,
    so that hours in which everybody works say little. Null: parties choose their days independently given those. One-sided.
    """
    common: dict[str, Any] = {"signal": "X2", "family": "X", "title": "Lockstep", "benign": BENIGN}
    active, first, spans = _active(unit, context)
    movable = spans >= 2
    if movable.sum() < MIN_ACCOUNTS or active.shape[1] < MIN_DAYS * DAY_H:
        reason = (
            f"{UNCALIBRATED}: {int(movable.sum())} parties are active on two days or more; {MIN_ACCOUNTS} are needed"
        )
        return Reading(sentence="Too little activity to compare hours.", p_reason=reason, **common)
    weight = _weights(unit, context, active.shape[1])
    rng = generator(unit, context, "X2")

    shifts = _Shifts(active, first, spans)

    def draw(count: int) -> Floats:
        return np.concatenate([_pairs(shifts.draw(rng, size), weight) for size in _batches(count)])

    value = float(_pairs(active.sum(axis=0, dtype=np.float64)[None, :], weight)[0])
    reference = draw(min(context.parameters.draws, 199))
    middle = float(np.median(reference)) or 1.0
    most = context.parameters.draws_tail // 4
    lockstep = value / middle >= TOGETHER
    # What a common calendar leaves has p 1 anyway, so its rank is not drawn.
    p, draws = (1.0, len(reference))
    if lockstep:
        p, draws = monte_carlo_p(value, draw, context.parameters.draws, most)
    low, high = np.quantile(reference, [0.025, 0.975])
    return Reading(
        sentence=f"Pairs of accounts are awake in the same hour {value / middle:.2f} times as often as after shifting them by whole days.",
        value=value / middle,
        value_unit="co-active pairs, observed / expected",
        denominator=f"{len(active)} parties, {active.shape[1] // DAY_H} days, hour buckets (UTC)",
        reference=null_words(most, draws, "circular shifts by whole days within each party's own span"),
        effect=value / middle,
        effect_low=value / float(high or middle),
        effect_high=value / float(low or middle),
        p=p,
        p_reason="rank among circular shifts" if lockstep else "no more than a common calendar leaves",
        accounts=unit.strongest(context.log),
        **common,
    )


def _active(unit: Unit, context: Context) -> tuple[NDArray[np.bool_], Ints, Ints]:
    """Parties x hours, the first active day of each party and the days of its span."""
    log = context.log
    order = unit.members[np.lexsort((unit.members, -unit.counts))][:MAX_ACCOUNTS]
    parties, row_of = np.unique(log.party[order], return_inverse=True)
    start_h = (log.start_us or 0) // 3_600_000_000 // DAY_H * DAY_H
    days = int(((log.end_us or 0) // 3_600_000_000 - start_h) // DAY_H + 1)
    active = np.zeros((len(parties), days * DAY_H), dtype=bool)
    lookup = dict(zip(order.tolist(), row_of.tolist(), strict=True))
    hours = unit.hours[unit.hours["account"].isin(order)]
    rows = hours["account"].map(lookup).to_numpy(dtype=np.int64)
    active[rows, hours["hour"].to_numpy(dtype=np.int64) - start_h] = True
    by_day: NDArray[np.bool_] = np.asarray(active.reshape(len(parties), days, DAY_H).any(axis=2))
    first = by_day.argmax(axis=1).astype(np.int64)
    last = days - 1 - by_day[:, ::-1].argmax(axis=1).astype(np.int64)
    return active, first, np.where(by_day.any(axis=1), last - first + 1, 0).astype(np.int64)


def _weights(unit: Unit, context: Context, n_hours: int) -> Floats:
    # Everybody's hours are counted once a run: what is outside is the rest.
    count = (context.log.awake - context.log.awake_among(unit.members))[:n_hours].astype(np.float64)
    if not count.any():
        return np.ones(n_hours)
    return np.asarray(((count.mean() + 1) / (count + 0.25 * count.mean() + 1)) ** 2, dtype=np.float64)


def _pairs(counts: Floats, weight: Floats) -> Floats:
    """Weighted number of co-active pairs of each row of counts per hour."""
    return np.asarray((counts * (counts - 1) / 2) @ weight, dtype=np.float64)


def _batches(count: int, size: int = 50) -> list[int]:
    return [min(size, count - start) for start in range(0, count, size)]


class _Shifts:
    """Draws from the null: every party turned by its own random number of days (or weeks) within its span."""

    def __init__(self, active: NDArray[np.bool_], first: Ints, spans: Ints) -> None:
        weekly = spans >= 2 * WEEK_D
        # Whole weeks only: of a span that is no multiple of seven the last days stay in place.
        length = np.maximum(np.where(weekly, spans // WEEK_D * WEEK_D, spans), 1)
        step = np.where(weekly, WEEK_D, 1)
        self.choices = np.maximum(length // step, 1)
        self.offset = np.cumsum(self.choices) - self.choices
        # Every position that a party can be turned to, one row each: a draw is then a sum of rows.
        self.turned = np.zeros((int(self.choices.sum()), active.shape[1]), dtype=np.float32)
        for party, hours in enumerate(active):
            start, stop = int(first[party]) * DAY_H, int(first[party] + length[party]) * DAY_H
            rows = self.turned[self.offset[party] : self.offset[party] + self.choices[party]]
            rows[:] = hours
            by_step = np.arange(self.choices[party])[:, None] * int(step[party]) * DAY_H
            rows[:, start:stop] = hours[start:stop][(np.arange(stop - start)[None, :] - by_step) % (stop - start)]

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Active parties per hour, one row a draw."""
        picked = self.offset + (rng.random((count, len(self.choices))) * self.choices).astype(np.int64)
        ends = np.arange(count + 1) * len(self.choices)
        ones = np.ones(picked.size, dtype=np.float32)
        chosen = sp.csr_matrix((ones, picked.ravel(), ends), shape=(count, len(self.turned)))
        return np.asarray(chosen @ self.turned, dtype=np.float64)
