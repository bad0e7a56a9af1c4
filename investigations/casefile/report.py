"""The report that a person reads: PDF/A-3b by Typst; case text goes in as data and is never read as markup."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from core.canonical import canonical_json
from core.text import visible

TEMPLATE = Path(__file__).with_name("report.typ")


def printable(value: Any) -> Any:
    """The value with every string made visible; what the embedded fonts lack is written `\\u{XXXX}`."""
    if isinstance(value, str):
        return "".join(c if _has_glyph(c) else f"\\u{{{ord(c):04X}}}" for c in visible(value))
    if isinstance(value, Mapping):
        return {key: printable(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [printable(item) for item in value]
    return value


def _has_glyph(character: str) -> bool:
    # The wheel's serif covers Latin, Greek and Cyrillic; system fonts are left out so that every machine prints the same.
    return (
        character in "\n\t"
        or ord(character) < 0x250
        or 0x370 <= ord(character) < 0x500
        or character in "–—‘’“”…·≥≤−⁻⁰¹²³⁴⁵⁶⁷⁸⁹€"
    )


@dataclass(frozen=True, slots=True)
class Report:
    """The PDF's bytes and how many pages it has."""

    pdf: bytes
    pages: int


def write_report(facts: Mapping[str, Any], figures: Sequence[bytes], *, at: datetime) -> Report:
    """The report, equal for equal facts; `figures` are SVG drawings in the order that the facts name them."""
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        root = Path(folder)
        main = root / "report.typ"
        main.write_bytes(TEMPLATE.read_bytes())
        (root / "facts.json").write_bytes(canonical_json(printable(facts)))
        for number, figure in enumerate(figures, 1):
            (root / f"fig-{number:02d}.svg").write_bytes(figure)
        counted = typst.query(str(main), "<pages>", field="value", one=True, root=folder, ignore_system_fonts=True)
        pdf = typst.compile(
            str(main),
            root=folder,
            format="pdf",
            pdf_standards="a-3b",
            ignore_system_fonts=True,
            timestamp=int(at.timestamp()),
        )
    return Report(bytes(pdf), int(json.loads(counted)))
