"""Keyset paging: a page costs the same whether it is the first or the ten-thousandth."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from core.errors import InvalidInput

T = TypeVar("T", bound=Model)
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows in order, and the mark after which the next page starts (None on the last)."""

    items: list[T]
    next: str | None


def keyset_page(rows: QuerySet[T], *, key: str, after: str | None = None, size: int = PAGE_SIZE) -> Page[T]:
    """The rows after the mark, ordered by `key`: comma-separated fields, `-` for descending, the last one unique.

    One query. Raises InvalidInput for a mark that this function did not make.
    """
    fields = [part.strip() for part in key.split(",")]
    ordered = rows.order_by(*fields)
    if after:
        try:
            ordered = ordered.filter(_beyond(fields, _decode(after, len(fields))))
        except (ValueError, TypeError, ValidationError):  # values that the fields cannot hold
            raise _not_ours(after) from None
    items = list(ordered[: size + 1])
    more = len(items) > size
    items = items[:size]
    return Page(items, _encode([_value(items[-1], f.lstrip("-")) for f in fields]) if more else None)


def beyond(row: Model, key: str) -> Q:
    """What comes after a row in the order of `key`, whether or not the row is still among what is listed."""
    fields = [part.strip() for part in key.split(",")]
    return _beyond(fields, [_value(row, field.lstrip("-")) for field in fields])


def _beyond(fields: list[str], values: list[Any]) -> Q:
    """Beyond the mark in the order of the fields; the first field alone bounds it, so that an index can jump there."""
    first = fields[0].lstrip("-")
    bound = Q(**{f"{first}__{'lte' if fields[0].startswith('-') else 'gte'}": values[0]})
    beyond, equal = Q(pk__in=[]), Q()
    for field, value in zip(fields, values, strict=True):
        name, comparison = field.lstrip("-"), "lt" if field.startswith("-") else "gt"
        beyond |= equal & Q(**{f"{name}__{comparison}": value})
        equal &= Q(**{name: value})
    return bound & beyond if len(fields) > 1 else beyond


def _value(row: Model, name: str) -> Any:
    value: Any = row
    for part in name.split("__"):
        value = getattr(value, part)
    return value.isoformat() if isinstance(value, datetime) else value


def _encode(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _decode(mark: str, length: int) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
    except ValueError:
        values = None
    if not isinstance(values, list) or len(values) != length:
        raise _not_ours(mark)
    return values


def _not_ours(mark: str) -> InvalidInput:
    return InvalidInput("after", mark, "it is the mark that the page before gave")
