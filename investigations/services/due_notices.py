"""Telling people what of theirs is due: tasks, cases and items of the queue, once soon before the day and once past it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from core.clock import now
from investigations.models import FlaggedSession, QueueItem
from investigations.queries.due import own_dated_cases, own_tasks
from investigations.queries.queue import held_by
from staff.enums import Action, NoticeKind, Role
from staff.models import Notice, User
from staff.notices import notify
from staff.permissions import MATRIX

SOON = timedelta(days=1)
KINDS = (NoticeKind.DUE_SOON, NoticeKind.OVERDUE)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One thing of a person's that is due soon or overdue; a new day is a new occasion."""

    kind: NoticeKind
    key: str
    subject: str
    path: str


def tell_what_is_due() -> int:
    """Tell everybody what of theirs is due within a day or overdue, by their own calendar. How many were new.

    Safe to run as often as one likes: an occasion that a person has been told of is never told again.
    """
    roles = [role for role, allowed in MATRIX.items() if Action.VIEW_CASE in allowed]
    return sum(_tell(person) for person in User.objects.filter(is_active=True, role__in=[Role(role) for role in roles]))


def _tell(person: User) -> int:
    with timezone.override(ZoneInfo(person.time_zone or "UTC")):
        occasions = [*_tasks(person), *_cases(person), *_items(person)]
    if not occasions:
        return 0
    keys = [one.key for one in occasions]
    told = set(Notice.objects.filter(person=person, kind__in=KINDS, key__in=keys).values_list("kind", "key"))
    new = [one for one in occasions if (one.kind, one.key) not in told]
    for one in new:
        notify(people=[person], kind=one.kind, subject=one.subject, path=one.path, key=one.key)
    return len(new)


def _tasks(person: User) -> Iterator[Occasion]:
    today = timezone.localdate()
    for task in own_tasks(person).filter(due_on__lte=today + SOON):
        kind = NoticeKind.OVERDUE if task.overdue else NoticeKind.DUE_SOON
        path = f"{task.case.get_absolute_url()}#task-{task.pk}"
        yield Occasion(kind, f"task:{task.pk}:{task.due_on}", task.case.code, path)


def _cases(person: User) -> Iterator[Occasion]:
    today = timezone.localdate()
    for case in own_dated_cases(person).filter(due_on__lte=today + SOON):
        kind = NoticeKind.OVERDUE if case.overdue else NoticeKind.DUE_SOON
        yield Occasion(kind, f"{case.code}:{case.due_on}", case.code, case.get_absolute_url())


def _items(person: User) -> Iterator[Occasion]:
    """Items that the person holds. An account is named by its oldest open flagged session: an account's id is the provider's text."""
    due = list(held_by(person).filter(Q(due_at__lte=now() + SOON)).select_related("campaign").order_by("due_at", "id"))
    accounts = [item.account_id for item in due if item.account_id]
    sessions = FlaggedSession.objects.filter(account__in=accounts, verdict="").order_by("account", "pk")
    named = {one.account_id: str(one) for one in sessions.distinct("account")}
    for item in due:
        subject = item.campaign.code if item.campaign else named.get(item.account_id or 0)
        if subject:
            kind = NoticeKind.OVERDUE if item.is_overdue else NoticeKind.DUE_SOON
            yield Occasion(kind, f"item:{item.pk}:{item.due_at:%Y%m%dT%H%M%S}", subject, _path(item))


def _path(item: QueueItem) -> str:
    return reverse("investigations:item", args=[item.pk])
