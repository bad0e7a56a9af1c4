"""Lists taken out of the house as a spreadsheet: a reading copy without formulas, and one event for each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db import transaction

from audit.models import SYSTEM_CHAIN
from audit.services import Event, record_many
from investigations.casefile.records import reading_cell
from investigations.policies import check_words
from staff.enums import Action
from staff.models import User
from staff.permissions import check

Columns = Mapping[str, Callable[[Any], object]]
Subject = Callable[[Any], tuple[str, str]]


@transaction.atomic
def export_rows(
    *, rows: Collection[Any], noun: str, columns: Columns, subject: Subject, reason: str, actor: User
) -> str:
    """The rows as CSV. `subject` gives a row's subject and chain in the trail; each leaves `noun.exported`."""
    check(actor, Action.EXPORT_CASE)
    check_words(reason=reason)
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([reading_cell(_plain(read(row))) for read in columns.values()] for row in rows)
    facts = {"reason": reason, "columns": list(columns), "n_rows": len(rows)}
    events = []
    for row in rows:
        about, chain = subject(row)
        events.append(Event(f"{noun}.exported", about, facts, chain or SYSTEM_CHAIN))
    record_many(actor=actor, events=events)
    return sheet.getvalue()


def _plain(value: object) -> object:
    """Numbers stay numbers, everything else becomes the text that a cell guard can look at."""
    if value is None or isinstance(value, int | float):
        return value
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
