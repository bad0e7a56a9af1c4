"""What every admin section shares: reading only, text of others made inert, lists that never count a whole table."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin

from core.errors import DomainError
from core.text import one_line, visible
from staff.permissions import can

COUNTED = 10_000
INERT = (models.TextField, models.CharField, models.ForeignKey, models.JSONField, models.DateTimeField, ArrayField)


class BoundedPaginator(Paginator):
    """Counts up to 10,000 rows and no further; who wants what lies beyond narrows the list."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        assert isinstance(rows, models.QuerySet)
        return len(rows.order_by().values_list("pk", flat=True)[:COUNTED])


def inert(value: Any) -> str:
    """A value of the log's, the provider's or a colleague's writing as text that steers nothing."""
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%-d %b %Y %H:%M %Z")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return visible(", ".join(value)) or "–"
    if isinstance(value, dict | list):
        return visible(json.dumps(value, indent=2, ensure_ascii=False))
    return visible(str(value))


class Named:
    """A row whose name is printed inert; everything else is the row's own."""

    def __init__(self, row: models.Model) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)

    def __str__(self) -> str:
        return one_line(str(self._row))


class DeskAdmin(ModelAdmin):
    """A section for reading and for actions that call services. Nothing is added, edited or deleted here."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 0
    list_filter_sheet = True
    list_filter_submit = True
    list_fullwidth = True
    compressed_fields = True
    actions: tuple[Callable[..., Any], ...] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [self._inert(name) for name in super().get_list_display(request)]

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return [self._inert(name) for name in self.fields or ()]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return self.get_fields(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Only what this person may do."""
        found = super().get_actions(request)
        return {name: entry for name, entry in found.items() if self._offered(entry[0], request)}

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _refusal_as_message(partial(super().changelist_view, request, *args, **kwargs), request)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _refusal_as_message(partial(super().changeform_view, request, *args, **kwargs), request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The row's name stands in the title and in the way there: inert, as in its fields."""
        context["subtitle"] = visible(str(context.get("subtitle") or ""))
        if context.get("original") is not None:
            context["original"] = Named(context["original"])
        return super().render_change_form(request, context, *args, **kwargs)

    @staticmethod
    def _offered(action: Callable[..., Any], request: HttpRequest) -> bool:
        needs = getattr(action, "needs", None)
        return needs is None or can(request.user, needs)

    def _inert(self, name: Any) -> Any:
        """The field's name, or a column of the same heading whose text is made inert."""
        if not isinstance(name, str):
            return name
        if name == "__str__":
            return _row_name(str(self.opts.verbose_name))
        try:
            field = self.opts.get_field(name)
        except FieldDoesNotExist:
            return name
        if not isinstance(field, INERT) or field.choices:
            return name
        return _column(name, str(field.verbose_name))


@cache
def _row_name(heading: str) -> Callable[[Any], str]:
    @admin.display(description=heading)
    def shown_name(row: Any) -> str:
        return inert(str(row))

    return shown_name


@cache  # Django compares the columns of a form with those that are read-only by identity
def _column(name: str, heading: str) -> Callable[[Any], str]:
    @admin.display(description=heading, ordering=name)
    def shown(row: Any) -> str:
        return inert(getattr(row, name))

    shown.__name__ = f"shown_{name}"
    return shown


def _refusal_as_message(view: Callable[[], HttpResponse], request: HttpRequest) -> HttpResponse:
    """What a service refuses is said above the page; its transaction is already rolled back."""
    try:
        return view()
    except DomainError as error:
        messages.error(request, f"{error.title}: {error.message}")
        return redirect(request.get_full_path())
