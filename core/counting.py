"""Counts for pages: many in one query, each counted to a limit and no further, and printed as what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from core.figures import compact

COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Counted:
    """A true count, or the limit with the word that there are more."""

    n: int
    more: bool = False

    def __str__(self) -> str:
        return f"{compact(self.n)}{'+' if self.more else ''}"

    def __bool__(self) -> bool:
        return self.n > 0


def counted(n: int, limit: int = COUNTED) -> Counted:
    """What a count of at most `limit` + 1 rows says.

    >>> str(counted(12)), str(counted(10_001))
    ('12', '10,000+')
    """
    return Counted(min(n, limit), n > limit)


def counts(rows: Mapping[str, QuerySet], limit: int = COUNTED) -> dict[str, Counted]:
    """How many rows each queryset has, counted to `limit` and no further. One query for all of them."""
    parts: list[str] = []
    parameters: list[Any] = []
    names: list[str] = []
    for name, found in rows.items():
        try:
            sql, given = found.order_by().values("pk")[: limit + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        names.append(name)
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")
        parameters.extend(given)
    if not parts:
        return dict.fromkeys(rows, Counted(0))
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), parameters)
        found_counts = dict(zip(names, cursor.fetchone(), strict=True))
    return {name: counted(found_counts.get(name, 0), limit) for name in rows}
