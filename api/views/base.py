"""What every route shares: keyset lists, look-up by one field, lists below a parent."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import mixins, viewsets
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from core.errors import NotFound
from staff.enums import Action

M = TypeVar("M", bound=Model)
INTEGER = r"[0-9]{1,18}"
CODE = r"[A-Za-z0-9-]{1,64}"


def find(rows: QuerySet[M], **exact: Any) -> M:
    """The one row, or NotFound in words."""
    found = rows.filter(**exact).first()
    if found is None:
        name = rows.model._meta.verbose_name
        raise NotFound(f"There is no {name} {', '.join(str(value) for value in exact.values())} that you may see.")
    return found


class Listing(viewsets.GenericViewSet[Any]):
    """A route whose reads ask for `reads` and whose order is `ordering_key`."""

    reads: Action = Action.VIEW_EVIDENCE
    ordering_key = "-id"
    lookup_value_regex = INTEGER

    def get_object(self) -> Any:
        name = self.lookup_url_kwarg or self.lookup_field
        return find(self.get_queryset(), **{self.lookup_field: self.kwargs[name]})

    def page(
        self, rows: QuerySet[Any], serializer: type[BaseSerializer[Any]], *, key: str, filterset: Any = None
    ) -> Response:
        """One page of a list below this thing, narrowed by `filterset` alone."""
        self.ordering_key = key
        self.filterset_class = filterset
        items = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(serializer(items, many=True, context=self.get_serializer_context()).data)


class ReadOnly(mixins.ListModelMixin, mixins.RetrieveModelMixin, Listing):
    """A list and its things, for reading."""
