"""Finding many values in a text at once, whatever their letter case and white space; the time does not grow with their number.

Characters that take no room (zero-width, bidi), as they are or written out as `\\u{200B}`, neither hide nor split a value.

Four letters that begin some value are looked up for every place of the text, in one step of numpy but for short texts; only
where they are found is the value itself compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Generic, TypeVar

import numpy as np

T = TypeVar("T")
Span = tuple[int, int]
GRAM = 4
SHORT = 160  # up to so many letters a walk in Python is quicker than a call of numpy
_SIMPLE = re.compile(r"[!-~]+(?: [!-~]+)*")  # nothing to fold but letter case
_BITS = 20
_FACTORS = np.array([2654435761, 2246822519, 3266489917, 668265263], dtype=np.uint32)
# A short value of digits and a to f stands in every digest by chance: it counts only as a word of its own.
_BOUNDED = re.compile(r"[0-9a-f]{4,11}")
_WRITTEN_OUT = re.compile(r"\\u\{([0-9a-f]{4,5})\}")
_SPACES = np.array(
    [*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000],
    dtype=np.uint32,
)


def folded(text: str) -> str:
    """Lower case of the same length, letter by letter."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)


class Matcher(Generic[T]):
    """Values, each with what it stands for."""

    def __init__(self, values: Mapping[str, T]) -> None:
        self.known: dict[str, T] = {}
        self._starting: dict[str, list[str]] = {}
        for value, meaning in values.items():
            self.known.setdefault(normal(value), meaning)
        for form in self.known:
            if len(form) < GRAM:
                raise ValueError(f"a value has {len(form)} characters; at least {GRAM} are needed")
            self._starting.setdefault(form[:GRAM], []).append(form)
        for forms in self._starting.values():
            forms.sort(key=len, reverse=True)
        self._bounded = {form for form in self.known if _BOUNDED.fullmatch(form)}
        self._table = np.zeros(1 << _BITS, dtype=bool)
        if self._starting:
            codes = _codes("".join(self._starting)).reshape(-1, GRAM)
            self._table[_hashes(codes.T)] = True

    def find(self, text: str) -> Iterator[tuple[Span, T]]:
        """Where values stand, from the left, the longest first, none overlapping another."""
        if len(text) < GRAM or not self.known:
            return
        if len(text) <= SHORT and _SIMPLE.fullmatch(text) and "\\u{" not in text:
            yield from self._at(text.lower(), range(len(text) - GRAM + 1))
            return
        codes, places = _collapsed_codes(text)
        if len(codes) < GRAM:
            return
        hashes = _hashes([codes[n : len(codes) - GRAM + 1 + n] for n in range(GRAM)])
        candidates = np.flatnonzero(self._table[hashes])
        if len(candidates):
            for (start, end), meaning in self._at(_as_text(codes), candidates.tolist()):
                yield (int(places[start]), int(places[end - 1]) + 1), meaning

    def _at(self, flat: str, candidates: Iterable[int]) -> Iterator[tuple[Span, T]]:
        """What begins at one of the places, given from the left."""
        last = 0
        for place in candidates:
            if place < last:
                continue
            for form in self._starting.get(flat[place : place + GRAM], ()):
                if flat.startswith(form, place) and not (form in self._bounded and _inside_word(flat, place, form)):
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
    return _as_text(_collapsed_codes(value)[0])


def _collapsed_codes(text: str) -> tuple[Any, Any]:
    """The letters of the folded text with each run of white space as one space, and the place of each in the text."""
    flat = folded(text)
    codes = _codes(flat).copy()
    space = _table_of_spaces()[codes]
    codes[space] = 32
    kept = np.ones(len(codes), dtype=bool)
    if not text.isascii():
        kept &= ~_roomless()[codes]
    if "\\u{" in flat:
        for match in _WRITTEN_OUT.finditer(flat):
            kept[match.start() : match.end()] &= unicodedata.category(chr(int(match[1], 16))) != "Cf"
    places = np.flatnonzero(kept)
    space = space[places]
    places = places[~(space & np.concatenate(([False], space[:-1])))]
    return codes[places], places


def _as_text(codes: Any) -> str:
    return str(codes.tobytes().decode("utf-32-le", "surrogatepass"))


@cache
def _table_of_spaces() -> Any:
    table = np.zeros(0x110000, dtype=bool)
    table[_SPACES] = True
    return table


@cache
def _roomless() -> Any:
    return np.array([unicodedata.category(chr(code)) == "Cf" for code in range(0x110000)])


def _inside_word(flat: str, place: int, form: str) -> bool:
    end = place + len(form)
    return (place > 0 and flat[place - 1].isalnum()) or (end < len(flat) and flat[end].isalnum())


def _codes(text: str) -> Any:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _hashes(columns: Iterable[Any]) -> Any:
    mixed: Any = 0
    for factor, column in zip(_FACTORS, columns, strict=True):
        mixed = mixed ^ (column * factor)
        mixed = mixed ^ (mixed >> np.uint32(15))
    return mixed >> np.uint32(32 - _BITS)
