"""Many rows in one COPY: for thousands of rows at once, where objects would cost more than the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def copy_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Stream rows into a model's table; `fields` names every column that has no default in the database."""
    quote = connection.ops.quote_name
    named = {field.name: field.column for field in model._meta.concrete_fields}
    columns = ", ".join(quote(str(named[name])) for name in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
