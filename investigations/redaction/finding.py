"""Spans that a machine proposes to take out: what pages mask, and a little more. A person accepts or rejects each."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from core.masking import MASKING_VERSION, find_masked
from core.screening import Glance, screened

FINDER_VERSION = f"1, masking {MASKING_VERSION}"
SECRET, PERSONAL = "secret", "personal_data"
# Here a person looks at each proposal, so shapes may be wider than those that a page masks by itself.
WIDER: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "key shape",
        re.compile(r"\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"),
    ),
    ("password in a URL", re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,80}:([^\s/@]{4,200})@")),
    ("assigned password", re.compile(r"(?i)\b(?:password|passwd|pwd)['\"]?\s*[:=]\s*['\"]?([^\s'\",;&}]{6,200})")),
)
_SCREENED = screened(*(pattern for _, pattern in WIDER))


@dataclass(frozen=True, slots=True)
class Found:
    """Characters `start` to `end` of a text, and which rule proposes them for which reason."""

    start: int
    end: int
    rule: str
    reason: str


def find(text: str) -> list[Found]:
    """Spans in order, none overlapping another: what pages mask wins.

    >>> [(f.rule, f.reason) for f in find("write to ada@example.org, key sk-abcdefghijklmnop1234")]
    [('e-mail address', 'personal_data'), ('key shape', 'secret')]
    """
    taken: list[Found] = []  # in order of start
    for found in _raw(text):
        place = bisect_left(taken, found.start, key=lambda other: other.start)
        before, after = taken[place - 1 : place] if place else [], taken[place : place + 1]
        if (not before or before[0].end <= found.start) and (not after or after[0].start >= found.end):
            taken.insert(place, found)
    return taken


def _raw(text: str) -> Iterator[Found]:
    for masked in find_masked(text):
        yield Found(masked.start, masked.end, masked.kind, SECRET if masked.kind == "secret" else PERSONAL)
    glance = Glance(text)
    for (name, pattern), shape in zip(WIDER, _SCREENED, strict=True):
        for match in glance.find(shape):
            start, end = match.span(1 if pattern.groups else 0)
            yield Found(start, end, name, SECRET)
