"""What every connector shares: its two errors, the checks on a field, and the batch that it hands on."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import pyarrow as pa

from core.text import one_line
from traffic.schema import RECORD

KEPT_BYTES = 64 * 1024
EARLIEST_US = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
LATEST_US = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
RANGE = "2015-01-01 to 2099-12-31"
INT32, INT16 = 2**31 - 1, 2**15 - 1


class RejectedRecord(Exception):
    """This record cannot be read: quarantine it with its bytes, count it, go on."""


class SourceUnavailable(Exception):
    """The source cannot be read now: stop and keep the cursor."""


class Truncated(SourceUnavailable):
    """The file ends in the middle of itself; what came before the cut was given out."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record for quarantine. `raw` is cut at 64 KiB; size and digest are of the whole."""

    position: int
    raw: bytes
    size: int
    sha256: str
    reason: str

    @classmethod
    def of(cls, position: int, raw: bytes, reason: str) -> Reject:
        return cls(position, raw[:KEPT_BYTES], len(raw), hashlib.sha256(raw).hexdigest(), reason)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file was read: records (lines, rows) done, decompressed bytes done, and the SHA-256 of those bytes."""

    cursor: int = 0
    offset: int = 0
    sha256: str = ""


@dataclass(slots=True)
class Batch:
    """Some records of a file in order, those that were rejected among them, and the mark behind the last one."""

    table: pa.Table
    rejects: list[Reject]
    mark: Mark
    n_received: int
    bytes_done: int = 0
    notes: list[str] = field(default_factory=list)
    raw: list[tuple[int, list[bytes]]] = field(
        default_factory=list
    )  # records as received, from the position of the first


class LineConnector(Protocol):
    """Reads one JSON document a line; a document may hold several exchanges."""

    name: str
    version: int

    def records(self, document: Any, settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]: ...


def records_table(records: list[dict[str, Any]]) -> pa.Table:
    """Checked records as an Arrow table of the common record."""
    columns = [
        pa.array([record.get(name) for record in records], kind)
        for name, kind in zip(RECORD.names, RECORD.types, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=RECORD)


def text_of(value: Any, name: str) -> str | None:
    """A text, or None where the source has none; an empty text of an id or a name is none."""
    if value is None or value == "":
        return None
    if type(value) is str:
        return value
    raise RejectedRecord(f"{name}: {shown(value)} is not text")


def whole(value: Any, name: str, limit: int = INT32) -> int | None:
    """A whole number from 0 to `limit`, also when written as text, as OTLP does."""
    if value is None or value == "":
        return None
    if type(value) is str and len(value) < 20 and value.isdecimal():
        value = int(value)
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int or not 0 <= value <= limit:
        raise RejectedRecord(f"{name}: {shown(value)} is not a whole number from 0 to {limit}")
    return value


def number(value: Any, name: str) -> float | None:
    """A finite number."""
    if value is None or value == "":
        return None
    if type(value) in (int, float) and math.isfinite(value):
        return float(value)
    raise RejectedRecord(f"{name}: {shown(value)} is not a finite number")


def flag(value: Any, name: str) -> bool | None:
    """Yes or no."""
    if value is None or type(value) is bool:
        return value
    raise RejectedRecord(f"{name}: {shown(value)} is neither true nor false")


def mapping(value: Any, name: str) -> dict[str, Any]:
    """A JSON object; nothing where the source has none."""
    if value is None:
        return {}
    if type(value) is dict:
        return value
    raise RejectedRecord(f"{name}: {shown(value)} is not an object")


def seconds_to_us(value: Any, name: str) -> int:
    """Float epoch seconds or ISO 8601 text as microseconds, rounded, never truncated."""
    if type(value) is str:
        return within_range(_iso_to_us(value, name), name, value)
    if type(value) not in (int, float) or not math.isfinite(value):
        raise RejectedRecord(f"{name}: {shown(value)} is not a time in epoch seconds")
    return within_range(round(value * 1_000_000), name, value)


def nanoseconds_to_us(value: Any, name: str) -> int:
    """Epoch nanoseconds, as a number or as text, rounded to microseconds."""
    try:
        nanoseconds = int(value)
    except (TypeError, ValueError, OverflowError):
        raise RejectedRecord(f"{name}: {shown(value)} is not a time in epoch nanoseconds") from None
    return within_range((nanoseconds + 500) // 1_000, name, value)


def within_range(ts_us: int, name: str, value: Any) -> int:
    """The time itself, when an exchange can have happened then."""
    if not EARLIEST_US <= ts_us < LATEST_US:
        raise RejectedRecord(f"{name}: {shown(value)} is outside {RANGE}")
    return ts_us


def shown(value: Any) -> str:
    """A value as a reason prints it: short, on one line, inert."""
    return one_line(repr(value) if not isinstance(value, str) else f"'{value[:80]}'", 80)


def _iso_to_us(value: str, name: str) -> int:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise RejectedRecord(f"{name}: {shown(value)} is not an ISO 8601 time") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
