"""Saved views of the queue."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from core.errors import NotFound
from investigations.models import DefaultView, SavedView
from staff.models import User


def saved_views(reader: User) -> QuerySet[SavedView]:
    """One's own views and those that others share, by name."""
    return SavedView.objects.filter(Q(owner=reader) | Q(shared=True)).select_related("owner")


def get_view(reader: User, pk: int) -> SavedView:
    """One view that the reader may use. Raises NotFound."""
    found = saved_views(reader).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no view {pk} that you may use.")
    return found


def default_view(reader: User) -> SavedView | None:
    """The view that the reader's queue opens with, as long as they may use it. One query."""
    chosen = DefaultView.objects.filter(person=reader).values("view")
    return saved_views(reader).filter(pk__in=chosen).first()
