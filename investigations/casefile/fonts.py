"""The fonts of the report: those in Typst's wheel, the one that matplotlib brings, and what REPORT_FONTS_DIR adds. System fonts are
left out, so that every machine with the same settings prints the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
from django.conf import settings
from fontTools.ttLib import TTCollection, TTFont, TTLibError

from core.canonical import file_sha256
from core.errors import Unavailable

SERIF = "Libertinus Serif"  # Typst's own: Latin, Greek, Cyrillic
SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
_OF_THE_SERIF = "–—‘’“”…·≥≤−⁻⁰¹²³⁴⁵⁶⁷⁸⁹€"


@dataclass(frozen=True, slots=True)
class Fonts:
    """Families in the order that they are asked in, their files, and the characters that these have."""

    families: tuple[str, ...]
    paths: tuple[Path, ...]
    characters: frozenset[int]

    def has(self, character: str) -> bool:
        """Whether some font has a glyph for the character."""
        code = ord(character)
        return (
            character in "\n\t"
            or code < 0x250
            or 0x370 <= code < 0x500
            or character in _OF_THE_SERIF
            or code in self.characters
        )

    def facts(self) -> list[dict[str, str]]:
        """Names and digests of the files: another set of fonts gives another PDF."""
        return [{"file": path.name, "sha256": file_sha256(path)} for path in self.paths]


def report_fonts() -> Fonts:
    """The fonts as they are set up now. Raises Unavailable where REPORT_FONTS_DIR holds none that can be read."""
    return _fonts(settings.REPORT_FONTS_DIR)


@cache
def _fonts(folder: str) -> Fonts:
    paths = [Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"]  # Arabic, Hebrew, Georgian, symbols
    if folder:
        paths += sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in SUFFIXES)
        if len(paths) == 1:
            raise Unavailable(f"REPORT_FONTS_DIR: {folder!r} holds no font; name a folder with {', '.join(SUFFIXES)}.")
    families, characters = {SERIF: None}, set[int]()
    for path in paths:
        for font in _read(path):
            families |= {str(font["name"].getBestFamilyName()): None}
            characters |= _map(font).keys()
    return Fonts(tuple(families), tuple(paths), frozenset(characters))


def _read(path: Path) -> list[Any]:
    try:
        if path.suffix.lower() in (".ttc", ".otc"):
            return list(TTCollection(path, lazy=True).fonts)
        return [TTFont(path, lazy=True)]
    except (TTLibError, OSError) as error:
        raise Unavailable(f"REPORT_FONTS_DIR: {path.name} cannot be read as a font ({error}).") from None


def _map(font: Any) -> Mapping[int, str]:
    found: Mapping[int, str] | None = font.getBestCmap()
    return found or {}
