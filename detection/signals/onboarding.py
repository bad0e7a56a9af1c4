"""I3 farm onboarding: a cluster's accounts were signed up closer together than its customers' own lives explain."""

from __future__ import annotations

from typing import Any

import numpy as np

from detection.results import Reading
from detection.signals.base import UNCALIBRATED, Context, Unit, draw_parties, generator
from detection.signals.drawing import at_most, drawn_words, in_steps
from detection.statistics import Floats, Ints, monte_carlo_p

BENIGN = (
    "Hackathons, classes and launch days bring many sign-ups at once; sign-ups are therefore counted on a clock made of everybody "
    "else's sign-ups, on which a busy day is long."
)
MIN_PARTIES = 5
WINDOWS = (0.01, 0.05, 0.2)
"""Widths of the scan, as shares of everybody else's sign-ups."""
MIN_OUTSIDE = 200
"""Sign-ups that the clock must be made of: with fewer, the narrowest window holds less than two of them."""
DAY_US = 86_400_000_000


def read(unit: Unit, context: Context) -> Reading:
    """Largest number of the unit's customers who signed up within a narrow window of everybody else's sign-ups.

    Each customer stands at its first account's place among the sign-up times of all accounts outside the unit, in [0, 1]: a launch
    day on which many sign up is as wide as its sign-ups are many. Statistic: for three window widths the largest count, each
    ranked among the draws, the best rank taken and ranked again (min-p; Westfall, Young 1993, 2.3.3). Null: the unit's
    customers are random ones of the same plan and country. One-sided. Unknown creation times are left out; of more than
    drawing.MOST customers as many are drawn.
    """
    common: dict[str, Any] = {"signal": "I3", "family": "I", "title": "Farm onboarding", "benign": BENIGN}
    created = _created(context)
    parties = np.unique(context.log.party[unit.members])
    known = parties[~np.isnan(created[parties])]
    outside = np.setdiff1d(np.flatnonzero(~np.isnan(created)), parties)
    if len(known) < MIN_PARTIES or len(outside) < max(MIN_OUTSIDE, 2 * len(known)):
        reason = f"{UNCALIBRATED}: sign-up times of {len(known)} customers inside and {len(outside)} outside are known"
        return Reading(sentence="Sign-up times cannot be compared.", p_reason=reason, **common)
    clock = np.sort(created[outside])
    place = np.searchsorted(clock, created) / len(clock)
    rng = generator(unit, context, "I3")
    all_known, known = known, at_most(known, rng)
    seen = scan(place[known][None, :])

    def scanned(count: int) -> Ints:
        return scan(place[draw_parties(known, context, rng, count, ~np.isnan(created))])

    first = in_steps(scanned, context.parameters.draws, len(known))

    def score(counts: Ints) -> Floats:
        return _best_rank(counts, first)

    def draw(count: int) -> Floats:
        return score(in_steps(scanned, count, len(known)))

    p, draws = monte_carlo_p(float(score(seen)[0]), draw, context.parameters.draws, context.parameters.draws_tail)
    days = (np.sort(created[known]) - created[known].min()) / DAY_US
    middle = np.median(first[:, 1])
    return Reading(
        sentence=f"{int(seen[0, 1])} of {len(known)} customers signed up while 5 % of all others did; of random customers "
        f"{middle:.0f} would have. The middle half of them signed up within {np.quantile(days, 0.75) - np.quantile(days, 0.25):.0f} days.",
        value=float(seen[0, 1]) / len(known),
        value_unit="largest share of customers within 5 % of all other sign-ups",
        denominator=f"{drawn_words(known, all_known)} with a known sign-up time",
        reference=f"{draws} random groups of customers of the same plan and country",
        effect=float(seen[0, 1] - middle) / len(known),
        effect_low=float(seen[0, 1] - np.quantile(first[:, 1], 0.975)) / len(known),
        effect_high=float(seen[0, 1] - np.quantile(first[:, 1], 0.025)) / len(known),
        p=p,
        p_reason="rank among random groups",
        accounts=unit.strongest(context.log),
        parameters={"windows": list(WINDOWS)},
        **common,
    )


def scan(places: Floats) -> Ints:
    """Largest number of places within each window; one row a group, one column a window width.

    >>> scan(np.array([[0.1, 0.105, 0.14, 0.9]])).tolist()
    [[2, 3, 3]]
    """
    ordered = np.sort(places, axis=1)
    width = ordered.shape[1]
    found = np.ones((len(ordered), len(WINDOWS)), dtype=np.int64)
    for number, window in enumerate(WINDOWS):
        low, high = 1, width
        # The largest k for which some k places in a row lie within the window, group by group, by halving.
        best = np.ones(len(ordered), dtype=np.int64)
        lows, highs = np.full(len(ordered), low), np.full(len(ordered), high)
        while (lows < highs).any():
            middle = (lows + highs + 1) // 2
            fits = np.zeros(len(ordered), dtype=bool)
            for k in np.unique(middle[lows < highs]):
                rows = np.flatnonzero((middle == k) & (lows < highs))
                block = ordered[rows]
                fits[rows] = (block[:, k - 1 :] - block[:, : width - k + 1]).min(axis=1) <= window
            lows = np.where(fits, middle, lows)
            highs = np.where(fits | (lows >= highs), highs, middle - 1)
        best = lows
        found[:, number] = best
    return found


def _best_rank(counts: Ints, reference: Ints) -> Floats:
    """-log of the best rank over the windows, large where one count is rare among the reference."""
    best = np.zeros(len(counts))
    for number in range(len(WINDOWS)):
        ordered = np.sort(reference[:, number])
        reached = len(ordered) - np.searchsorted(ordered, counts[:, number], side="left")
        # Beyond the reference the count itself keeps ordering the groups.
        beyond = np.maximum(counts[:, number] - ordered[-1], 0) * 1e-3
        best = np.maximum(best, -np.log((1 + reached) / (len(ordered) + 1)) + beyond)
    return best


def _created(context: Context) -> Floats:
    """Sign-up time of every party's first account, microseconds since the epoch, NaN where unknown."""
    log = context.log
    created = log.accounts["created_at_us"].astype("float64").to_numpy(dtype=np.float64)
    found = np.full(int(log.party.max()) + 1 if len(log.party) else 0, np.inf)
    np.minimum.at(found, log.party, np.where(np.isnan(created), np.inf, created))
    return np.where(np.isinf(found), np.nan, found)
