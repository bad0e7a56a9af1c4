"""How long the queue and the largest campaign page take at 100,000 flagged sessions.

    .venv/bin/python -m benchmarks.bench_pages [--rounds 60] [--explain]

Fills a throw-away Postgres with 25,000 accounts, 200 campaigns, one of them with 5,000 members, and 100,000 flagged
sessions; then asks each page in process through Django's test client: middleware, sign-in, queries and template are in
the figure, the web server is not. Beside them stands the plain admin change list of the same sessions.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

Row = tuple[str, object, str]
N_ACCOUNTS, N_CAMPAIGNS, N_SESSIONS, N_MEMBERS = 25_000, 200, 100_000, 5_000
LARGEST = "C-0001"

ACCOUNTS = """
INSERT INTO accounts_organisation (name, verified, declared_use) SELECT 'Org ' || n, n % 4 = 0, ''
FROM generate_series(1, 2000) n;
INSERT INTO accounts_apiaccount
    (account_id, organisation_id, plan, country, email_domain, email_pattern, payment_fp, phone_fp, device_fp,
     declared_use, status_pulled, status_decided, close_reason, tags, recorded_at, seen_in_records)
SELECT 'acct_' || lpad(n::text, 6, '0'), o.id, 'build', 'DE', 'mail' || n % 300 || '.example', '', 'fp-' || n % 9000,
       '', '', '', 'active', '', '', '{}', now(), true
FROM generate_series(1, %(accounts)s) n JOIN accounts_organisation o ON o.name = 'Org ' || 1 + n % 2000;
"""
MEMBERS = """
INSERT INTO detection_campaignmember
    (campaign_id, account_id, tier, k, n, background_share, membership_p, tied_by, first_at, last_at)
SELECT c.id, a.id, (ARRAY['core', 'core', 'associate', 'bystander'])[1 + a.id % 4], 1 + a.id % 400, 500, 0.001, 1e-6,
       'card fp-' || a.id % 90, now() - interval '40 days', now()
FROM detection_campaign c JOIN LATERAL (
    SELECT id FROM accounts_apiaccount
    ORDER BY id OFFSET CASE WHEN c.code = %(largest)s THEN 0 ELSE (c.id * 97) %% 20000 END
    LIMIT CASE WHEN c.code = %(largest)s THEN %(members)s ELSE 40 END
) a ON true;
"""
SESSIONS = """
INSERT INTO investigations_flaggedsession
    (session_key, account_id, campaign_id, run_id, started_at, ended_at, n_exchanges, n_unit_exchanges, strength,
     reason, flagged_at, sampled_at, verdict, verdict_reason, tags)
SELECT a.account_id || '/' || n, a.id, c.id, c.last_run_id, now() - n * interval '30 seconds', now(), 10 + n % 90,
       8, c.score + (n % 7) * 0.01, '8 of 10 exchanges are in the units of ' || c.code, now(), now(),
       CASE WHEN n % 10 = 0 THEN 'true_positive' ELSE '' END, '', '{}'
FROM generate_series(1, %(sessions)s) n
JOIN accounts_apiaccount a ON a.account_id = 'acct_' || lpad((1 + (n * 7919) % %(accounts)s)::text, 6, '0')
JOIN detection_campaign c
    ON c.code = 'C-' || lpad((CASE WHEN n % 4 = 0 THEN 1 ELSE 1 + n % %(campaigns)s END)::text, 4, '0');
"""


def main(rounds: int = 60) -> list[Row]:
    """What each page took. The measuring itself runs in a process of its own, with a database of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_pages", "--json", "--rounds", str(rounds)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        printed, _ = child.communicate()
    if child.returncode:
        raise SystemExit(f"benchmarks.bench_pages ended with status {child.returncode}")
    return [(what, value, unit) for what, value, unit in json.loads(printed)]


def measure(rounds: int, explain: bool) -> list[Row]:
    """Fill the database and ask each page `rounds` times."""
    from django.test import Client

    from staff.enums import Role
    from staff.models import User

    started = time.perf_counter()
    person = User.objects.create(username="bench", role=Role.LEAD)
    fill()
    rows: list[Row] = [("filling", time.perf_counter() - started, "s"), ("load of the machine", os.getloadavg()[0], "")]
    client = Client()
    client.force_login(person)
    for name, path in (
        ("queue", "/"),
        ("campaign of 5,000 members", f"/campaigns/{LARGEST}/"),
        ("plain admin list", "/admin/investigations/flaggedsession/"),
    ):
        rows += ask(client, name, path, rounds, explain)
    return rows


