"""How long the pages take at 1,000,000 accounts, 500,000 flagged sessions, 5,000 cases and 5,000,000 audit events.

    .venv/bin/python -m benchmarks.bench_pages [--rounds 60] [--divide 1] [--explain]

Fills a throw-away Postgres and a lake (one campaign and one case have 5,000 accounts, with 1,200,000 exchanges; `--divide 10`
makes everything but those a tenth), then asks each page in process through Django's test client: middleware, sign-in, queries
and template are in the figure, the web server is not. Beside them stand Django's plain admin change lists over the same tables.
Last, Chromium visits some with an empty cache over the desk's own web server.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.throwaway import own_database

Row = tuple[str, object, str]
N_ACCOUNTS, N_CAMPAIGNS, N_SESSIONS, N_MEMBERS = 1_000_000, 200, 500_000, 5_000
N_CASES, N_EVENTS, N_ORGANISATIONS = 5_000, 5_000_000, 20_000
LARGEST, LARGEST_CASE, SOME_ACCOUNT = "C-0001", "CASE-2026-0001", "acct_0000077"
WARMING = 3

ADMIN = "/admin/"
PAGES = (
    ("queue", "/"),
    ("campaign of 5,000 members", f"/campaigns/{LARGEST}/"),
    ("account", f"/accounts/{SOME_ACCOUNT}/"),
    ("accounts", "/accounts/"),
    ("flagged sessions", "/sessions/"),
    ("case of 5,000 accounts", f"/cases/{LARGEST_CASE}/"),
    ("cases", "/cases/"),
    ("search, an account's beginning", "/search/?q=acct_00001"),
    ("search, words", "/search/?q=example"),
    ("audit", "/audit/"),
    ("rail", "/rail/"),
    ("plain admin, flagged sessions", f"{ADMIN}investigations/flaggedsession/"),
    ("plain admin, accounts", f"{ADMIN}accounts/apiaccount/"),
    ("plain admin, cases", f"{ADMIN}investigations/case/"),
    ("plain admin, audit events", f"{ADMIN}audit/auditevent/"),
)


COLD_VISITS = 5
COLD = (
    ("queue", "/", False),
    ("campaign of 5,000 members", f"/campaigns/{LARGEST}/", True),
    ("account", f"/accounts/{SOME_ACCOUNT}/", False),
    ("case of 5,000 accounts", f"/cases/{LARGEST_CASE}/", False),
)


def main(rounds: int = 60, divide: int = 1) -> list[Row]:
    """What each page took. The measuring itself runs in a process of its own, with a database of its own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.bench_pages",
        "--json",
        "--rounds",
        str(rounds),
        "--divide",
        str(divide),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        printed, _ = child.communicate()
    if child.returncode:
        raise SystemExit(f"benchmarks.bench_pages ended with status {child.returncode}")
    return [(what, value, unit) for what, value, unit in json.loads(printed)]


def measure(rounds: int, divide: int, explain: bool) -> list[Row]:
    """Fill the database and ask each page `rounds` times."""
    from django.test import Client

    from benchmarks.browsing import browse
    from benchmarks.filling import fill
    from staff.enums import Role
    from staff.models import User

    started = time.perf_counter()
    person = User.objects.create(username="bench", role=Role.LEAD)
    fill(
        person,
        accounts=N_ACCOUNTS // divide,
        campaigns=N_CAMPAIGNS,
        sessions=N_SESSIONS // divide,
        members=N_MEMBERS,
        cases=N_CASES // divide,
        events=N_EVENTS // divide,
        organisations=N_ORGANISATIONS // divide,
    )
    rows: list[Row] = [("filling", time.perf_counter() - started, "s"), ("load of the machine", os.getloadavg()[0], "")]
    client = Client()
    client.force_login(person)
    for name, path in PAGES:
        rows += ask(client, name, path, rounds, explain)
    return rows + browse(COLD, client.cookies["sessionid"].value, COLD_VISITS)


def ask(client: Any, name: str, path: str, rounds: int, explain: bool) -> list[Row]:
    """p50 and p95 of a page in milliseconds, after three warming requests, and how many queries it makes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(WARMING):
        answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
        queries = list(asked.captured_queries)
    if explain:
        for query in sorted(queries, key=lambda query: -float(query["time"]))[:5]:
            print(f"{path} {query['time']} s {query['sql'][:600]}", file=sys.stderr)
    times = []
    for _ in range(rounds):
        before = time.perf_counter()
        client.get(path)
        times.append(1000 * (time.perf_counter() - before))
    return [
        (f"{name}: p50", statistics.median(times), "ms"),
        (f"{name}: p95", statistics.quantiles(times, n=20)[-1], "ms"),
        (f"{name}: queries", len(queries), ""),
        (f"{name}: size", len(answer.content) / 1024, "KiB"),
    ]


def in_own_database(rounds: int, divide: int, explain: bool) -> list[Row]:
    """Measure on a throw-away Postgres."""
    with own_database():
        return measure(rounds, divide, explain)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--divide", type=int, default=1, help="make a 10th, a 100th of everything but the largest")
    parser.add_argument("--explain", action="store_true", help="print the slowest queries of each page")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.rounds < 2 or not 1 <= options.divide <= 100:
        parser.error(
            f"--rounds is {options.rounds}, --divide is {options.divide}: at least 2 rounds, divided by 1 to 100"
        )
    found = in_own_database(options.rounds, options.divide, options.explain)
    if options.json:
        json.dump(found, sys.stdout)
    else:
        from benchmarks.run import table

        print(table(found))
