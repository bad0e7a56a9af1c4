"""The shapes in which one text may stand in another: as it is, escaped, encoded. Pure."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from core.text import visible

MIN_CHARS = 4
RUN = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"[0-9A-Fa-f]{12,}")
_STANDARD = str.maketrans("-_", "+/")


def written_forms(value: str) -> set[str]:
    """The value as texts write it: itself, percent-, JSON- and HTML-escaped, composed and decomposed, hidden letters shown.

    >>> sorted(written_forms("a b&c"))
    ['a b&amp;c', 'a b&c', 'a%20b%26c', 'a+b%26c']
    """
    forms: set[str] = set()
    for text in {value, unicodedata.normalize("NFC", value), unicodedata.normalize("NFD", value)}:
        raw = text.encode("utf-8", "surrogatepass")
        forms |= {text, visible(text), quote(raw, safe=""), quote(raw), quote_plus(raw), html.escape(text)}
        forms |= {
            json.dumps(form, ensure_ascii=ascii)[1:-1] for form in (text, visible(text)) for ascii in (True, False)
        }
    return {form for form in forms if len(form.strip()) >= MIN_CHARS}


def hidden_texts(run: str) -> Iterator[str]:
    """What a run of base64 or hexadecimal letters may say, at each of the four places where its first byte may begin."""
    standard = run.rstrip("=").translate(_STANDARD)
    for start in range(4):
        cut = standard[start:]
        cut = cut[: len(cut) - (len(cut) % 4 == 1)]
        try:
            raw = base64.b64decode(cut + "=" * (-len(cut) % 4))
        except binascii.Error:
            continue
        yield from _readings(raw)
    for match in _HEX.finditer(run):
        for start in range(2):
            digits = match.group()[start:]
            yield from _readings(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _readings(raw: bytes) -> Iterator[str]:
    yield raw.decode("utf-8", "replace")
    if b"\0" in raw:
        for start in range(2):
            yield raw[start : start + (len(raw) - start) // 2 * 2].decode("utf-16-le", "replace")
