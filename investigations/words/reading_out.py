"""A digest in a form that two people can compare by telephone. Pure."""

from __future__ import annotations

from dataclasses import dataclass

SPOKEN = dict(
    zip(
        "0123456789abcdef",
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "alfa",
            "bravo",
            "charlie",
            "delta",
            "echo",
            "foxtrot",
        ],
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class SpokenGroup:
    """Four digits of a digest and how they are said."""

    number: int
    digits: str
    words: str


def read_out(digest: str) -> list[SpokenGroup]:
    """A hexadecimal digest in groups of four, each with the words to say.

    >>> [(group.number, group.digits, group.words) for group in read_out("a31f00be")]
    [(1, 'a31f', 'alfa three one foxtrot'), (2, '00be', 'zero zero bravo echo')]
    """
    plain = digest.strip().lower()
    groups = [plain[start : start + 4] for start in range(0, len(plain), 4)]
    return [
        SpokenGroup(number, group, " ".join(SPOKEN.get(digit, digit) for digit in group))
        for number, group in enumerate(groups, 1)
    ]
