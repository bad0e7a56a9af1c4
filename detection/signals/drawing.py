"""Random subsets for the nulls of signals: many at a time, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from detection.analysis.statistics import Ints

Drawn = TypeVar("Drawn", bound=np.generic)
MANY = 400
"""Pools larger than this are not given a random key for every member."""
FEW = 8
"""Nor are pools of this many times the subset."""
CELLS = 4_000_000
"""Numbers that a step of draws holds at most (32 MB)."""

MOST = 400
"""Customers of a unit that a null is drawn for at most: what 400 of them do not show, 3,000 show no better."""


def at_most(members: Ints, rng: np.random.Generator, count: int = MOST) -> Ints:
    """A random subset of `count` members in their order; all of them, and no draw, where they are no more.

    Chosen without looking at what is tested, so a rank among groups of as many keeps its meaning.
    """
    if len(members) <= count:
        return members
    return members[np.sort(without_replacement(rng, 1, len(members), count)[0])]


def drawn_words(drawn: Ints, of: Ints) -> str:
    """The denominator in words: all of them, or how many were drawn of how many.

    >>> drawn_words(np.arange(3), np.arange(3)), drawn_words(np.arange(3), np.arange(9_000))
    ('3 declared customers', '3 declared customers, drawn at random of 9,000')
    """
    words = f"{len(drawn)} declared customers"
    return words if len(drawn) == len(of) else f"{words}, drawn at random of {len(of):,}"


def null_words(most: int, drawn: int, what: str) -> str:
    """The reference of a Monte Carlo rank in words: first the draws that p can rest on, which set the smallest p, then those made.

    >>> null_words(19_999, 999, "random groups of customers")
    'at most 19,999 random groups of customers; 999 were drawn'
    """
    return f"at most {most:,} {what}; {drawn:,} were drawn"


def without_replacement(rng: np.random.Generator, draws: int, size: int, count: int) -> Ints:
    """Positions of `draws` random subsets of `count` out of `size`, one row each.

    From small pools those with the smallest random keys; single precision is enough: two equal keys at the border are as
    likely to fall either way. From pools of more than MANY or FEW times the subset, where a key for each would cost far more:
    positions drawn with replacement, repeated ones drawn anew until none is left. No position is treated unlike another, so
    every subset of that size is as likely.
    """
    if 0 < FEW * count <= size or (size > MANY and 2 * count <= size):
        return _drawn_anew(rng, draws, size, count)
    keys = rng.random((draws, size), dtype=np.float32)
    if count >= size:
        return np.asarray(np.argsort(keys, axis=1), dtype=np.int64)
    return np.asarray(np.argpartition(keys, count, axis=1)[:, :count], dtype=np.int64)


def _drawn_anew(rng: np.random.Generator, draws: int, size: int, count: int) -> Ints:
    """Rows of `count` different positions below `size`, rising; at most half of them may be asked for."""
    picks = rng.integers(0, size, (draws, count), dtype=np.int32)
    picks.sort(axis=1)
    rows = np.flatnonzero((picks[:, 1:] == picks[:, :-1]).any(axis=1))
    while len(rows):
        part = picks[rows]
        same = part[:, 1:] == part[:, :-1]
        part[:, 1:][same] = rng.integers(0, size, int(same.sum()), dtype=np.int32)
        part.sort(axis=1)
        picks[rows] = part
        rows = rows[(part[:, 1:] == part[:, :-1]).any(axis=1)]
    return picks.astype(np.int64)


def marked_positions(rng: np.random.Generator, draws: int, size: int, count: int, marked: int) -> tuple[Ints, Ints]:
    """Where `draws` random subsets of `count` out of `size` meet the first `marked` positions: subset and position, pair by pair.

    The same law as of `without_replacement`, at the cost of the marked positions alone: how many of them a subset holds is
    hypergeometric, and given that number every choice of them is as likely.
    """
    hits = rng.hypergeometric(marked, size - marked, count, draws)
    rows = np.flatnonzero(hits)
    if not len(rows):
        return rows, rows
    most = int(hits.max())
    picks = without_replacement(rng, len(rows), marked, most)
    kept = np.arange(most)[None, :] < hits[rows][:, None]
    if not kept.all():
        # Positions may come in rising order, so which of them stay is drawn as well.
        order = np.argsort(rng.random(picks.shape, dtype=np.float32), axis=1)
        picks = np.take_along_axis(picks, order, axis=1)
    return np.repeat(rows, hits[rows]), picks[kept]


def in_steps(draw: Callable[[int], NDArray[Drawn]], count: int, width: int) -> NDArray[Drawn]:
    """`count` draws of a statistic of groups of `width`, taken in steps that hold at most CELLS numbers."""
    step = max(1, CELLS // max(width, 1))
    return np.concatenate([draw(min(step, count - start)) for start in range(0, count, step)])
