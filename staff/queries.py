"""What a person's own pages read."""

from __future__ import annotations

from django.db.models import QuerySet

from core.errors import NotFound
from staff.models import Notice, User

UNREAD_SHOWN = 99


def notices(person: User, *, unread: bool = False) -> QuerySet[Notice]:
    """What a person was told on the desk; keyed by `-id`."""
    found = Notice.objects.filter(person=person, on_desk=True)
    return found.filter(read_at=None) if unread else found


def unread_notices(person: User) -> int:
    """How many notices a person has not read, counted to 100 and no further. One query."""
    return notices(person, unread=True)[: UNREAD_SHOWN + 1].count()


def get_notice(person: User, pk: int) -> Notice:
    """One of a person's own notices. Raises NotFound."""
    found = notices(person).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"You have no notice {pk}.")
    return found
