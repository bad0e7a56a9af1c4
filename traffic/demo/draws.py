"""Seeded chance for the demo log: one stream per actor, so that leaving one actor out changes no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import chain, repeat
from typing import TypeVar

import numpy as np

T = TypeVar("T")
CHUNK = 1 << 15


class Draws:
    """A numpy generator with a fast path for the many small picks that writing text needs.

    >>> Draws(7, "teams").pick("abc") == Draws(7, "teams").pick("abc")
    True
    """

    def __init__(self, seed: int, name: str) -> None:
        if seed < 0:
            raise ValueError(f"seed is {seed}; it must be 0 or more")
        key = int.from_bytes(sha256(name.encode()).digest()[:8], "big")
        self.rng = np.random.default_rng([seed, key])
        words = np.random.default_rng([seed, key, 1])
        stream: Iterator[int] = chain.from_iterable(
            words.integers(0, 1 << 32, size=CHUNK, dtype=np.uint64).tolist() for _ in repeat(None)
        )
        self.take: Callable[[], int] = stream.__next__

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, each equally likely."""
        return options[self.take() % len(options)]

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.take() % (high - low + 1)

    def chance(self, share: float) -> bool:
        """True in about this share of the draws."""
        return self.take() < share * 4294967296.0

    def unit(self) -> float:
        """A number from 0 up to but without 1."""
        return self.take() / 4294967296.0

    def hex(self, digits: int) -> str:
        """That many hexadecimal digits."""
        text = "".join(f"{self.take():08x}" for _ in range((digits + 7) // 8))
        return text[:digits]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """That many different options, or all of them where there are fewer."""
        order = self.rng.permutation(len(options))[:count]
        return [options[int(i)] for i in order]

    def heavy(self, median: float, spread: float, low: int, high: int) -> int:
        """A heavy-tailed volume: log-normal around the median, cut at both ends."""
        return int(min(max(round(median * float(np.exp(spread * self.rng.standard_normal()))), low), high))
