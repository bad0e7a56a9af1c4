"""What a chart shows, as plain numbers: the screen and the case file draw the same frame. Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment drawn into a time chart: microseconds since the epoch, UTC."""

    at_us: int
    label: str
    kind: Literal["release", "enforcement", "closure", "handoff"]


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class ActivityFrame:
    """Exchanges per account and UTC day (or hour, as 2026-05-01T13); accounts by their first one. `shown_of` counts all."""

    title: str
    account_ids: tuple[str, ...]
    days: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    shown_of: int
    marks: tuple[Mark, ...] = ()

    def to_csv(self) -> str:
        """One row an account, one column a UTC day."""
        rows = ((account, *row) for account, row in zip(self.account_ids, self.counts, strict=True))
        return _csv(("account_id", *self.days), rows)

    def describe(self) -> str:
        """The chart in words."""
        if not self.account_ids or not self.days:
            return f"{self.title}: no exchanges to show."
        total = sum(map(sum, self.counts))
        return (
            f"{self.title}: {total:,} exchanges of {len(self.account_ids):,} of {self.shown_of:,} "
            f"account{'' if self.shown_of == 1 else 's'} "
            f"from {self.days[0]} to {self.days[-1]} UTC; {len(self.marks)} marked moment{'' if len(self.marks) == 1 else 's'}."
        )


@dataclass(frozen=True, slots=True)
class VolumeFrame:
    """Exchanges and output tokens per UTC bucket; `output_tokens` is empty where tokens are not known."""

    title: str
    buckets: tuple[str, ...]
    exchanges: tuple[int, ...]
    output_tokens: tuple[int, ...]
    marks: tuple[Mark, ...] = ()

    def to_csv(self) -> str:
        """One row a bucket; an unknown count of tokens is an empty cell, never 0."""
        tokens: Sequence[object] = self.output_tokens or ("",) * len(self.buckets)
        rows = zip(self.buckets, self.exchanges, tokens, strict=True)
        return _csv(("bucket_utc", "exchanges", "output_tokens"), rows)

    def describe(self) -> str:
        """The chart in words."""
        if not self.buckets:
            return f"{self.title}: no exchanges to show."
        peak = max(range(len(self.buckets)), key=self.exchanges.__getitem__)
        return (
            f"{self.title}: {sum(self.exchanges):,} exchanges from {self.buckets[0]} to {self.buckets[-1]} UTC, "
            f"most {'on' if len(self.buckets[peak]) == 10 else 'at'} {self.buckets[peak]} ({self.exchanges[peak]:,})."
        )


@dataclass(frozen=True, slots=True)
class CapabilityFrame:
    """What the exchanges ask for: labels with their counts, out of `total` exchanges."""

    title: str
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    total: int

    def to_csv(self) -> str:
        """One row a label."""
        return _csv(("capability", "exchanges"), zip(self.labels, self.counts, strict=True))

    def describe(self) -> str:
        """The chart in words."""
        if not self.labels:
            return f"{self.title}: nothing to show."
        parts = ", ".join(f"{label} {count:,}" for label, count in zip(self.labels, self.counts, strict=True))
        return f"{self.title}: {parts}, of {self.total:,} exchanges."


Frame = ActivityFrame | VolumeFrame | CapabilityFrame


def activity_frame(
    title: str, rows: Iterable[tuple[str, str, int]], *, limit: int = 200, marks: Iterable[Mark] = ()
) -> ActivityFrame:
    """From (account id, ISO UTC day, exchanges); the `limit` busiest accounts are shown, by their first day."""
    cells: dict[str, Counter[str]] = defaultdict(Counter)
    for account, day, count in rows:
        cells[account][day] += count
    busiest = sorted(cells, key=lambda a: (-cells[a].total(), a))[:limit]
    shown = tuple(sorted(busiest, key=lambda a: (min(cells[a]), a)))
    days = tuple(sorted({day for a in shown for day in cells[a]}))
    counts = tuple(tuple(cells[a][day] for day in days) for a in shown)
    return ActivityFrame(title, shown, days, counts, len(cells), tuple(marks))


def volume_frame(title: str, rows: Iterable[tuple[str, int, int | None]], *, marks: Iterable[Mark] = ()) -> VolumeFrame:
    """From (ISO UTC bucket, exchanges, output tokens or None); one unknown makes the tokens of the frame unknown."""
    exchanges: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    known = True
    for bucket, count, output in rows:
        exchanges[bucket] += count
        known = known and output is not None
        tokens[bucket] += output or 0
    buckets = tuple(sorted(exchanges))
    token_counts = tuple(tokens[b] for b in buckets) if known else ()
    return VolumeFrame(title, buckets, tuple(exchanges[b] for b in buckets), token_counts, tuple(marks))


def capability_frame(title: str, rows: Iterable[tuple[str, int]], *, total: int) -> CapabilityFrame:
    """From (label, exchanges), most frequent first."""
    counts: Counter[str] = Counter()
    for label, count in rows:
        counts[label] += count
    ordered = sorted(counts, key=lambda label: (-counts[label], label))
    return CapabilityFrame(title, tuple(ordered), tuple(counts[label] for label in ordered), total)
