"""A quick no: what a text must hold for a pattern to match anywhere in it, read from the pattern itself.

Most texts hold no key of any provider, and most patterns say so by a few letters that each of their matches has (`AKIA`,
`-us`, `password`) or by a long run of the letters that keys are written in. Both are looked for first, at a hundredth of the cost of
the pattern. The reading errs on one side only: a text that the pattern matches always passes, and a part of a pattern that is
not understood asks nothing of the text.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

MOST_LITERALS = 24  # that one need may list
MOST_LETTERS = 6  # of a set that counts as literal
LONG_RUN = 16
KEY_LETTERS = re.compile(rf"[\w-]{{{LONG_RUN},}}")  # \w: where a pattern says \d, it takes digits of every script
_FOLDS = str.maketrans("ſKİı", "skii")  # what IGNORECASE takes for an ASCII letter besides upper case
_KEY_CODES = frozenset(code for code in range(128) if re.fullmatch(r"[\w-]", chr(code)))
_parser: Any = importlib.import_module("re._parser")
_NO_WIDTH = frozenset({"AT", "ASSERT", "ASSERT_NOT"})
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
NOTHING = frozenset({""})
Literals = frozenset[str]


@dataclass(frozen=True, slots=True)
class Needs:
    """Of each tuple a text must hold one literal, and somewhere `run` key letters in a row."""

    literals: tuple[tuple[str, ...], ...]
    run: int
    folded: bool  # whether letter case counts for nothing


@dataclass(frozen=True, slots=True)
class Screened:
    """A pattern with what a text must hold for it."""

    pattern: re.Pattern[str]
    needs: Needs


class Glance:
    """A text to which many patterns are put."""

    def __init__(self, text: str) -> None:
        self.text = text

    def find(self, screened: Screened) -> Iterator[re.Match[str]]:
        """The matches of a pattern, which is not tried where it cannot match."""
        return screened.pattern.finditer(self.text) if self.allows(screened.needs) else iter(())

    def allows(self, needs: Needs) -> bool:
        """Whether the pattern of these needs may match; never no where it does.

        >>> akia = needs_of(re.compile("AKIA[0-9A-Z]{16}"))
        >>> Glance("a key: AKIA...").allows(akia), Glance("no key, but " + "A" * 20).allows(akia)
        (False, False)
        >>> Glance("AKIA" + "Z" * 16).allows(akia)
        True
        """
        if needs.run >= LONG_RUN and needs.run > self._longest_run:
            return False
        text = self._folded if needs.folded else self.text
        for one_of in needs.literals:
            for literal in one_of:
                if literal in text:
                    break
            else:
                return False
        return True

    @cached_property
    def _folded(self) -> str:
        return folded(self.text)

    @cached_property
    def _longest_run(self) -> int:
        long = [word for word in self.text.split() if len(word) >= LONG_RUN]
        return max(map(len, KEY_LETTERS.findall(" ".join(long))), default=0)


def folded(text: str) -> str:
    """Lower case, with every letter that IGNORECASE takes for an ASCII one as that one."""
    return text.lower() if text.isascii() else text.translate(_FOLDS).lower()


def screened(*patterns: re.Pattern[str]) -> tuple[Screened, ...]:
    """The patterns, each with its needs."""
    return tuple(Screened(pattern, needs_of(pattern)) for pattern in patterns)


def needs_of(pattern: re.Pattern[str]) -> Needs:
    r"""What every match of the pattern holds.

    >>> needs_of(re.compile(r"(?i)\b\w*(?:api_?key|secret)\s*[:=]\s*\S{8,}")).literals
    (('apikey', 'secret', 'api_key'), (':', '='))
    >>> needs_of(re.compile("[0-9a-f]{32}")).run, needs_of(re.compile(".*")).literals
    (32, ())
    """
    ignored = bool(pattern.flags & re.IGNORECASE)
    part = _sequence(_parser.parse(pattern.pattern, pattern.flags), ignored)
    useful = {_shortest(need) for need in part.all_needs() if "" not in need}
    hardest_first = sorted(useful, key=lambda need: (-len(need[0]), len(need), need))
    return Needs(tuple(hardest_first), part.run, ignored)


@dataclass(frozen=True, slots=True)
class _Part:
    """Of a part of a pattern: what a match of it holds; the few strings it can be, if they are few; its longest run."""

    needs: tuple[Literals, ...] = ()
    strings: Literals | None = None
    run: int = 0

    def all_needs(self) -> tuple[Literals, ...]:
        return (*self.needs, self.strings) if self.strings is not None else self.needs


def _sequence(items: Iterable[Any], ignored: bool) -> _Part:
    """Stretches of literals grow from item to item until one can be too many strings."""
    needs: list[Literals] = []
    stretch, whole, run = NOTHING, True, 0
    for op, argument in items:
        part = _item(str(op), argument, ignored)
        needs, run = [*needs, *part.needs], max(run, part.run)
        if part.strings is not None and len(stretch) * len(part.strings) <= MOST_LITERALS:
            stretch = frozenset(before + after for before in stretch for after in part.strings)
        else:
            needs, stretch, whole = [*needs, stretch], part.strings or NOTHING, False
    return _Part(tuple(needs), stretch, run) if whole else _Part((*needs, stretch), None, run)


def _item(op: str, argument: Any, ignored: bool) -> _Part:
    if op in _NO_WIDTH:
        return _Part(strings=NOTHING)
    if op == "LITERAL":
        return _Part(strings=_letters([argument], ignored))
    if op == "IN":
        return _Part(strings=_letters(_members(argument), ignored))
    if op == "SUBPATTERN" and not argument[1] and not argument[2]:  # no flags of its own
        return _sequence(argument[3], ignored)
    if op == "BRANCH":
        return _branch([_sequence(branch, ignored) for branch in argument[1]])
    if op in _REPEATS:
        least, most, inner = argument
        return _repeat(least, most, inner, ignored)
    return _Part()


def _branch(parts: list[_Part]) -> _Part:
    """One of the parts stands there, so one need of any of them is met."""
    run = min(part.run for part in parts)
    strings = [part.strings for part in parts if part.strings is not None]
    if len(strings) == len(parts) and len(union := frozenset().union(*strings)) <= MOST_LITERALS:
        return _Part(strings=union, run=run)
    useful = [[need for need in part.all_needs() if "" not in need] for part in parts]
    if not all(useful):
        return _Part(run=run)
    return _Part((frozenset().union(*(max(needs, key=_hardness) for needs in useful)),), None, run)


def _hardness(need: Literals) -> tuple[int, int]:
    return min(map(len, need)), -len(need)


def _repeat(least: int, most: int, inner: Any, ignored: bool) -> _Part:
    part = _sequence(inner, ignored)
    if least == 0:
        return _Part(strings=part.strings | NOTHING) if most == 1 and part.strings is not None else _Part()
    run = least if len(inner) == 1 and _all_key_letters(*inner[0]) else part.run
    return _Part(part.all_needs(), None, run)


def _members(members: Iterable[tuple[Any, Any]]) -> list[int] | None:
    """The letters of a set, where it is a few named ones."""
    found: list[int] = []
    for op, argument in members:
        if str(op) != "LITERAL" or len(found) == MOST_LETTERS:
            return None
        found.append(argument)
    return found


def _letters(codes: list[int] | None, ignored: bool) -> Literals | None:
    if codes is None or (ignored and max(codes) > 127):
        return None
    return frozenset(chr(code).lower() if ignored else chr(code) for code in codes)


def _all_key_letters(op: Any, argument: Any) -> bool:
    members = argument if str(op) == "IN" else [(op, argument)]
    return all(_key_letters(str(kind), value) for kind, value in members)


def _key_letters(kind: str, value: Any) -> bool:
    if kind == "LITERAL":
        return value in _KEY_CODES
    if kind == "RANGE":
        return all(code in _KEY_CODES for code in range(value[0], value[1] + 1))
    return kind == "CATEGORY" and str(value) in ("CATEGORY_DIGIT", "CATEGORY_WORD")


def _shortest(need: Literals) -> tuple[str, ...]:
    """Without the literals that hold another one."""
    kept = [literal for literal in need if not any(other != literal and other in literal for other in need)]
    return tuple(sorted(kept, key=lambda literal: (len(literal), literal)))
