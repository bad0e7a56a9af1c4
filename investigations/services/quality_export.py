"""The quality figures as rows that can be sent: name, value, unit, n, interval."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from audit.services import record
from core.errors import InvalidInput
from investigations.casefile.records import reading_cell
from investigations.queries.quality import Quality
from staff.enums import Action
from staff.models import User
from staff.permissions import check

COLUMNS = ("figure", "value", "unit", "n", "low", "high", "note")
FORMS = ("csv", "json")


def quality_rows(*, quality: Quality, actor: User, form: str) -> list[dict[str, Any]]:
    """The figures for a file; taking them out is an event."""
    check(actor, Action.VIEW_QUALITY)
    if form not in FORMS:
        raise InvalidInput("form", form, f"it is one of {', '.join(FORMS)}")
    record(actor=actor, action="quality.exported", subject="quality:figures", days=quality.days, form=form)
    return [dict(zip(COLUMNS, row, strict=True)) for row in _rows(quality)]


def quality_sheet(rows: list[dict[str, Any]]) -> str:
    """The rows as CSV, no cell of which is a formula."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([reading_cell(row[name]) for name in COLUMNS] for row in rows)
    return sheet.getvalue()


def _rows(quality: Quality) -> Iterator[tuple[Any, ...]]:
    told = quality.agreement
    window = f"last {quality.days} days"
    yield "agreement of second reviews", told.share, "share", told.n, told.low, told.high, window
    yield "Cohen's kappa", told.kappa, "", told.n, told.kappa_low, told.kappa_high, told.reason or window
    for first, second, count in told.table:
        yield f"first {first}, second {second}", count, "items", told.n, None, None, window
    back = quality.reversals
    share = back.k / back.n if back.n else None
    yield "decisions reversed", share, "share", back.n, back.low, back.high, window
    for span in quality.spans:
        yield f"time {span.what}, median", span.median_s, "s", span.n, None, None, window
        yield f"time {span.what}, ninth decile", span.p90_s, "s", span.n, None, None, window
    for one in quality.oldest:
        yield f"oldest of {one.what}", one.age_s, "s", one.n, None, None, one.name
    for signal in quality.signals:
        spoke = signal.precision
        value = spoke.k / spoke.n if spoke.n else None
        note = f"run {quality.run.pk}" if quality.run else ""
        yield f"precision of {signal.signal} {signal.title}", value, "share", spoke.n, spoke.low, spoke.high, note
