"""Tasks for the broker's contract test: each leaves one row, however often it runs."""

from __future__ import annotations

import os
import time

import psycopg
from celery import shared_task


@shared_task(name="tests.leave_a_row")
def leave_a_row(number: int) -> None:
    """A little work, then one row; a second run changes nothing but the count of runs."""
    time.sleep(0.01)  # the work itself
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO broker_probe (number) VALUES (%s) ON CONFLICT (number) DO UPDATE SET runs = broker_probe.runs + 1",
            [number],
        )
