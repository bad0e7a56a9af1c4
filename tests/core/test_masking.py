"""What is masked in text of others, and what honest text must keep."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from core.masking import find_masked, summary

# Written in parts, so that no scanner takes a test for a leak.
SECRET = [
    "AKIA" + "IOSFODNN7EXAMPLE",
    "gh" + "p_" + "a1B2" * 9,
    "sk-" + "ant-api03-abcdEFGH1234_-xyzXYZ",
    "sk-" + "proj-abcdefghijklmnopqrstuvwxyz123456",
    "xox" + "b-123456789012-1234567890123-abcdefghijklmnopqrstuvwx",
    "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0"
    + ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "AI" + "za" + "SyA1" * 8 + "abc",
    "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEabc\nDEF+/\n-----END RSA PRIVATE" + " KEY-----",
]
PERSONAL = {
    "e-mail address": ["jo.doe+x@mail.example.co.uk", "müller@bücher.example", "j\u200bo@exam\u00adple.org"],
    "telephone number": ["+1 415-555-2671", "(415) 555-2671", "+49 30 901820", "020 7946 0958", "+81 3-1234-5678"],
    "card": ["4111 1111 1111 1111", "4242424242424242", "3782 822463 10005", "5555-5555-5555-4444"],
    "IBAN": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
    "secret": SECRET,
}
HONEST = [
    "In 2026-05-14 build 1.2.3 took 4111 s for order 1234-5678-9012-3456.",
    "ISBN 978-3-16-148410-0, arXiv 2306.05685, RFC 9110, pages 123-456-78",
    "the @decorator and user@host, icon@2x.png, numpy@1.26.4, @media print",
    "password: required. Set your password to something long.",
    "f(x) = 10-20-30 and 100 200 300; lat 52.5200 13.4050; 1748000000000000 us; 3.141592653589793238",
    "2023/10/15 12:34:56, 1999-2000 2001-2002, 192.168.1.10, version 10.15.7 (19H2), 12 345 678 people",
    "550e8400-e29b-41d4-a716-446655440000 0x1f2e3d4c5b6a7988",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "secret_key = os.environ['SECRET_KEY']; token: str = Field(min_length=8); password = getpass.getpass()",
    'Write REASONING: with every step you take, then ANSWER: as JSON with keys "final" and "confidence".',
    "DE12 this is not an IBAN 1234; card 4111 1111 1111 1112 fails its check digit; phone +1 111 111 1111 is not valid",
    "第一步：请逐步思考。Шаг за шагом. مرحبا بالعالم 👩‍👩‍👧",
]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in PERSONAL.items() for value in values])
def test_real_shapes_are_masked_whole_and_nothing_beside_them(kind: str, value: str) -> None:
    text = f"Before, {value} and after."
    assert [(one.kind, text[one.start : one.end]) for one in find_masked(text)] == [(kind, value)]


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_is_left_as_it_is(text: str) -> None:
    assert find_masked(text) == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password = 'tr0ub4dor&3x'", "tr0ub4dor&3x"),
        ("export API_KEY=9f8e7d6c5b4a39281706f5e4", "9f8e7d6c5b4a39281706f5e4"),
        ("Authorization: Bearer abcdef0123456789.token", "abcdef0123456789.token"),
    ],
)
def test_only_the_value_of_an_assignment_is_masked(text: str, value: str) -> None:
    assert [text[one.start : one.end] for one in find_masked(text)] == [value]


def test_all_kinds_in_one_text_are_counted_and_do_not_overlap() -> None:
    text = "\n".join(value for values in PERSONAL.values() for value in values)
    found = find_masked(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert summary(found) == "2 IBANs, 4 cards, 3 e-mail addresses, 9 secrets, 5 telephone numbers"


@pytest.mark.parametrize(
    "unit", ["a.", "password=", "1 ", "x@", "+49 1 ", "030 90 1820 and 2024-10-10 +49 123 ", "eyJ", "AB12 "]
)
def test_hostile_repetition_costs_no_more_than_its_length(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    start = time.process_time()
    find_masked(text)
    assert time.process_time() - start < 2.0
