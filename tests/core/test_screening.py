"""Patterns that are not tried where they cannot match find what they find when they are tried everywhere."""

from __future__ import annotations

import random
import re
import sys

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core import masking, screening
from core.screening import Glance, Needs, folded, needs_of
from investigations.redaction.finding import WIDER, find
from tests.core.test_masking import HONEST, PERSONAL

PATTERNS = tuple(screened.pattern for screened in masking._secret_patterns()) + tuple(pattern for _, pattern in WIDER)
# How the patterns were written before they asked what stands before a value after its first letter.
FORMER = {
    masking.CARD: r"(?<![\w.])\d(?:[ -]?\d){11,18}(?![\w]|[.,]\d)",
    masking.IBAN: r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)",
    masking.PHONE: r"(?<![\w.,+])(?:\+\d|\(?\d)[\d() ./-]{6,22}\d(?![\w]|[.,]\d)",
}
FRAGMENTS = [
    *(value for values in PERSONAL.values() for value in values),
    *HONEST,
    "aws", "AWS_ſecret_key", "pwd", "PASſWORD", "tOKen", "api_\u212aey", "apıkey", "APİ_KEY", "secret", "cl", "ibm", "-us1",
    ":", "=", "=>", ":=", "'", '"', "`", " ", "\n", "\t", "\x1c", "\x00", "\u2028", "\u200b", "\u202e", "\ud800", "@", "://",
    "(", "+", ".", ",", "-", "_", "/", "0", "٣", "９", "0123456789", "a1B2" * 12, "deadbeef" * 9, "abcdefghijklmnopqrstuvwxyz",
    "-----BEGIN ", "PRIVATE KEY-----", "AKC", "AP1", "eyJ", "SG.", "xoxb-", "//a/:_authToken=npm_", "DE89 ", "4111 1111 ",
    "pk-abcdefghij0123456789", "postgres://jo:hun$ter22@db/", "password: correct-horse",
]  # fmt: skip


def _everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Glance, "allows", lambda self, needs: True)


def _nasty_texts(n: int) -> list[str]:
    drawn = random.Random(20_260_501)
    return ["".join(drawn.choices(FRAGMENTS, k=drawn.randint(1, 9))) for _ in range(n)]


def test_what_is_found_is_the_same_with_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = _nasty_texts(6_000)
    screened = [find(text) for text in texts]
    with monkeypatch.context() as patched:
        _everywhere(patched)
        assert [find(text) for text in texts] == screened
    assert {found.rule for spans in screened for found in spans} >= {*PERSONAL, *(name for name, _ in WIDER)}


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.pattern[:40])
def test_whatever_a_pattern_matches_may_pass(pattern: re.Pattern[str]) -> None:
    needs = needs_of(pattern)

    @settings(
        max_examples=12, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.from_regex(pattern))
    def passes(text: str) -> None:
        assert Glance(text).allows(needs), (text, needs)

    passes()


def test_every_secret_pattern_asks_something_of_a_text() -> None:
    assert [pattern.pattern for pattern in PATTERNS if not needs_of(pattern).literals] == []


def test_patterns_written_anew_find_what_they_found() -> None:
    texts = [*_nasty_texts(6_000), "".join(random.Random(7).choices("0123456789 +-().,/aAÜ٣\n", k=200_000))]
    for pattern, former in FORMER.items():
        spans = [[match.span() for match in pattern.finditer(text)] for text in texts]
        assert spans == [[match.span() for match in re.finditer(former, text)] for text in texts]
        assert sum(map(len, spans)) > 100


def test_an_assigned_value_is_found_without_the_beginning_of_its_name() -> None:
    former = re.compile(rf"(?i)\b\w*{masking.ASSIGNED.pattern.removeprefix('(?i)')}")
    texts = _nasty_texts(6_000)
    found = [{match.span(2 if match[2] else 3) for match in masking.ASSIGNED.finditer(text)} for text in texts]
    before = [{match.span(2 if match[2] else 3) for match in former.finditer(text)} for text in texts]
    assert all(old <= new for old, new in zip(before, found, strict=True))
    assert sum(map(len, before)) > 100


def test_letters_that_count_as_ascii_ones_are_folded_to_them() -> None:
    every = "".join(chr(code) for code in range(sys.maxunicode + 1))
    taken = {match[0] for match in re.finditer("(?i)[a-z]", every)}
    assert {folded(letter) for letter in taken} == set("abcdefghijklmnopqrstuvwxyz")
    for letter in taken:
        assert re.fullmatch(folded(letter), letter, re.IGNORECASE)


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("a|b", Needs((("a", "b"),), 0, folded=False)),
        ("(?:a|)b?c*", Needs((), 0, folded=False)),
        ("(?:x|y+z)w", Needs((("w",), ("x", "y")), 0, folded=False)),
        ("(?:ab){2,3}", Needs((("ab",),), 0, folded=False)),
        (r"(a)\1[^b]c", Needs((("a",), ("c",)), 0, folded=False)),
        ("(?i:Ab)c", Needs((("c",),), 0, folded=False)),
        ("(?i)Ab|Äb", Needs((("b",), ), 0, folded=True)),
        (r"[\s\d]{40}x{20}[/]{30}", Needs((("/",), ("x",)), 20, folded=False)),
        ("(?=nope)(?<!never)[xy]a", Needs((("xa", "ya"),), 0, folded=False)),
    ],
)  # fmt: skip
def test_what_is_not_understood_asks_nothing(pattern: str, needs: Needs) -> None:
    assert screening.needs_of(re.compile(pattern)) == needs
