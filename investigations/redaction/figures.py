"""A figure of a case file drawn again from its purged spec and data: the letters of a drawing are lines that no search reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from investigations.casefile.records import reading_cell
from investigations.charts.frames import ActivityFrame, CapabilityFrame, Frame, Mark, VolumeFrame


def frame_from(spec: Mapping[str, Any], table: str) -> Frame | None:
    """The frame that a figure's spec and CSV describe; None for a kind of figure that is not known here."""
    head, *rows = [[_unguarded(cell) for cell in row] for row in csv.reader(io.StringIO(table, newline=""))]
    title, totals = str(spec["title"]), spec["totals"]
    marks = tuple(Mark(int(mark["at_us"]), str(mark["label"]), mark["kind"]) for mark in spec["marks"])
    if spec["type"] == "ActivityFrame":
        counts = tuple(tuple(map(int, row[1:])) for row in rows)
        return ActivityFrame(title, tuple(r[0] for r in rows), tuple(head[1:]), counts, int(totals["shown_of"]), marks)
    if spec["type"] == "VolumeFrame":
        known = bool(rows) and all(row[2] for row in rows)
        tokens = tuple(int(row[2]) for row in rows) if known else ()
        return VolumeFrame(title, tuple(r[0] for r in rows), tuple(int(r[1]) for r in rows), tokens, marks)
    if spec["type"] == "CapabilityFrame":
        labels, counted = tuple(row[0] for row in rows), tuple(int(row[1]) for row in rows)
        return CapabilityFrame(title, labels, counted, int(totals["total"]))
    return None


def _unguarded(cell: str) -> str:
    """Without the sign that keeps a spreadsheet from finding a formula."""
    return cell[1:] if cell.startswith("'") and reading_cell(cell[1:]).startswith("'") else cell
