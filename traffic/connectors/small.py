"""Files of rows that are not exchanges (account records, outside scores, releases, prices) as plain dicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson

from core.canonical import file_sha256
from traffic.connectors.base import Mark, Reject, RejectedRecord, shown
from traffic.connectors.files import Stream, blocks
from traffic.connectors.parsing import load_line
from traffic.connectors.rows import csv_rows, open_parquet

ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its place, its bytes as they can be kept, and its values."""

    position: int
    raw: bytes
    values: Mapping[str, Any]


@dataclass(slots=True)
class RowBatch:
    """Some rows in order, what could not be read among them, and the mark behind the last."""

    rows: list[Row]
    rejects: list[Reject]
    mark: Mark
    bytes_done: int


def read_rows(path: Path, *, format: str) -> Iterator[RowBatch]:
    """Rows of a Parquet, CSV or JSON-lines file, from its start: these files are small and replaced as a whole."""
    reader = {"parquet": _parquet, "csv": _csv, "lines": _lines}[format]
    digest, held, rejects, count, done = file_sha256(path), [], [], 0, 0
    for item, done in reader(path):
        count += 1
        if isinstance(item, Reject):
            rejects.append(item)
        else:
            held.append(item)
        if count % ROWS == 0:
            yield RowBatch(held, rejects, Mark(count, 0, digest), done)
            held, rejects = [], []
    yield RowBatch(held, rejects, Mark(count, 0, digest), done)


def _parquet(path: Path) -> Iterator[tuple[Row | Reject, int]]:
    with open_parquet(path) as file:
        size, total, position = path.stat().st_size, max(file.metadata.num_rows, 1), 0
        for found in file.iter_batches(batch_size=ROWS):
            for values in found.to_pylist():
                position += 1
                yield Row(position, orjson.dumps(values, default=str), values), size * position // total


def _csv(path: Path) -> Iterator[tuple[Row | Reject, int]]:
    stream = Stream(path)
    for row in csv_rows(stream):
        if row.values is None:
            yield Reject.of(row.position, row.raw, row.reason), stream.bytes_done
        else:
            yield Row(row.position, row.raw, row.values), stream.bytes_done


def _lines(path: Path) -> Iterator[tuple[Row | Reject, int]]:
    for block in blocks(path, Mark()):
        for reject in block.rejects:
            yield reject, block.bytes_done
        for position, line in enumerate(block.data.split(b"\n"), block.first):
            if not line or line.isspace():
                continue
            try:
                values = load_line(line)
                if type(values) is not dict:
                    raise RejectedRecord("the line is not a JSON object")
            except RejectedRecord as error:
                yield Reject.of(position, line, str(error)), block.bytes_done
            else:
                yield Row(position, line, values), block.bytes_done


# --- Values -------------------------------------------------------------------------------------------------------------


def pick(values: Mapping[str, Any], settings: Mapping[str, Any], ours: str, *others: str) -> Any:
    """The value under the mapped name, else under ours or a known other one; empty text is none."""
    mapped = (settings.get("columns") or {}).get(ours)
    for name in (mapped,) if mapped else (ours, *others):
        value = values.get(name)
        if value is not None and value != "":
            return value
    return None


def as_text(value: Any, name: str) -> str | None:
    """Text; a number that stands for a name is written out."""
    if value is None:
        return None
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value).strip()
    raise RejectedRecord(f"{name}: {shown(value)} is not text")


def as_yes_no(value: Any, name: str) -> bool | None:
    """Yes or no, also as the words that tables use."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in {"true", "t", "yes", "y", "1", "verified"}:
        return True
    if word in {"false", "f", "no", "n", "0", "unverified"}:
        return False
    raise RejectedRecord(f"{name}: {shown(value)} is neither yes nor no")


def as_moment(value: Any, name: str) -> datetime | None:
    """A moment in UTC from a timestamp, ISO 8601 text or epoch seconds; from 1990 to 2099."""
    if value is None:
        return None
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value / 1e6 if abs(value) > 1e14 else value, UTC)
        else:
            moment = datetime.fromisoformat(str(value).strip())
    except (ValueError, OverflowError, OSError):
        raise RejectedRecord(f"{name}: {shown(value)} is not a time") from None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not 1990 <= moment.year < 2100:
        raise RejectedRecord(f"{name}: {shown(value)} is outside 1990-01-01 to 2099-12-31")
    return moment


def as_number(value: Any, name: str, low: float, high: float) -> float:
    """A number between two bounds."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise RejectedRecord(f"{name}: {shown(value)} is not a number") from None
    if not low <= found <= high:
        raise RejectedRecord(f"{name}: {shown(value)} is not between {low:g} and {high:g}")
    return found
