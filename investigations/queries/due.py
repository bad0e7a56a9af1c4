"""Tasks and cases that one person has to see to, by the day that was set for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone

from investigations.enums import CaseState
from investigations.models import Case, CaseTask
from staff.enums import Action
from staff.models import User
from staff.permissions import can

LISTED = 500


@dataclass(frozen=True, slots=True)
class OwnWork:
    """A task given to the reader, or a case of theirs with a day by which it is to be decided."""

    case: Case
    task: CaseTask | None
    due_on: date | None

    @property
    def path(self) -> str:
        """Where it stands: the task's own line on the page of its case."""
        return reverse("investigations:case", args=[self.case.code]) + (f"#task-{self.task.pk}" if self.task else "")

    @property
    def words(self) -> str:
        return self.task.text if self.task else self.case.title

    @property
    def overdue(self) -> bool:
        return self.due_on is not None and self.due_on < timezone.localdate()

    @property
    def today(self) -> bool:
        return self.due_on == timezone.localdate()


@dataclass(frozen=True, slots=True)
class OwnWorkList:
    """The first rows, and how many there are of all and of overdue ones, counted to 500."""

    rows: list[OwnWork]
    n: int
    n_overdue: int


def own_tasks(reader: User) -> QuerySet[CaseTask]:
    """Open tasks given to the reader, of open cases that they may know of."""
    known = Case.objects.visible_to(reader).filter(state=CaseState.OPEN).values("pk")
    return CaseTask.objects.filter(assignee=reader, done_at=None, case__in=known).select_related("case")


def own_dated_cases(reader: User) -> QuerySet[Case]:
    """The reader's open cases that have a day."""
    return Case.objects.visible_to(reader).filter(owner=reader, state=CaseState.OPEN, due_on__isnull=False)


def own_work(reader: User, *, shown: int = LISTED) -> OwnWorkList:
    """Overdue first, then by day; tasks without a day stand last. Two queries."""
    if not can(reader, Action.VIEW_CASE):
        return OwnWorkList([], 0, 0)
    tasks = own_tasks(reader).order_by(F("due_on").asc(nulls_last=True), "id")[:LISTED]
    cases = own_dated_cases(reader).order_by("due_on", "id")[:LISTED]
    rows = [OwnWork(task.case, task, task.due_on) for task in tasks]
    rows += [OwnWork(case, None, case.due_on) for case in cases]
    rows.sort(key=lambda row: (row.due_on or date.max, row.task is not None, row.case.pk))
    return OwnWorkList(rows[:shown], len(rows), sum(row.overdue for row in rows))
