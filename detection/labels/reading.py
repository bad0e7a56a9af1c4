"""Past bans and clearances as rows: what a file or a request says, checked value by value; knows no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.canonical import digest, utc_z
from core.errors import InvalidInput
from core.text import storable
from detection.enums import LabelKind
from traffic.connectors.base import RejectedRecord, SourceUnavailable, shown
from traffic.connectors.small import as_moment, as_text, pick, read_rows
from traffic.reading import file_format

OUTCOMES = {
    "banned": LabelKind.CONFIRMED,
    "confirmed": LabelKind.CONFIRMED,
    "harvesting": LabelKind.CONFIRMED,
    "cleared": LabelKind.CLEARED,
    "honest": LabelKind.CLEARED,
}
COLUMNS = ("account_id", "outcome", "decided_at", "reason", "source")
MOST_ROWS = 200_000
LONGEST = {"account_id": 1_000, "reason": 4_000, "source": 200}


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One past ban or clearance of an account."""

    account_id: str
    kind: str
    decided_at: datetime | None
    reason: str
    source: str

    @property
    def key(self) -> tuple[str, str, str, datetime | None]:
        """What makes two rows the same decision: a reason may be worded anew."""
        return self.account_id, self.kind, self.source, self.decided_at

    def as_json(self) -> list[str | None]:
        """The row as a waiting batch keeps it."""
        moment = utc_z(self.decided_at) if self.decided_at else None
        return [self.account_id, self.kind, moment, self.reason, self.source]

    @classmethod
    def from_json(cls, kept: Sequence[Any]) -> LabelRow:
        """The row that `as_json` wrote."""
        account_id, kind, moment, reason, source = kept
        return cls(account_id, kind, datetime.fromisoformat(moment) if moment else None, reason, source)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is no label: its number in the file (a CSV's header is 1) or among the items, and the reason."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was read: rows in order with each decision once, and the refused ones."""

    rows: tuple[LabelRow, ...]
    refused: tuple[RefusedRow, ...]
    n_read: int

    @property
    def digest(self) -> str:
        """SHA-256 of the rows that count; the same decisions in another order or format have the same."""
        return digest(sorted((row.as_json() for row in self.rows), key=repr))


def read_label_file(path: Path, *, name: str, source: str) -> Delivery:
    """The labels of a CSV, JSON-lines or Parquet file, plain or compressed; `name` says how it is called.

    Raises InvalidInput for a file that cannot be read, lacks a column, or is too long.
    """
    fallback = _source(source)
    try:
        numbered = [row for batch in read_rows(path, format=_format(path, name)) for row in _numbered(batch)]
    except SourceUnavailable as error:
        raise InvalidInput("file", name, f"it is CSV, JSON lines or Parquet ({error})") from None
    if not numbered:
        raise InvalidInput("file", name, f"it holds at least one row with the columns {', '.join(COLUMNS)}")
    if len(numbered) > MOST_ROWS:
        raise InvalidInput("file", f"{len(numbered):,} rows", f"at most {MOST_ROWS:,}; split the file")
    return _read(sorted(numbered, key=lambda item: item[0]), fallback)


def read_items(items: Iterable[Mapping[str, Any] | str], *, source: str) -> Delivery:
    """The labels among some items; an item that is text is the reason why there are no values. Numbers start at 1.

    >>> read_items([{"account_id": "a", "outcome": "honest"}, {"outcome": "banned"}], source="desk").refused
    (RefusedRow(number=2, reason='account_id: it is missing'),)
    """
    return _read(enumerate(items, 1), _source(source))


def _read(numbered: Iterable[tuple[int, Mapping[str, Any] | str]], source: str) -> Delivery:
    found: dict[tuple[str, str, str, datetime | None], LabelRow] = {}
    refused, n_read = [], 0
    for number, item in numbered:
        n_read += 1
        try:
            if isinstance(item, str):
                raise RejectedRecord(item)
            row = _label_row(item, source)
        except RejectedRecord as error:
            refused.append(RefusedRow(number, str(error)))
        else:
            found.setdefault(row.key, row)
    return Delivery(tuple(found.values()), tuple(refused), n_read)


def _format(path: Path, name: str) -> str:
    """An uploaded file has a name of its own; what its bytes say goes first."""
    found = file_format(path)
    return "csv" if found == "lines" and ".csv" in Path(name.lower()).suffixes else found


def _numbered(batch: Any) -> list[tuple[int, Any]]:
    """Rows and rejects of a batch by their place in the file."""
    return [(row.position, row.values) for row in batch.rows] + [(bad.position, bad.reason) for bad in batch.rejects]


def _label_row(values: Mapping[str, Any], source: str) -> LabelRow:
    account = as_text(pick(values, {}, "account_id"), "account_id")
    if not account:
        raise RejectedRecord("account_id: it is missing")
    given = as_text(pick(values, {}, "outcome"), "outcome")
    kind = OUTCOMES.get((given or "").lower())
    if kind is None:
        what = f"{shown(given)} is not allowed" if given else "it is missing"
        raise RejectedRecord(f"outcome: {what}; it is one of {', '.join(OUTCOMES)}")
    texts = {
        "account_id": account,
        "reason": as_text(pick(values, {}, "reason"), "reason") or "",
        "source": as_text(pick(values, {}, "source"), "source") or source,
    }
    for name, text in texts.items():
        if len(text) > LONGEST[name] or (name != "reason" and len(text.splitlines()) > 1):
            raise RejectedRecord(
                f"{name}: {shown(text)} is not allowed; one line of at most {LONGEST[name]} characters"
            )
    moment = as_moment(pick(values, {}, "decided_at"), "decided_at")
    return LabelRow(kind=kind.value, decided_at=moment, **{name: storable(text) for name, text in texts.items()})


def _source(source: str) -> str:
    name = source.strip()
    if not 1 <= len(name) <= LONGEST["source"] or len(name.splitlines()) > 1:
        allowed = f"name whose bans and clearances these are, in 1 to {LONGEST['source']} characters on one line"
        raise InvalidInput("source", source, allowed)
    return storable(name)
