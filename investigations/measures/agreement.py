"""How well two reviewers agree, beyond chance, with the doubt of a small sample. Pure."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

Z = 1.959963984540054  # two-sided 95 %


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two words on each of n items: how many are the same, and Cohen's kappa; each with a 95 % interval.

    `kappa` is None with a reason where it has no value.
    """

    n: int
    n_same: int
    low: float | None
    high: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    reason: str
    table: tuple[tuple[str, str, int], ...]
    """First word, second word, how often."""

    @property
    def share(self) -> float | None:
        """The observed share of the same word."""
        return self.n_same / self.n if self.n else None


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Agreement of (first word, second word) pairs.

    The share's interval is Wilson's. Kappa's standard error is the large-sample one for kappa other than 0; with few
    items it is rough, and the interval is cut at -1 and 1. Assumes that items are independent.
    Source: Cohen, Educ. Psychol. Meas. 20 (1960) 37; Fleiss, Cohen, Everitt, Psychol. Bull. 72 (1969) 323, eq. 13.

    >>> found = agreement([("a", "a")] * 20 + [("a", "b")] * 5 + [("b", "a")] * 10 + [("b", "b")] * 15)
    >>> found.share, round(found.kappa, 3), round(found.kappa_low, 3), round(found.kappa_high, 3)
    (0.7, 0.4, 0.151, 0.649)
    """
    n = len(pairs)
    counts = Counter(pairs)
    table = tuple((a, b, k) for (a, b), k in sorted(counts.items()))
    same = sum(k for (a, b), k in counts.items() if a == b)
    low, high = wilson(same, n)
    if not n:
        return Agreement(0, 0, None, None, None, None, None, "no item has two words yet", table)
    words = sorted({word for pair in pairs for word in pair})
    first = {word: sum(k for (a, _), k in counts.items() if a == word) / n for word in words}
    second = {word: sum(k for (_, b), k in counts.items() if b == word) / n for word in words}
    observed, chance = same / n, sum(first[word] * second[word] for word in words)
    if chance >= 1:
        return Agreement(
            n, same, low, high, None, None, None, "both reviewers always used one and the same word", table
        )
    if len(counts) == 1:
        alike = "every pair is of the same two words, from which nothing beyond chance is told"
        return Agreement(n, same, low, high, None, None, None, alike, table)
    kappa = (observed - chance) / (1 - chance)
    error = _standard_error(counts, n, first, second, observed, chance)
    bounds = max(-1.0, kappa - Z * error), min(1.0, kappa + Z * error)
    return Agreement(n, same, low, high, kappa, *bounds, "", table)


def _standard_error(
    counts: Counter[tuple[str, str]], n: int, first: dict[str, float], second: dict[str, float], po: float, pe: float
) -> float:
    """Square root of equation 13 of Fleiss, Cohen and Everitt; `po` observed, `pe` expected by chance."""
    total = -((po * pe - 2 * pe + po) ** 2)
    for (a, b), k in counts.items():
        share = k / n
        if a == b:
            total += share * ((1 - pe) - (first[a] + second[a]) * (1 - po)) ** 2
        else:
            total += (1 - po) ** 2 * share * (second[a] + first[b]) ** 2
    return math.sqrt(max(total, 0.0) / n) / (1 - pe) ** 2


def wilson(k: int, n: int) -> tuple[float | None, float | None]:
    """The 95 % interval of a share k of n. Source: Wilson, JASA 22 (1927) 209.

    >>> [round(bound, 4) for bound in wilson(7, 10)]
    [0.3968, 0.8922]
    """
    if not n:
        return None, None
    share, z2 = k / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def draw(frame: Sequence[str], *, share: float, seed: str) -> list[str]:
    """A share of the frame at random without replacement, the same for everyone who has the seed.

    The order is that of SHA-256(seed, item); of a part of an item left over, the seed decides.

    >>> sorted(draw(list("abcdefghij"), share=0.3, seed="s")), draw([], share=1, seed="s")
    (['a', 'd', 'f'], [])
    """
    whole = len(frame) * share
    left_over = int(_rank(seed, "")[:8], 16) / 0x1_0000_0000
    size = int(whole) + (left_over < whole - int(whole))
    return sorted(frame, key=lambda item: _rank(seed, item))[:size]


def _rank(seed: str, item: str) -> str:
    return hashlib.sha256(f"{seed}\n{item}".encode()).hexdigest()
