"""Restricted cases, for an administrator of access: their codes and the people named, never what they are about."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from core.errors import NotFound
from investigations.models import Case
from staff.enums import Action
from staff.models import NamedPerson, User
from staff.permissions import check


def restricted_cases(reader: User) -> QuerySet[Case]:
    """Code, owner and named people of each restricted case; keyed by `-id`. Two queries."""
    check(reader, Action.MANAGE_ACCESS)
    named = Prefetch("restriction__named", NamedPerson.objects.select_related("person"))
    rows = Case.objects.exclude(restriction=None).select_related("owner", "restriction").prefetch_related(named)
    return rows.defer("title", "summary", "tags")


def get_restricted(code: str, *, reader: User) -> Case:
    """One restricted case to name people on. Raises NotAllowed or NotFound."""
    found = restricted_cases(reader).filter(code=code).first()
    if found is None:
        raise NotFound(f"There is no restricted case {code}.")
    return found
