"""Where a text is found in another: as a part or as a whole word, without regard to case. Pure.

Case is folded letter by letter, as the lake's engine does it, so that a place in the folded text is a place in the text.
"""

from __future__ import annotations

from dataclasses import dataclass

AROUND = 200


@dataclass(frozen=True, slots=True)
class Match:
    """The first match in characters from 0, its length, and how many there are."""

    position: int
    length: int
    count: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The text around a match, and whether more lies on either side."""

    before: str
    match: str
    after: str
    cut_before: bool
    cut_after: bool


def folded(text: str) -> str:
    """The text with each letter in lower case; as long as the text.

    >>> folded("ΣΟΦΟΣ"), len(folded("İ")), folded("STRASSE ß")
    ('σοφοσ', 1, 'strasse ß')
    """
    return text.replace("\u03a3", "\u03c3").replace("\u0130", "i").lower()


def find(text: str, wanted: str, *, whole_word: bool) -> Match | None:
    """Where `wanted` is in the text. A whole word has no letter, digit or underscore beside it.

    >>> find("Concatenate the cat, CAT!", "cat", whole_word=True)
    Match(position=16, length=3, count=2)
    >>> find("Concatenate", "cat", whole_word=True) is None
    True
    """
    here, needle = folded(text), folded(wanted)
    first, count, at = None, 0, here.find(needle)
    while at >= 0:
        if not whole_word or not (
            _inside_word(here, at - 1, at) or _inside_word(here, at + len(needle), at + len(needle) - 1)
        ):
            first = at if first is None else first
            count += 1
            at = here.find(needle, at + len(needle))
        else:
            at = here.find(needle, at + 1)
    return None if first is None else Match(first, len(needle), count)


def excerpt(text: str, position: int, length: int, *, around: int = AROUND) -> Excerpt:
    """The match with so many characters on either side.

    >>> excerpt("one two three", 4, 3, around=2)
    Excerpt(before='e ', match='two', after=' t', cut_before=True, cut_after=True)
    """
    start, end = max(0, position - around), position + length + around
    return Excerpt(
        text[start:position],
        text[position : position + length],
        text[position + length : end],
        start > 0,
        end < len(text),
    )


def _inside_word(text: str, beside: int, edge: int) -> bool:
    """Whether the match's edge and what stands beside it are both of a word."""
    return 0 <= beside < len(text) and _of_word(text[beside]) and _of_word(text[edge])


def _of_word(character: str) -> bool:
    return character.isalnum() or character == "_"
