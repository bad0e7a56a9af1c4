"""Who a case belongs to and what it is filed under: many cases in one transaction, each on its own chain."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import F

from accounts.tagging import clean_tags
from audit.services import Event, case_chain, record_many
from core.errors import InvalidInput
from investigations.models import Case
from investigations.policies import check_case_open, check_named, check_reassign
from investigations.restricted import check_knows
from staff.enums import Action
from staff.models import User
from staff.permissions import check


@transaction.atomic
def assign_cases(*, cases: Collection[Case], owner: User, actor: User, reason: str = "") -> int:
    """Give open cases to a person who may work on them; another's case is passed on by its owner or a lead."""
    check(actor, Action.EDIT_CASE)
    if not owner.may(Action.EDIT_CASE):
        raise InvalidInput("owner", owner.username, "it is a person who may work on cases")
    locked = _lock(cases)
    for case in locked:
        check_knows(case, actor)
        check_named(case, owner)
        check_case_open(case)
        check_reassign(case.owner, actor, case.code)
    Case.objects.filter(pk__in=[case.pk for case in locked]).update(owner=owner, version=F("version") + 1)
    return _record(locked, actor, "case.assigned", {"to": owner.username, "reason": reason})


@transaction.atomic
def tag_cases(*, cases: Collection[Case], tags: Collection[str], actor: User, reason: str = "") -> int:
    """Add tags to open cases, beside those they have."""
    check(actor, Action.EDIT_CASE)
    wanted = clean_tags(tags)
    locked = _lock(cases)
    for case in locked:
        check_knows(case, actor)
        check_case_open(case)
        case.tags = sorted({*case.tags, *wanted})
        case.version += 1
    Case.objects.bulk_update(locked, ["tags", "version"], batch_size=2_000)
    return _record(locked, actor, "case.tagged", {"tags": wanted, "reason": reason})


def _lock(cases: Collection[Case]) -> list[Case]:
    rows = Case.objects.select_for_update(of=("self",)).select_related("owner", "restriction")
    return list(rows.filter(pk__in=[case.pk for case in cases]).order_by("pk"))


def _record(locked: list[Case], actor: User, action: str, facts: dict[str, object]) -> int:
    events = [Event(action, f"case:{case.code}", facts, case_chain(case.code)) for case in locked]
    return record_many(actor=actor, events=events)
