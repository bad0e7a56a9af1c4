"""The draw of the audited sample: random within strata of plan and volume, the same for the same seed; pure.

Flagging puts suspicious accounts before people, so labels from verdicts alone describe the suspicious. Accounts drawn at
random from what was not flagged show what the rest is like, missed harvesters among it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FIFTHS = 5


@dataclass(frozen=True, slots=True)
class FrameAccount:
    """An unflagged account that may be drawn, with its plan and its exchanges in the run's window."""

    account_id: str
    plan: str
    n_exchanges: int


@dataclass(frozen=True, slots=True)
class Stratum:
    """Accounts of one plan and volume fifth: how many there are, and how many were drawn."""

    plan: str
    fifth: int
    n_frame: int
    n_drawn: int


@dataclass(frozen=True, slots=True)
class Draw:
    """What was drawn, each with the volume fifth of its stratum, and the strata with their sizes."""

    accounts: tuple[tuple[FrameAccount, int], ...]
    strata: tuple[Stratum, ...]


def draw_sample(frame: Sequence[FrameAccount], *, n: int, seed: int) -> Draw:
    """Draw `n` accounts (all, if there are fewer): every stratum in proportion to its size, at least one of each while n allows.

    Null: none; this is a sampling design. Within a stratum each account is as likely as any other, and the inverse of
    drawn / frame is its weight. The frame's order decides nothing.

    >>> frame = [FrameAccount(f"a{i}", "build", i) for i in range(10)]
    >>> [account.n_exchanges // 2 + 1 for account, fifth in draw_sample(frame, n=5, seed=1).accounts]
    [1, 2, 3, 4, 5]
    """
    if n < 1:
        raise ValueError(f"n: {n} is not allowed; it is at least 1")
    ordered = sorted(frame, key=lambda account: account.account_id)
    fifths = volume_fifths(np.array([account.n_exchanges for account in ordered], dtype=np.int64))
    strata: dict[tuple[str, int], list[FrameAccount]] = {}
    for account, fifth in zip(ordered, fifths, strict=True):
        strata.setdefault((account.plan, int(fifth)), []).append(account)
    keys = sorted(strata)
    shares = _allocate([len(strata[key]) for key in keys], min(n, len(ordered)))
    random = np.random.default_rng(seed)
    drawn: list[tuple[FrameAccount, int]] = []
    for key, share in zip(keys, shares, strict=True):
        picked = random.permutation(len(strata[key]))[:share]
        drawn += [(strata[key][int(place)], key[1]) for place in sorted(picked)]
    sizes = tuple(Stratum(*key, len(strata[key]), share) for key, share in zip(keys, shares, strict=True))
    return Draw(tuple(drawn), sizes)


def volume_fifths(volumes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fifth of the frame (1 to 5) that each volume falls in; equal volumes fall in the same.

    >>> volume_fifths(np.array([1, 1, 1, 7, 9])).tolist()
    [1, 1, 1, 4, 5]
    """
    below = np.searchsorted(np.sort(volumes), volumes, side="left")
    return below * FIFTHS // max(len(volumes), 1) + 1


def _allocate(sizes: list[int], n: int) -> list[int]:
    """How many to draw of each stratum: largest remainders, never more than it holds, one each while n allows."""
    total = sum(sizes)
    least = [1 if n >= len(sizes) else 0] * len(sizes)
    exact = [n * size / total for size in sizes] if total else []
    shares = [max(low, int(part)) for low, part in zip(least, exact, strict=True)]
    order = sorted(range(len(sizes)), key=lambda i: (shares[i] - exact[i], i))
    while sum(shares) < n:
        i = min((i for i in order if shares[i] < sizes[i]), key=lambda i: (shares[i] - exact[i], i))
        shares[i] += 1
    while sum(shares) > n:
        i = max((i for i in order if shares[i] > least[i]), key=lambda i: (shares[i] - exact[i], -i))
        shares[i] -= 1
    return shares