def ask(client: Any, name: str, path: str, rounds: int, explain: bool) -> list[Row]:
    """p50 and p95 of a page in milliseconds, after three warming requests, and how many queries it makes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(3):
        answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
        queries = list(asked.captured_queries)
    if explain:
        for query in sorted(queries, key=lambda query: -float(query["time"]))[:5]:
            print(f"{path} {query['time']} s {query['sql'][:400]}", file=sys.stderr)
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


def fill() -> None:
    """The world: accounts, campaigns with units, readings and members, flagged sessions."""
    from django.db import connection

    sizes = {"accounts": N_ACCOUNTS, "campaigns": N_CAMPAIGNS, "sessions": N_SESSIONS}
    _campaigns()
    with connection.cursor() as cursor:
        for text in (ACCOUNTS, MEMBERS, SESSIONS):
            for statement in filter(str.strip, text.split(";\n")):
                plain = statement.replace("%%", "%")
                for key, value in {**sizes, "members": N_MEMBERS, "largest": f"'{LARGEST}'"}.items():
                    plain = plain.replace(f"%({key})s", str(value))
                cursor.execute(plain)
        cursor.execute("ANALYZE")


def _campaigns() -> None:
    from django.utils import timezone

    from detection.enums import Family, Finding, Level, RunState, UnitKind
    from detection.models import Campaign, DetectionRun, RivalExplanation, SignalReading, Template, Unit

    now = timezone.now()
    run = DetectionRun.objects.create(state=RunState.FINISHED, finished_at=now, requested_by="bench", n_units=800)
    campaigns = Campaign.objects.bulk_create(
        Campaign(
            code=f"C-{number:04d}",
            name=f"Campaign {number}",
            level=Level.CERTIFIED if number % 3 else Level.PROVISIONAL,
            first_run=run,
            last_run=run,
            started_at=now,
            ended_at=now,
            score=20 - number / 20,
            gate_p=1e-6,
            n_core=N_MEMBERS // 2 if number == 1 else 20,
            n_associate=N_MEMBERS // 4 if number == 1 else 10,
        )
        for number in range(1, N_CAMPAIGNS + 1)
    )
    for campaign in campaigns:
        template = Template.objects.create(key=f"whole:{campaign.pk:016x}", skeleton="Translate <text>", kind="whole")
        units = [
            Unit.objects.create(
                run=run,
                kind=UnitKind.values[0],
                key=f"{campaign.code}-{n}",
                template=template,
                campaign=campaign,
                level=campaign.level,
                n_accounts=30,
                n_exchanges=3000,
                gate_p=1e-6 * (n + 1),
            )
            for n in range(4 if campaign.code == LARGEST else 1)
        ]
        SignalReading.objects.bulk_create(
            SignalReading(
                unit=unit,
                signal=f"{family}1",
                family=family,
                title="Reading",
                sentence="In words",
                benign="A class",
                value=1.5,
                version="1",
                accounts=[f"acct_{n:06d}" for n in range(200)],
            )
            for unit in units
            for family in Family.values
        )
        RivalExplanation.objects.bulk_create(
            RivalExplanation(unit=unit, story="One customer", finding=Finding.values[0], because="Seven organisations")
            for unit in units
        )


def in_own_database(rounds: int, explain: bool) -> list[Row]:
    """Start a throw-away Postgres, migrate it, measure, stop it."""
    from core.embedded_postgres import EmbeddedPostgres

    with (
        tempfile.TemporaryDirectory(prefix="stillwatch-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "pg", durable=False) as postgres,
    ):
        owner = postgres.database_url("owner")
        os.environ.update(
            DATABASE_URL=owner,
            MIGRATE_DATABASE_URL=owner,
            CELERY_BROKER_URL="memory://",
            SECRET_KEY=secrets.token_urlsafe(50),
            STILLWATCH_VAR=folder,
            DJANGO_SETTINGS_MODULE="config.settings",
            ALLOWED_HOSTS="testserver",
            DEBUG="false",
            HTTPS="false",
            STATIC_FORM="plain",
        )
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        rows = measure(rounds, explain)
        for connection in connections.all():
            connection.close()
            if hasattr(connection, "close_pool"):
                connection.close_pool()
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--explain", action="store_true", help="print the slowest queries of each page")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = in_own_database(options.rounds, options.explain)
    if options.json:
        json.dump(found, sys.stdout)
    else:
        from benchmarks.run import table

        print(table(found))
