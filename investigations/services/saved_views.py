"""Saved views of the queue: named addresses, one's own or shared, one of them what the queue opens with."""

from __future__ import annotations

from django.db import transaction

from audit.services import record
from core.errors import InvalidInput, NotAllowed
from core.text import storable
from investigations.models import DefaultView, SavedView
from staff.enums import Action, Role
from staff.models import User
from staff.permissions import check


@transaction.atomic
def save_view(*, name: str, query: str, shared: bool, default: bool, actor: User) -> SavedView:
    """Keep an address of the queue under a name; the same name again replaces one's own view."""
    check(actor, Action.VIEW_EVIDENCE)
    name = storable(name.strip())
    if not 1 <= len(name) <= 60:
        raise InvalidInput("name", name, "a view is named in 1 to 60 characters")
    if len(query) > 1000:
        raise InvalidInput("query", query, "the filters of a view take at most 1,000 characters")
    view, _ = SavedView.objects.update_or_create(owner=actor, name=name, defaults={"query": query, "shared": shared})
    record(actor=actor, action="view.saved", subject=f"view:{view.pk}", name=name, query=query, shared=shared)
    if default:
        choose_default_view(view=view, actor=actor)
    return view


@transaction.atomic
def delete_view(*, view: SavedView, actor: User) -> None:
    """Take a view away: one's own, or, for a lead, any that is shared."""
    if view.owner_id != actor.pk and not (view.shared and actor.role == Role.LEAD):
        raise NotAllowed(f"The view {view} belongs to {view.owner}; they or, if it is shared, a lead can delete it.")
    record(actor=actor, action="view.deleted", subject=f"view:{view.pk}", name=view.name, owner=view.owner.username)
    view.delete()


@transaction.atomic
def choose_default_view(*, view: SavedView | None, actor: User) -> None:
    """What one's queue opens with; None is the plain queue."""
    if view is None:
        DefaultView.objects.filter(person=actor).delete()
        return
    if view.owner_id != actor.pk and not view.shared:
        raise NotAllowed(f"The view {view} is somebody else's and not shared.")
    DefaultView.objects.update_or_create(person=actor, defaults={"view": view})
