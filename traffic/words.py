"""The words of many texts at once, and a number for every run of words that is the same in every version and engine.

A run's number is a polynomial over its words' numbers, and a word's number one over its bytes, both modulo 2^64 with a bit
mix between them, so that prefix sums give the number of any run in constant time: first and last words of a skeleton,
or every three words in a row. It is no cryptographic digest: who knows it can make two texts of his own meet. Nothing is
gained by that which copying a template's words would not give, and whole texts keep their SHA-256.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Unsigned = NDArray[np.uint64]
BYTE_BASE, WORD_BASE = 0x9E3779B97F4A7C15, 0xD1342543DE82EF95  # odd, so that each power has an inverse modulo 2^64
PART_BYTES = 1 << 18  # so much text at once: its numbers stay in the processor's cache
SPACE = 32


def mixed(numbers: Unsigned) -> Unsigned:
    """Each number with its bits spread over all 64 places (the finaliser of SplitMix64); no two meet."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


@cache
def _powers(base: int, count: int) -> Unsigned:
    steps = np.full(count, base, dtype=np.uint64)
    steps[0] = 1
    return np.multiply.accumulate(steps)


def powers(base: int, least: int) -> tuple[Unsigned, Unsigned]:
    """At least so many powers of a base from 0 on, and their inverses modulo 2^64."""
    count = max(1 << (least - 1).bit_length(), PART_BYTES * 2)
    return _powers(base, count), _powers(pow(base, -1, 1 << 64), count)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of some texts: each one's number, and where each text's words begin among all of them."""

    numbers: Unsigned
    starts: NDArray[np.int64]
    sums: Unsigned
    """Prefix sums of the numbers times the powers of WORD_BASE, one longer than `numbers`."""

    @property
    def counts(self) -> NDArray[np.int64]:
        """Words of each text."""
        return np.diff(self.starts)

    def runs(self, firsts: NDArray[np.int64], length: int) -> Unsigned:
        """The numbers of the runs of `length` words that begin at these places among all words."""
        _, inverse = powers(WORD_BASE, len(self.numbers) + 1)
        total = (self.sums[firsts + length] - self.sums[firsts]) * inverse[firsts]
        return mixed(total + np.uint64(length))


def words_of(texts: pa.Array, fold: NDArray[np.uint8] | None = None) -> Words:
    """The words of texts, which spaces divide; null and the empty text have none. `fold` replaces each byte first.

    >>> words_of(pa.array(["one two", None, "two"])).counts.tolist()
    [2, 0, 1]
    """
    data, bounds = text_bytes(texts)
    if fold is not None:
        data = fold[data]
    inside = np.zeros(len(data) + 2, dtype=bool)
    inside[1:-1] = data != SPACE
    begins, ends = inside[1:] & ~inside[:-1], inside[:-1] & ~inside[1:]
    borders = bounds[:-1][inside[bounds[:-1]] & inside[bounds[:-1] + 1]]  # no space between this text and the next
    begins[borders] = ends[borders] = True
    places = np.flatnonzero(begins)
    numbers = _hashed(data, places, np.flatnonzero(ends))
    starts = np.searchsorted(places, bounds)
    up, _ = powers(WORD_BASE, len(numbers) + 1)
    sums = np.zeros(len(numbers) + 1, dtype=np.uint64)
    np.cumsum(numbers * up[: len(numbers)], out=sums[1:])
    return Words(numbers, starts, sums)


def text_bytes(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The UTF-8 bytes of all texts, and the bounds of each among them, one longer than the texts; null is empty."""
    texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    count, offset = len(texts), texts.offset
    if not count or data is None:
        return np.zeros(0, dtype=np.uint8), np.zeros(count + 1, dtype=np.int64)
    bounds = np.frombuffer(offsets, dtype=np.int64, count=count + 1, offset=8 * offset)
    return np.frombuffer(data, dtype=np.uint8)[bounds[0] : bounds[-1]], bounds - bounds[0]


def _hashed(data: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]) -> Unsigned:
    up, down = powers(BYTE_BASE, len(data) + 1)
    sums = np.zeros(len(data) + 1, dtype=np.uint64)
    np.cumsum((data + np.uint64(1)) * up[: len(data)], out=sums[1:])
    return mixed((sums[ends] - sums[begins]) * down[begins])


def sha256_of(texts: pa.Array) -> list[bytes | None]:
    """The SHA-256 of each text's bytes; null and the empty text have none.

    By hashlib, which uses the processor's own instructions where it has them: a third of the engine's time.
    """
    data, bounds = text_bytes(texts)
    view, edges = memoryview(data.data), bounds.tolist()
    return [sha256(view[first:last]).digest() if last > first else None for first, last in pairwise(edges)]


def parts(texts: pa.Array) -> Iterator[pa.Array]:
    """The texts in pieces of about PART_BYTES, at least one text each."""
    _, bounds = text_bytes(texts)
    first = 0
    while first < len(texts):
        last = max(int(np.searchsorted(bounds, bounds[first] + PART_BYTES)), first + 1)
        yield texts.slice(first, last - first)
        first = last


def edge_hashes(texts: pa.Array, lengths: tuple[int, ...]) -> tuple[NDArray[Any], dict[str, pa.Array]]:
    """Words of each text, and the numbers of its first and last words: pre4, suf4 and so on; null where it has fewer."""
    counts: list[NDArray[Any]] = []
    found: dict[str, list[pa.Array]] = {f"{end}{n}": [] for end in ("pre", "suf") for n in lengths}
    for part in parts(texts):
        words = words_of(part)
        counts.append(words.counts)
        for n in lengths:
            long_enough = np.flatnonzero(words.counts >= n)
            for end, firsts in (("pre", words.starts[long_enough]), ("suf", words.starts[long_enough + 1] - n)):
                values = np.zeros(len(part), dtype=np.int64)
                values[long_enough] = words.runs(firsts, n).view(np.int64)
                found[f"{end}{n}"].append(pa.array(values, mask=words.counts < n))
    joined = {name: pa.concat_arrays(each) if each else pa.array([], pa.int64()) for name, each in found.items()}
    return np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64), joined
