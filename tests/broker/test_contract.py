"""What every broker we name must keep: a worker that is killed -9 half-way loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql

from tests.broker.tasks import leave_a_row
from tests.support.cluster import Cluster
from tests.support.waiting import wait_for
from tests.support.worker import LiveWorker

BATCH = 300
KILL_AT = 80

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def probe(transactional_db: None, cluster: Cluster) -> Iterator[Callable[[], tuple[int, int]]]:
    """The table that the tasks write, and a question to it: how many rows, how many runs."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE broker_probe (number int PRIMARY KEY, runs int NOT NULL DEFAULT 1)")
        grant = sql.SQL("GRANT SELECT, INSERT, UPDATE ON broker_probe TO {}").format(sql.Identifier(cluster.app_role))
        cursor.execute(grant)

    def ask() -> tuple[int, int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), coalesce(sum(runs), 0) FROM broker_probe")
            rows, runs = cursor.fetchone()
            return int(rows), int(runs)

    yield ask
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE broker_probe")


def test_tasks_run_once_and_a_killed_worker_loses_none(
    any_broker: str,
    worker_factory: Callable[..., LiveWorker],
    probe: Callable[[], tuple[int, int]],
    app_database_url: str,
) -> None:
    """Redis gives back what was in flight only at a worker's restore sweep, so the wait is longer than the timeout."""
    worker = worker_factory(f"{any_broker}?visibility_timeout=5", include="tests.broker.tasks")
    for number in range(20):
        leave_a_row.delay(number)
    wait_for(lambda: probe()[0] == 20, 30, f"only {probe()[0]} of 20 tasks ran")
    assert probe() == (20, 20)
    for number in range(20, BATCH):
        leave_a_row.delay(number)
    wait_for(lambda: probe()[0] >= KILL_AT, 30, "the batch did not begin")
    worker.kill()
    assert probe()[0] < BATCH, "the worker was killed too late to prove anything"
    worker.start()
    wait_for(lambda: probe()[0] == BATCH, 60, f"lost: {BATCH - probe()[0]} of {BATCH}")
    with psycopg.connect(app_database_url) as connection:
        owned = connection.execute(
            "SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'q_celery'"
        ).fetchone()
    assert owned == (True,), "the queue is not the application role's"
