"""Finding many values in a text at once, whatever their letter case and white space; the time does not grow with their number.

Characters that take no room (zero-width, bidi), as they are or written out as `\\u{200B}`, neither hide nor split a value.

Four letters that begin some value are looked up for every place of the text, in four steps of numpy but for short texts; only
where they are found is the value itself compared. Most texts hold none: where nothing was dropped from a text, its places are its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any, Generic, TypeVar

import numpy as np

from core.text import roomless, without_roomless

T = TypeVar("T")
Span = tuple[int, int]
GRAM = 4
SHORT = 160  # up to so many letters a walk in Python is quicker than a call of numpy
_SIMPLE = re.compile(r"[!-~]+(?: [!-~]+)*")  # nothing to fold but letter case
_BITS = 20
_FACTOR = np.uint32(2654435761)
# A short value of digits and a to f stands in every digest by chance: it counts only as a word of its own.
_BOUNDED = re.compile(r"[0-9a-f]{4,11}")
_WRITTEN_OUT = re.compile(r"\\u\{([0-9a-f]{4,5})\}")
_SPACES = (
    *range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
)  # fmt: skip
_ROOMLESS = tuple(map(ord, roomless()))


def folded(text: str) -> str:
    """Lower case of the same length, letter by letter; a Greek sigma is one letter at the end of a word too."""
    if text.isascii():
        return text.lower()
    return "İ".join(part.lower() for part in text.split("İ")).replace("ς", "σ")  # no other letter grows


class Matcher(Generic[T]):
    """Values, each with what it stands for."""

    def __init__(self, values: Mapping[str, T]) -> None:
        self.known: dict[str, T] = {}
        self._starting: dict[str, list[str]] = {}
        self._lengths: dict[str, list[int]] = {}  # of what begins so, the longest first
        for value, meaning in values.items():
            self.known.setdefault(normal(value), meaning)
        for form in self.known:
            if len(form) < GRAM:
                raise ValueError(f"a value has {len(form)} characters; at least {GRAM} are needed")
            self._starting.setdefault(form[:GRAM], []).append(form)
        for gram, forms in self._starting.items():
            self._lengths[gram] = sorted(set(map(len, forms)), reverse=True)
        self._bounded = {form for form in self.known if _BOUNDED.fullmatch(form)}
        self._table = np.zeros(1 << _BITS, dtype=bool)
        for gram in self._starting:
            self._table[_hashes(_low_bytes(gram), 0)] = True

    def find(self, text: str) -> Iterator[tuple[Span, T]]:
        """Where values stand, from the left, the longest first, none overlapping another."""
        if len(text) < GRAM or not self.known:
            return
        if len(text) <= SHORT and _SIMPLE.fullmatch(text) and "\\u{" not in text:
            yield from self._at(text.lower(), range(len(text) - GRAM + 1))
            return
        flat = normal(text)
        candidates = self._candidates(flat)
        if not candidates:
            return
        places: Any = None
        for (start, end), meaning in self._at(flat, candidates):
            if len(flat) != len(text):
                places = _places(text) if places is None else places
                start, end = int(places[start]), int(places[end - 1]) + 1
            yield (start, end), meaning

    def _candidates(self, flat: str) -> list[int]:
        """Where four letters stand that may begin a value, from the left."""
        low = _low_bytes(flat)
        met = [
            (np.flatnonzero(self._table[_hashes(low, first)]) * GRAM + first).tolist()
            for first in range(min(GRAM, max(0, len(low) - GRAM + 1)))
        ]
        return sorted(chain.from_iterable(met))

    def _at(self, flat: str, candidates: Iterable[int]) -> Iterator[tuple[Span, T]]:
        """What begins at one of the places, given from the left."""
        last = 0
        for place in candidates:
            if place < last:
                continue
            for length in self._lengths.get(flat[place : place + GRAM], ()):
                form = flat[place : place + length]
                if form in self.known and not (form in self._bounded and _inside_word(flat, place, form)):
                    last = place + len(form)
                    yield (place, last), self.known[form]
                    break

    def holds(self, text: str) -> bool:
        """Whether any value stands in the text."""
        return next(self.find(text), None) is not None

    def begins_with(self, rest: str) -> Iterator[T]:
        """What begins with the text, which was cut off."""
        flat = normal(rest)
        for form in self._starting.get(flat[:GRAM], ()):
            if form.startswith(flat):
                yield self.known[form]


def normal(value: str) -> str:
    """What two values must share to be one: letter case, white space and characters that take no room do not count.

    >>> normal("Ada\\u200b  LOVE\\nlace")
    'ada love lace'
    """
    flat = folded(value)
    if "\\u{" in flat:
        flat = _WRITTEN_OUT.sub(lambda match: "" if chr(int(match[1], 16)) in roomless() else match[0], flat)
    if not flat.isascii() and _table(_ROOMLESS)[_codes(flat)].any():
        flat = without_roomless(flat)
    words = " ".join(flat.split())
    return (" " if flat[:1].isspace() else "") + words + (" " if words and flat[-1].isspace() else "")


def _places(text: str) -> Any:
    """The place in the text of each letter of its `normal` form."""
    flat = folded(text)
    codes = _codes(flat)
    space, kept = _table(_SPACES)[codes], ~_table(_ROOMLESS)[codes]
    for match in _WRITTEN_OUT.finditer(flat):
        kept[match.start() : match.end()] &= chr(int(match[1], 16)) not in roomless()
    places = np.flatnonzero(kept)
    space = space[places]
    return places[~(space & np.concatenate(([False], space[:-1])))]


def _codes(flat: str) -> Any:
    return np.frombuffer(flat.encode("utf-32-le", "surrogatepass"), dtype="<u4")


@cache
def _table(codes: tuple[int, ...]) -> Any:
    """For every character whether it is one of those."""
    table = np.zeros(0x110000, dtype=bool)
    table[list(codes)] = True
    return table


def _inside_word(flat: str, place: int, form: str) -> bool:
    end = place + len(form)
    return (place > 0 and flat[place - 1].isalnum()) or (end < len(flat) and flat[end].isalnum())


def _low_bytes(flat: str) -> bytes:
    """One byte a letter: what is found by it is compared whole."""
    return flat.encode() if flat.isascii() else flat.encode("utf-32-le", "surrogatepass")[::4]


def _hashes(low: bytes, first: int) -> Any:
    """Of each fourth place from `first` on, the four bytes from there as a place in the table."""
    words = np.frombuffer(low, dtype="<u4", count=(len(low) - first) // GRAM, offset=first)
    return (words * _FACTOR) >> np.uint32(32 - _BITS)
