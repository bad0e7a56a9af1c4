"""Authoritative JSON lines, untouched text; and reading copies, where a spreadsheet must not find a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.canonical import canonical_json
from core.text import visible

_FORMULA_STARTS = tuple("=+-@\t\r\n\x00＝＋－＠")
_BEHIND_A_SEPARATOR = re.compile(r"([;|\t]\s*)([=+\-@＝＋－＠])")


def write_json(path: Path, value: Any) -> None:
    """One RFC 8785 document and a line end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(canonical_json(value) + b"\n")


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """One RFC 8785 line a row, streamed; returns how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("wb") as sink:
        for row in rows:
            sink.write(canonical_json(row) + b"\n")
            count += 1
    return count


def reading_cell(value: object) -> str:
    """A cell as a person may open it: hidden characters visible, and no formula.

    >>> reading_cell("=1+1"), reading_cell(-3), reading_cell("a\\x1bb")
    ("'=1+1", '-3', 'a\\\\u{001B}b')
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    guard = "'" if value.lstrip(" ").startswith(_FORMULA_STARTS) else ""
    # Another separator than ours may be guessed on opening: what stands behind it must be no formula either.
    return guard + _BEHIND_A_SEPARATOR.sub(r"\1'\2", visible(value)).replace("\t", "\\u{0009}")


def guarded_table(table: str) -> str:
    """A CSV of ours with every cell as a person may open it, each in quotes: no separator guessed on opening splits one."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows(map(reading_cell, row) for row in csv.reader(io.StringIO(table, newline="")))
    return sink.getvalue()


def write_reading_copy(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV for the eye; the authoritative record is the JSON lines file beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        for row in rows:
            writer.writerow([reading_cell(value) for value in row])
