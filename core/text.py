"""Text written by others, made inert and visible before a person reads it."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

_KEPT = frozenset("\n\t")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters that take no room on the screen though Unicode calls them letters or marks.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")


def visible(text: str) -> str:
    """The text with control, format (bidi, zero-width), surrogate and unassigned characters printed as `\\u{202E}`.

    >>> visible("a\\u202eb\\x1b[31m")
    'a\\\\u{202E}b\\\\u{001B}[31m'
    """
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_SHOWN)


def _shown(character: str) -> str:
    if character in _KEPT:
        return character
    if unicodedata.category(character) in _HIDDEN_CATEGORIES or character in _BLANK_LETTERS:
        return f"\\u{{{ord(character):04X}}}"
    return character


def one_line(text: str, limit: int = 120) -> str:
    """The visible text on one line, cut at `limit` characters with an ellipsis."""
    flat = " ".join(visible(text[: limit * 4]).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"


class _Shown(dict[int, int | str]):
    """What each character is printed as; the common ones are looked up once."""

    def __missing__(self, code: int) -> int | str:
        shown = _shown(chr(code))
        found = code if len(shown) == 1 else shown
        if code < 0x3000:
            self[code] = found
        return found


_SHOWN = _Shown()


def replace_surrogates(text: str) -> str:
    """The text with lone surrogates written out, so that it can be encoded as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join(f"\\u{{{ord(c):04X}}}" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text)
    return text


def storable(text: str) -> str:
    """The text as Postgres can hold it: NUL and lone surrogates written out (the bytes themselves stay in the lake)."""
    return replace_surrogates(text).replace("\x00", "\\u{0000}")


@cache
def roomless() -> frozenset[str]:
    """Format characters (zero-width, bidi, soft hyphens): they take no room and may stand inside a word unseen.

    >>> {"\u200b", "\u00ad", "\u202e", "\U000e0041"} <= roomless(), "a" in roomless()
    (True, False)
    """
    return frozenset(chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf")


def without_roomless(text: str) -> str:
    """The text without characters that take no room.

    >>> without_roomless("a\u200bb\u00adc\u202e")
    'abc'
    """
    for character in set() if text.isascii() else roomless().intersection(text):
        text = text.replace(character, "")
    return text
