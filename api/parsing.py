"""From a request's body to the rows it names; an id that nobody knows is NotFound, never a silence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from api.errors import sentence
from core.errors import NotFound

M = TypeVar("M", bound=Model)


def body(request: Request, serializer: type[Serializer[Any]]) -> dict[str, Any]:
    """The validated body."""
    parsed = serializer(data=request.data)
    parsed.is_valid(raise_exception=True)
    given: dict[str, Any] = parsed.validated_data
    return given


def all_of(rows: QuerySet[M], field: str, values: Collection[Any]) -> list[M]:
    """Every row named, in one query. Raises NotFound naming the first that is not there."""
    found = {getattr(row, field): row for row in rows.filter(**{f"{field}__in": set(values)})}
    for value in values:
        if value not in found:
            raise NotFound(f"There is no {rows.model._meta.verbose_name} {value} that you may see.")
    return list(found.values())


def each(items: Sequence[Any], serializer: type[Serializer[Any]]) -> tuple[dict[int, Any], dict[int, str]]:
    """Every item judged alone: the good ones and the complaints, both by place."""
    reader, good, bad = serializer(), {}, {}
    for place, item in enumerate(items):
        try:
            good[place] = reader.run_validation(item)
        except ValidationError as error:
            bad[place] = sentence(error.detail)
    return good, bad
