"""Long jobs on the work list: one worker a job, signs of life that others see, words when it fails, a call when nobody works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Self

from celery import Task
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Model, Q, QuerySet

from core.clock import now
from core.enqueue import enqueue_on_commit

STALLED_AFTER_S = 60  # a worker that said nothing for so long is given up
WORDS = 500


@contextmanager
def sole_worker(space: int, key: int) -> Iterator[bool]:
    """Whether nobody else is at this job; a second worker gets False and goes away.

    The lock is the session's: it ends with a killed worker's connection, and a connection that was lost holds none.
    `space` is the job's own corner of Postgres's advisory locks, `key` the job's row.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [space, key])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [space, key])


@contextmanager
def failing_with_words(job: QuerySet[Any], state: str) -> Iterator[None]:
    """Whatever stops the job stands in its row, which then is in `state`; the error goes on to the worker's log."""
    try:
        yield
    except Exception as error:
        job.update(state=state, message=f"{type(error).__name__}: {error}"[:WORDS], finished_at=now())
        raise


class Heartbeat:
    """Signs of life of a job whose own transaction is open: said, and seen by others, on a second connection."""

    def __init__(self, job: Model) -> None:
        self.table, self.key, self.link = job._meta.db_table, job.pk, connection.copy()

    def say(self, **facts: Any) -> None:
        """Write the facts into the job's row, with the moment."""
        quoted = self.link.ops.quote_name
        told = ", ".join(f"{quoted(name)} = %s" for name in facts)
        with self.link.cursor() as cursor:
            cursor.execute(
                f"UPDATE {quoted(self.table)} SET {told}, heartbeat_at = now() WHERE id = %s",
                [*facts.values(), self.key],
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.link.close()


def unattended(waiting: str, running: str) -> Q:
    """Jobs that wait in state `waiting`, or whose worker fell silent in state `running`."""
    return Q(state=waiting) | silent(running)


def silent(running: str) -> Q:
    """Jobs in state `running` whose worker fell silent."""
    return Q(state=running, heartbeat_at__lt=now() - timedelta(seconds=STALLED_AFTER_S))


def call_workers(jobs: QuerySet[Any], task: Task, key: str) -> int:
    """Wake a worker for each job, whose id goes to the task as `key`; how many."""
    found = list(jobs.values_list("pk", flat=True))
    for pk in found:
        enqueue_on_commit(task, **{key: pk})
    return len(found)
