"""The audit trail under load: many events in one statement, twenty writers on one chain and on fifty, a walk over all of it."""

from __future__ import annotations

import io
import json
import secrets
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg

from benchmarks.throwaway import own_database

ROOT = Path(__file__).resolve().parent.parent
Row = tuple[str, object, str]
BULK, WRITERS, CHAINS, SECONDS = 25_000, 20, 50, 10.0


def main() -> list[Row]:
    """In a process of its own, since Django is set up once a process."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.bench_audit"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return [tuple(row) for row in json.loads(done.stdout)]


def in_own_database() -> list[Row]:
    """Against a Postgres of its own with durable commits; writers sign in as the application's role."""
    from core.embedded_postgres import APP

    with own_database(durable=True) as server:
        from django.core.management import call_command

        call_command("grant_app_role", APP, stdout=io.StringIO())
        return _measure(server.database_url("app"))


def _measure(url: str) -> list[Row]:
    from audit.services import Event, record_many
    from audit.verifying import verify_all

    events = [Event("decision_item.proposed", f"account:a-{n}", {"n": n}, "case:BULK") for n in range(BULK)]
    began = time.perf_counter()
    record_many(actor="user:1 ines", events=events)
    bulk = time.perf_counter() - began
    one, many = _writers(url, 1), _writers(url, CHAINS)
    began = time.perf_counter()
    outcome = verify_all()
    walked = time.perf_counter() - began
    if outcome.faults:
        raise RuntimeError(f"the trail is broken: {outcome.faults[0]}")
    return [
        (f"{BULK:,} events in one statement", bulk, "s"),
        (f"{WRITERS} writers on one case, one event a transaction", one, "events/s"),
        (f"{WRITERS} writers over {CHAINS} cases, one event a transaction", many, "events/s"),
        (f"verification of {outcome.events:,} events in {outcome.chains} chains, no gap and no fork", walked, "s"),
    ]


def _writers(url: str, n_chains: int) -> float:
    """Events a second that twenty connections commit together; every tenth transaction is rolled back."""
    committed, stop = [0] * WRITERS, time.perf_counter() + SECONDS

    def write(number: int) -> None:
        n = 0
        with psycopg.connect(url) as link:
            while time.perf_counter() < stop:
                n += 1
                body = {
                    "action": "note.added",
                    "facts": {"n": n},
                    "salt": secrets.token_hex(32),
                    "subject": f"note:{n}",
                }
                payload = json.dumps(body, separators=(",", ":"), sort_keys=True)
                chain = f"case:W{n_chains}-{(number + n) % n_chains}"
                link.execute("SELECT audit_append(%s, %s, %s)", [chain, f"user:{number} x", [payload]])
                if n % 10:
                    link.commit()
                    committed[number] += 1
                else:
                    link.rollback()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(committed) / (time.perf_counter() - began)


if __name__ == "__main__":
    json.dump(in_own_database(), sys.stdout)
