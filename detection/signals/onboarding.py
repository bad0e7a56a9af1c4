"""I3 farm onboarding: a cluster's accounts were signed up closer together than its customers' own lives explain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detection.analysis.results import Reading
from detection.analysis.statistics import Floats, Ints, monte_carlo_p
from detection.signals.base import UNCALIBRATED, Context, Unit, generator, pools_of
from detection.signals.drawing import at_most, drawn_words, in_steps, null_words, without_replacement

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
    place = np.searchsorted(clock, created).astype(np.int32)
    # In sign-ups of others; a hair more, so that a whole number is not missed by the last bit.
    widths = [int(window * len(clock) + 1e-9) for window in WINDOWS]
    rng = generator(unit, context, "I3")
    all_known, known = known, at_most(known, rng)
    seen = scan(place[known][None, :], widths)
    pools = _places(known, context, place, ~np.isnan(created))
    first = in_steps(lambda n: scan(_drawn(pools, rng, n), widths), context.parameters.draws, len(known))
    enough = _enough(seen, first, len(known))

    def draw(count: int) -> Floats:
        return in_steps(lambda n: _reaching(_drawn(pools, rng, n), widths, enough), count, len(known))

    p, draws = monte_carlo_p(1.0, draw, context.parameters.draws, context.parameters.draws_tail)
    days = (np.sort(created[known]) - created[known].min()) / DAY_US
    middle = np.median(first[:, 1])
    return Reading(
        sentence=f"{int(seen[0, 1])} of {len(known)} customers signed up while 5 % of all others did; of random customers "
        f"{middle:.0f} would have. The middle half of them signed up within {np.quantile(days, 0.75) - np.quantile(days, 0.25):.0f} days.",
        value=float(seen[0, 1]) / len(known),
        value_unit="largest share of customers within 5 % of all other sign-ups",
        denominator=f"{drawn_words(known, all_known)} with a known sign-up time",
        reference=null_words(
            context.parameters.draws_tail, draws, "random groups of customers of the same plan and country"
        ),
        effect=float(seen[0, 1] - middle) / len(known),
        effect_low=float(seen[0, 1] - np.quantile(first[:, 1], 0.975)) / len(known),
        effect_high=float(seen[0, 1] - np.quantile(first[:, 1], 0.025)) / len(known),
        p=p,
        p_reason="rank among random groups",
        accounts=unit.strongest(context.log),
        parameters={"windows": list(WINDOWS)},
        **common,
    )


def _places(
    parties: Ints, context: Context, place: NDArray[np.int32], known: NDArray[np.bool_]
) -> list[tuple[NDArray[np.int32], int]]:
    """The places of each plan and country's parties, and how many of them a group has.

    Those without a place are left out, except where the others were too few for a group.
    """
    pools = []
    for pool, count in pools_of(parties, context):
        kept = pool[known[pool]]
        pools.append((place[kept if len(kept) >= count else pool], count))
    return pools


def _drawn(pools: list[tuple[NDArray[np.int32], int]], rng: np.random.Generator, count: int) -> NDArray[np.int32]:
    """The places of random groups, one row a group."""
    return np.concatenate(
        [places[without_replacement(rng, count, len(places), members)] for places, members in pools], axis=1
    )


def scan(places: NDArray[np.int32], windows: Sequence[int]) -> Ints:
    """Largest number of places within each window; one row a group, one column a window width.

    >>> scan(np.array([[100, 105, 140, 900]]), [10, 50, 200]).tolist()
    [[2, 3, 3]]
    """
    ordered = np.sort(places, axis=1)
    width = ordered.shape[1]
    found = np.ones((len(ordered), len(windows)), dtype=np.int64)
    for number, window in enumerate(windows):
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


def _enough(seen: Ints, first: Ints, width: int) -> list[int]:
    """The smallest number of places within each window that scores as high as what was seen; width + 1 where none does."""
    value = float(_best_rank(seen, first)[0])
    every = np.arange(1, width + 1)
    enough = []
    for number in range(len(WINDOWS)):
        alone = np.zeros((width, len(WINDOWS)), dtype=np.int64)
        alone[:, number] = every
        # With a hair of tolerance, as in every rank (statistics.rank_p).
        reached = _best_rank(alone, first) >= value - 1e-9 * max(1.0, abs(value))
        enough.append(int(every[reached][0]) if reached.any() else width + 1)
    return enough


def _reaching(places: NDArray[np.int32], windows: Sequence[int], enough: Sequence[int]) -> Floats:
    """1 for every group that has enough places within any window, else 0: all that a rank asks, and far cheaper than `scan`.

    >>> _reaching(np.array([[100, 105, 140, 900], [100, 200, 300, 900]]), [10, 50, 200], [3, 3, 4]).tolist()
    [1.0, 0.0]
    """
    ordered = np.sort(places, axis=1)
    width = ordered.shape[1]
    reached = np.zeros(len(ordered), dtype=bool)
    for window, k in zip(windows, enough, strict=True):
        if k <= 1:
            return np.ones(len(ordered))
        if k <= width:
            reached |= (ordered[:, k - 1 :] - ordered[:, : width - k + 1]).min(axis=1) <= window
    return reached.astype(np.float64)


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
