"""Tasks and due days of a case. Every step is on the case's own chain; who is given one is told."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from audit.services import case_chain, record
from core.clock import now
from core.errors import Conflict, InvalidInput, NotFound
from core.text import storable
from investigations.models import Case, CaseTask
from investigations.policies import check_case_open, check_named, check_words
from investigations.services.locking import lock_case
from staff.enums import Action, NoticeKind
from staff.models import User
from staff.notices import notify
from staff.permissions import check


@transaction.atomic
def add_task(
    *, case: Case, text: str, actor: User, assignee: User | None = None, due_on: date | None = None
) -> CaseTask:
    """Something to be done for the case; tasks do not make other people's forms stale."""
    check(actor, Action.EDIT_CASE)
    check_words(text=text)
    locked = lock_case(case.pk, reader=actor)
    check_case_open(locked)
    if assignee is not None:
        _check_assignee(locked, assignee)
    task = CaseTask.objects.create(
        case=locked, text=storable(text.strip()), assignee=assignee, due_on=due_on, added_by=actor
    )
    who = assignee.username if assignee else None
    _record(task, "case_task.added", actor, text=task.text, assignee=who, due_on=due_on.isoformat() if due_on else None)
    if assignee is not None:
        _tell(task, assignee, actor)
    return task


@transaction.atomic
def finish_task(*, task: CaseTask, actor: User) -> CaseTask:
    """Say that a task is done."""
    locked = _lock(task, actor)
    if locked.done_at is not None:
        raise Conflict(f"It was done already, by {locked.done_by} at {locked.done_at:%Y-%m-%d %H:%M} UTC.")
    locked.done_at, locked.done_by = now(), actor
    locked.save(update_fields=("done_at", "done_by"))
    _record(locked, "case_task.done", actor, text=locked.text)
    return locked


@transaction.atomic
def reopen_task(*, task: CaseTask, actor: User) -> CaseTask:
    """Take back that a task is done."""
    locked = _lock(task, actor)
    if locked.done_at is None:
        raise Conflict("It is not done yet.")
    locked.done_at = locked.done_by = None
    locked.save(update_fields=("done_at", "done_by"))
    _record(locked, "case_task.reopened", actor, text=locked.text)
    return locked


@transaction.atomic
def assign_task(*, task: CaseTask, assignee: User, actor: User) -> CaseTask:
    """Give a task to another person."""
    locked = _lock(task, actor)
    _check_assignee(locked.case, assignee)
    locked.assignee = assignee
    locked.save(update_fields=("assignee",))
    _record(locked, "case_task.assigned", actor, to=assignee.username)
    _tell(locked, assignee, actor)
    return locked


@transaction.atomic
def set_due(*, case: Case, due_on: date | None, reason: str, actor: User, version: int | None = None) -> Case:
    """The day by which a case is to be decided; None takes it away."""
    check(actor, Action.EDIT_CASE)
    check_words(reason=reason)
    locked = lock_case(case.pk, version=version, reader=actor)
    check_case_open(locked)
    before, locked.due_on = locked.due_on, due_on
    locked.version += 1
    locked.save(update_fields=("due_on", "version"))
    facts = {"before": before.isoformat() if before else None, "due_on": due_on.isoformat() if due_on else None}
    chain = case_chain(locked.code)
    record(actor=actor, action="case.due_set", subject=f"case:{locked.code}", chain=chain, reason=reason, **facts)
    return locked


def _lock(task: CaseTask, actor: User) -> CaseTask:
    check(actor, Action.EDIT_CASE)
    case = lock_case(task.case_id, reader=actor)
    check_case_open(case)
    locked = CaseTask.objects.select_for_update(of=("self",)).select_related("done_by").filter(pk=task.pk).first()
    if locked is None:
        raise NotFound(f"There is no task {task.pk}.")
    locked.case = case
    return locked


def _check_assignee(case: Case, person: User) -> None:
    if not person.may(Action.VIEW_CASE):
        raise InvalidInput("assignee", person.username, "it is an active person whose role may read cases")
    check_named(case, person)


def _tell(task: CaseTask, person: User, actor: User) -> None:
    notify(
        people=[person],
        kind=NoticeKind.ASSIGNED,
        subject=task.case.code,
        path=f"/cases/{task.case.code}/#task-{task.pk}",
        key=f"task:{task.pk}",
        actor=actor,
    )


def _record(task: CaseTask, action: str, actor: User, **facts: object) -> None:
    chain = case_chain(task.case.code)
    record(actor=actor, action=action, subject=f"task:{task.case.code}/{task.pk}", chain=chain, **facts)
