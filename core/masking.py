"""Secrets and personal data in text of others: where they stand, so that a page can mask them.

Found by shape alone: key shapes of detect-secrets and some that it lacks, e-mail addresses, telephone numbers that are
valid in their numbering plan (phonenumbers), payment cards and IBANs whose check digits are right (python-stdnum). A name
or a street has no shape and is not found; so masking lowers what a reader sees by accident, it does not anonymise.
Nothing here asks a network or loads a model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

from core.screening import Glance, Screened, screened
from core.text import roomless

MASKING_VERSION = 1

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}([^\W\d_]{2,24})(?![\w-])")
FILE_ENDINGS = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ico"})
# What may not stand before a value is asked after its first letter: a search for a set of letters skips the others at once.
CARD = re.compile(r"\d(?<![\w.].)(?:[ -]?\d){11,18}(?![\w]|[.,]\d)")
CARD_BRANDS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}|(?:6011|64[4-9]\d|65\d{2})\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
)
IBAN = re.compile(r"[A-Z](?<!\w.)[A-Z]\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
PHONE = re.compile(r"[+(\d](?<![\w.,+].)(?:(?<=\d)|(?<=[+(])\d)[\d() ./-]{6,22}\d(?![\w]|[.,]\d)")
NATIONAL = re.compile(r"\(?\d{2,5}\)?[ ./-]{1,2}\d{2,6}(?:[ ./-]\d{2,6}){0,3}")
REGIONS = ("US", "GB", "DE", "FR")
BEARER = re.compile(r"(?i)\bauthorization['\"]?:\s*['\"]?(?:bearer|basic)\s+([\w.~+/=-]{12,})")
# Key shapes that detect-secrets 1.5 has no plugin for.
KEYS = (
    re.compile(r"\bsk-(?:ant|proj|or|svcacct|live|test)-[\w-]{16,}"),
    re.compile(r"\bsk-[A-Za-z0-9]{32,}\b"),
    re.compile(r"\bAIza[\w-]{35}(?![\w-])"),
    re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"),
    re.compile(r"\bgithub_pat_\w{40,}\b"),
    re.compile(r"\bya29\.[\w-]{20,}"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    BEARER,
)
RUN = re.compile(r"[\w~+/=-]*(?:\.[\w~+/=-]+)*")
ASSIGNED = re.compile(
    r"(?i)(?:api_?key|secret(?:_?key)?|auth_?token|access_?token|password|passwd|pwd)['\"]?\s*(?::=|=>|=|:)\s*"
    r"(?:(['\"`])([^\s'\"`]{8,200})\1|([^\s'\"`,;<>(){}\[\]$]{8,200}))"
)


@dataclass(frozen=True, slots=True)
class Masked:
    """A value to mask, in characters of the text, and what it is: e-mail address, telephone number, card, IBAN or secret."""

    start: int
    end: int
    kind: str


def find_masked(text: str) -> tuple[Masked, ...]:
    """Every value to mask, in order and without overlaps; what overlaps becomes one, named after the first.

    >>> [(m.kind, m.end - m.start) for m in find_masked("Write to jo@example.org or +49 30 901820.")]
    [('e-mail address', 14), ('telephone number', 13)]
    >>> find_masked("In 2026-05-14 build 1.2.3 took 4111 s for order 1234-5678-9012-3456.")
    ()
    """
    shadow, places = _shadow(text)
    found = [(a, b, kind) for kind, finder in _FINDERS for a, b in finder(shadow) if a < b]
    merged: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end), merged[-1][2])
        else:
            merged.append((start, end, kind))
    return tuple(Masked(places(start), places(end - 1) + 1, kind) for start, end, kind in merged)


def mask(text: str) -> str:
    """The text with every value to mask replaced by its kind in brackets.

    >>> mask("Write to jo@example.org today")
    'Write to [e-mail address] today'
    """
    pieces, last = [], 0
    for value in find_masked(text):
        pieces += [text[last : value.start], f"[{value.kind}]"]
        last = value.end
    return "".join([*pieces, text[last:]])


def summary(found: Iterable[Masked]) -> str:
    """How many of each kind, in words.

    >>> summary(find_masked("jo@example.org, al@example.org"))
    '2 e-mail addresses'
    """
    kinds = sorted(one.kind for one in found)
    counted = [(kind, len(list(group))) for kind, group in groupby(kinds)]
    return ", ".join(f"{n} {kind}{'' if n == 1 else 'es' if kind.endswith('s') else 's'}" for kind, n in counted)


def _shadow(text: str) -> tuple[str, Callable[[int], int]]:
    """The text without zero-width and bidi characters, which neither hide nor split a value, and the place in the text of each place in it."""
    if text.isascii() or roomless().isdisjoint(text):
        return text, lambda place: place
    kept = [place for place, character in enumerate(text) if character not in roomless()]
    return "".join(text[place] for place in kept), kept.__getitem__


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" in text:
        yield from (m.span() for m in EMAIL.finditer(text) if m[1].lower() not in FILE_ENDINGS)


def _cards(text: str) -> Iterator[tuple[int, int]]:
    from stdnum import luhn

    for match in CARD.finditer(text):
        digits = re.sub(r"[ -]", "", match[0])
        if CARD_BRANDS.fullmatch(digits) and luhn.is_valid(digits):
            yield match.span()


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    from stdnum import iban

    yield from (m.span() for m in IBAN.finditer(text) if iban.is_valid(m[0]))


def _phones(text: str) -> Iterator[tuple[int, int]]:
    """Numbers with a country code; and national ones that are grouped as their country groups them."""
    for match in PHONE.finditer(text):
        if _is_phone(match[0].rstrip(" ./-(")):
            yield match.start(), match.start() + len(match[0].rstrip(" ./-("))


@lru_cache(10_000)
def _is_phone(number: str) -> bool:
    from phonenumbers import Leniency, PhoneNumberMatcher

    if number.startswith("+"):
        return any(True for _ in PhoneNumberMatcher(number, None, Leniency.VALID))
    grouped = NATIONAL.fullmatch(number)
    return bool(grouped) and any(
        m.end - m.start == len(number)
        for region in REGIONS
        for m in PhoneNumberMatcher(number, region, Leniency.EXACT_GROUPING)
    )


def _secrets(text: str) -> Iterator[tuple[int, int]]:
    glance, (*keys, assigned) = Glance(text), _secret_patterns()
    for key in keys:
        for match in glance.find(key):
            start = match.start(1) if key.pattern is BEARER else match.start()
            yield start, _end_of_run(text, match.end())
    for match in glance.find(assigned):
        value = 2 if match[2] else 3
        if _random(match[value]):
            yield match.span(value)


def _end_of_run(text: str, end: int) -> int:
    """Where the characters end that keys are written in: a pattern may stop before the last part of a key."""
    rest = RUN.match(text, end)
    return rest.end() if rest else end


def _random(value: str) -> bool:
    """Whether a value looks drawn rather than written: a digit or mark within letters, and not one word or a name."""
    letters, digits = any(c.isalpha() for c in value), sum(c.isdigit() for c in value)
    marks = sum(not c.isalnum() and c not in "_-./" for c in value)
    return letters and (digits >= 2 or (digits >= 1 and marks >= 1)) and len(set(value)) >= 6


@cache
def _secret_patterns() -> tuple[Screened, ...]:
    return screened(*_plugin_patterns(), *KEYS, ASSIGNED)


def _plugin_patterns() -> tuple[re.Pattern[str], ...]:
    """The patterns of detect-secrets' plugins for one provider's keys each; entropy and keyword plugins guess too much."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.plugins.base import RegexBasedDetector

    left_out = {"IPPublicDetector", "PrivateKeyDetector"}  # addresses are evidence; a key is masked to its end
    plugins: Iterable[type[RegexBasedDetector]] = get_mapping_from_secret_type_to_class().values()
    chosen = sorted((p for p in plugins if issubclass(p, RegexBasedDetector)), key=lambda p: p.__name__)
    return tuple(pattern for p in chosen if p.__name__ not in left_out for pattern in p().denylist)


_FINDERS: tuple[tuple[str, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("secret", _secrets),
    ("e-mail address", _emails),
    ("card", _cards),
    ("IBAN", _ibans),
    ("telephone number", _phones),
)
