"""What a restricted case leaves elsewhere, shown without what only its named people may know."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from accounts.enums import StatusOrigin
from accounts.models import StatusChange
from core.errors import NotFound
from investigations.models import Case, Decision
from staff.models import User
from staff.restrictions import is_named

UNNAMED = "a decision that only named people may read"
Changes = TypeVar("Changes", bound=Iterable[StatusChange])


def check_knows(case: Case, actor: User) -> None:
    """A restricted case is not there for whom it does not name, whatever their role."""
    if not is_named(case.restriction, actor):
        raise NotFound(
            f"There is no case {case.code} that you may read. If somebody gave you the code, ask them to name you on it."
        )


def withhold(changes: Changes, reader: object = None) -> Changes:
    """The steps of an account's history; those that come of a restricted case name neither the decision nor its reason.

    Without a reader every restricted case is withheld, as in what is frozen for others to read. At most one query.
    """
    codes = {change.source for change in changes if change.origin != StatusOrigin.PULLED}
    hidden = _unknown(codes, reader) if codes else frozenset()
    for change in changes:
        if change.source in hidden:
            change.source, change.reason = UNNAMED, ""
    return changes


def withheld_beside(case: Case) -> frozenset[str]:
    """Decisions on the case's accounts that were made in other, restricted cases. One query."""
    others = Decision.objects.filter(items__account__case_accounts__case=case).exclude(case=case)
    return frozenset(others.exclude(case__restriction=None).values_list("code", flat=True))


def _unknown(codes: Collection[str], reader: object) -> frozenset[str]:
    known = Decision.objects.visible_to(reader).values("pk")
    return frozenset(Decision.objects.filter(code__in=codes).exclude(pk__in=known).values_list("code", flat=True))
