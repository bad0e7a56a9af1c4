"""Wake a worker once the work is committed; the work list itself stands in Postgres."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task
from django.db import transaction

logger = logging.getLogger(__name__)


def enqueue_on_commit(task: Task, **ids: Any) -> None:
    """Send `task` with `ids` after the transaction commits.

    A broker that cannot be reached loses nothing: the row that describes the work is committed, and the sweeper of its
    app wakes a worker later.
    """
    transaction.on_commit(lambda: _send(task, ids))


def _send(task: Task, ids: dict[str, Any]) -> None:
    try:
        task.apply_async(kwargs=ids)
    except Exception as error:  # noqa: BLE001 - each transport has errors of its own; none may undo what is committed
        logger.warning("The broker did not take %s %s (%s); the sweeper will", task.name, ids, error)
