"""One timeline of everything in a case: exchanges pinned, flags and verdicts, decisions, notes, case files, membership.

Four sources, each asked once for one page from the same mark on; merged here. What one step did to many is one line.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, DateTimeField, Max, Min, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.urls import reverse

from audit.models import AuditEvent
from audit.services import case_chain
from core.clock import from_us, to_us
from core.errors import InvalidInput
from investigations.enums import ExhibitKind, Verdict
from investigations.models import Case, FlaggedSession
from investigations.queries.blind import without_others_reasons
from investigations.queries.quality import without_blind
from investigations.words.timeline import KIND_OF, KINDS, sentence
from staff.blind import without_votes_owed
from staff.models import User

SIZE = 60
MARGIN = 20  # entries that may share one moment with the mark
ORDERS = ("newest", "oldest")


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to the case; `key` orders what happened in the same moment."""

    at: datetime
    key: str
    kind: str
    actor: str
    sentence: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some of a case's history in the order asked for, and the mark after which the rest starts."""

    items: tuple[TimelineEntry, ...]
    next: str | None
    kind: str
    order: str
    kinds: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Window:
    """Where a page starts, which way it goes, and who reads."""

    at: datetime | None
    newest_first: bool
    reader: User

    def cut(self, rows: QuerySet[Any], field: str) -> list[Any]:
        """The rows from the mark on, a page and a margin of them."""
        if self.at is not None:
            rows = rows.filter(**{f"{field}__{'lte' if self.newest_first else 'gte'}": self.at})
        return list(rows.order_by(f"{'-' if self.newest_first else ''}{field}")[: SIZE + MARGIN + 1])


def timeline(case: Case, *, reader: User, after: str | None = None, kind: str = "", order: str = "newest") -> Timeline:
    """A page of the case's history, without what the reader owes their own word on. Five queries at most, however long it is.

    Raises InvalidInput for a kind or an order that there is none of, and for a mark of another list.
    """
    kinds = tuple(KINDS.items())
    if kind and kind not in KINDS:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(KINDS)}")
    if order not in ORDERS:
        raise InvalidInput("order", order, f"it is one of {', '.join(ORDERS)}")
    mark = _decode(after) if after else None
    window = _Window(mark[0] if mark else None, order == "newest", reader)
    found = [entry for read in _sources(kind) for entry in read(case, window, kind)]
    found.sort(key=lambda entry: (entry.at, entry.key), reverse=window.newest_first)
    if mark is not None:
        found = [e for e in found if ((e.at, e.key) < mark if window.newest_first else (e.at, e.key) > mark)]
    page = found[:SIZE]
    more = _encode(page[-1]) if len(found) > SIZE else None
    return Timeline(tuple(page), more, kind, order, kinds)


def _sources(kind: str) -> Iterable[Any]:
    if kind in ("", "flags"):
        yield _flags
        yield _verdicts
    if kind in ("", "exchanges"):
        yield _exchanges
    if kind not in ("flags", "exchanges"):
        yield _events


def _events(case: Case, window: _Window, kind: str) -> Iterable[TimelineEntry]:
    """The case's own chain; events of one statement share their moment, so one step on many is one line. Two queries."""
    rows = AuditEvent.objects.filter(chain=case_chain(case.code)).exclude(action="case.viewed")
    rows = without_others_reasons(without_votes_owed(rows, window.reader), case, window.reader)
    if kind:
        wanted = Q(pk__in=[])
        for start, named in KIND_OF:
            if named == kind:
                wanted |= Q(action__startswith=start)
        rows = rows.filter(wanted)
    grouped = rows.order_by().values("at", "actor", "action").annotate(n=Count("pk"), first=Min("pk"))
    steps = window.cut(grouped, "at")
    events = AuditEvent.objects.in_bulk([step["first"] for step in steps])
    for step in steps:
        event = events[step["first"]]
        words, address = sentence(case, event, step["n"])
        named = next((name for start, name in KIND_OF if event.action.startswith(start)), "case")
        yield TimelineEntry(event.at, f"e{event.pk:020d}", named, _person(event.actor), words, address)


def _flags(case: Case, window: _Window, kind: str) -> Iterable[TimelineEntry]:
    """Sessions of the case's accounts as they were first flagged, one line for each run that says so last. One query."""
    rows = _sessions(case)
    grouped = rows.values("run_id").annotate(n=Count("pk"), first=Min("pk"), at=Max("flagged_at"))
    for row in window.cut(grouped, "at"):
        what = (
            f"S-{row['first']:06d}"
            if row["n"] == 1
            else f"{row['n']:,} sessions of its accounts, from S-{row['first']:06d} on,"
        )
        by = "detection" if row["run_id"] else "an outside score"
        last = f"; the latest evidence is of run {row['run_id']}" if row["run_id"] else ""
        address = reverse("investigations:session", args=[row["first"]])
        yield TimelineEntry(
            row["at"],
            f"f{row['first']:020d}",
            "flags",
            by,
            f"{what} {'was' if row['n'] == 1 else 'were'} flagged{last}",
            address,
        )


def _sessions(case: Case) -> QuerySet[FlaggedSession]:
    return FlaggedSession.objects.filter(account__in=case.case_accounts.values("account")).order_by()


def _verdicts(case: Case, window: _Window, kind: str) -> Iterable[TimelineEntry]:
    """What people said of those flags, one line a step. One query."""
    rows = without_blind(_sessions(case).exclude(verdict_at=None), window.reader)
    named = rows.values("verdict_at", "verdict", "verdict_by__username")
    for row in window.cut(named.annotate(n=Count("pk"), first=Min("pk")), "verdict_at"):
        what = f"S-{row['first']:06d}" if row["n"] == 1 else f"{row['n']:,} sessions"
        words = f"gave {what} the verdict {Verdict(row['verdict']).label}"
        address = reverse("investigations:session", args=[row["first"]])
        yield TimelineEntry(
            row["verdict_at"], f"v{row['first']:020d}", "flags", row["verdict_by__username"] or "", words, address
        )


def _exchanges(case: Case, window: _Window, kind: str) -> Iterable[TimelineEntry]:
    """Pinned exchanges at the moment they happened. One query."""
    rows = case.exhibits.filter(kind__in=(ExhibitKind.SAMPLE, ExhibitKind.EXCHANGE))
    dated = rows.annotate(at=Cast(KeyTextTransform("occurred_at", "content"), DateTimeField()))
    dated = dated.annotate(account=KeyTextTransform("account", "content")).exclude(at=None).defer("content")
    for exhibit in window.cut(dated, "at"):
        words = f"sent the exchange that is exhibit {exhibit.number}"
        yield TimelineEntry(
            exhibit.at, f"x{exhibit.pk:020d}", "exchanges", exhibit.account or "", words, f"#exhibit-{exhibit.number}"
        )


def _person(actor: str) -> str:
    """`user:7 ines` as people read it."""
    return actor.partition(" ")[2] or actor


def _encode(entry: TimelineEntry) -> str:
    return base64.urlsafe_b64encode(json.dumps([to_us(entry.at), entry.key]).encode()).decode().rstrip("=")


def _decode(mark: str) -> tuple[datetime, str]:
    try:
        at_us, key = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        return from_us(int(at_us)), str(key)
    except (ValueError, TypeError, OverflowError):
        raise InvalidInput("before", mark, "it is the mark that the page before gave") from None
