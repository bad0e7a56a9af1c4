"""The report that a person reads: PDF/A-3b by Typst; case text goes in as data and is never read as markup."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import typst

from core.canonical import canonical_json
from core.text import visible
from investigations.casefile.fonts import Fonts, report_fonts

LACKING_SHOWN = 12  # of a run of characters that no font has: a page of numbers tells nobody anything
TEMPLATE = Path(__file__).with_name("report.typ")


def printable(value: Any, fonts: Fonts) -> Any:
    """The value with every string made visible; what the fonts lack is written `\\u{XXXX}`, and counted where it is long."""
    if isinstance(value, str):
        return _printable(visible(value), fonts)
    if isinstance(value, Mapping):
        return {key: printable(item, fonts) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [printable(item, fonts) for item in value]
    return value


def _printable(text: str, fonts: Fonts) -> str:
    pieces = []
    for has, letters in groupby(text, fonts.has):
        run = "".join(letters)
        if has:
            pieces.append(run)
            continue
        pieces += [f"\\u{{{ord(letter):04X}}}" for letter in run[:LACKING_SHOWN]]
        if len(run) > LACKING_SHOWN:
            pieces.append(f"[and {len(run) - LACKING_SHOWN:,} characters more that the report's fonts lack]")
    return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Report:
    """The PDF's bytes and how many pages it has."""

    pdf: bytes
    pages: int


def write_report(facts: Mapping[str, Any], figures: Sequence[bytes], *, at: datetime) -> Report:
    """The report, equal for equal facts; `figures` are SVG drawings in the order that the facts name them."""
    fonts = report_fonts()
    with tempfile.TemporaryDirectory(prefix="report-") as folder, tempfile.TemporaryDirectory(prefix="fonts-") as lent:
        root = Path(folder)
        for number, path in enumerate(fonts.paths):
            (Path(lent) / f"{number:04d}{path.suffix}").symlink_to(path)
        told = printable(facts, fonts) | {"fonts": list(fonts.families)}
        main = root / "report.typ"
        main.write_bytes(TEMPLATE.read_bytes())
        (root / "facts.json").write_bytes(canonical_json(told))
        for number, figure in enumerate(figures, 1):
            (root / f"fig-{number:02d}.svg").write_bytes(figure)
        lent_fonts = typst.Fonts(include_system_fonts=False, font_paths=[lent])
        counted = typst.query(str(main), "<pages>", field="value", one=True, root=folder, font_paths=lent_fonts)
        pdf = typst.compile(
            str(main),
            root=folder,
            format="pdf",
            pdf_standards="a-3b",
            font_paths=lent_fonts,
            timestamp=int(at.timestamp()),
        )
    return Report(bytes(pdf), int(json.loads(counted)))
