"""Erasing one account's texts, and what has become too old: time and peak memory.

    .venv/bin/python -m benchmarks.bench_erasing [--rows 100000]

A throw-away Postgres and lake; as many exchanges of one account as of a hundred others beside it, over 30 days, pulled from a
log as any other, so that their records as received are kept too. All of the account's exchanges are sampled, and one in a hundred
of the samples was revealed by a person. First its erasure is asked for, off hold; then all that is left has outlived its retention.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.throwaway import own_database

Row = tuple[str, object, str]
N_ROWS, DAYS, OTHERS, START = 100_000, 30, 100, 1_772_323_200
ACCOUNT = "acct_erased"
SAMPLES = """
INSERT INTO investigations_sampleprompt
    (session_id, exchange_id, position, occurred_at, model, system_prompt, prompt, response, prompt_sha256, response_sha256,
     raw_sha256, content_state, in_unit, method, pulled_at)
SELECT %s, 'ex-' || n, n, now(), 'quartz-2', '', 'Explain ' || md5(n::text), repeat(md5(n::text), 20), repeat('a', 64),
       repeat('b', 64), repeat('c', 64), 'full', true, '{}', now() FROM generate_series(1, %s) n
"""


def main(rows: int = N_ROWS) -> list[Row]:
    """The measuring itself runs in a process of its own, with a database and a lake of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_erasing", "--json", "--rows", str(rows)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"benchmarks.bench_erasing ended with status {done.returncode}")
    return [(what, value, unit) for what, value, unit in json.loads(done.stdout.splitlines()[-1])]


def measure(rows: int, folder: Path) -> list[Row]:
    """Fill, then erase, in one process."""
    from audit.verifying import verify_all
    from investigations.services import erasure
    from staff.enums import Role
    from staff.models import User
    from traffic.models import LakeFile

    counsel = User.objects.create(username="counsel", role=Role.LEGAL)
    account = fill(rows, folder)
    files = LakeFile.objects.count()
    began, cpu = time.perf_counter(), time.process_time()
    answer = erasure.answer_erasure_request(account=account, reference="Letter of 3 November", actor=counsel)
    told: list[Row] = [
        (f"erasing an account: {json.dumps(answer.counts)}, of {files} lake files", time.perf_counter() - began, "s"),
        ("erasing an account: processor time without Postgres", time.process_time() - cpu, "s"),
    ]
    began, cpu = time.perf_counter(), time.process_time()
    done = erasure.erase_what_is_due()
    told += [
        (f"retention: {json.dumps(done)}", time.perf_counter() - began, "s"),
        ("retention: processor time without Postgres", time.process_time() - cpu, "s"),
        ("peak memory, filling included", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"),
    ]
    began, checked = time.perf_counter(), verify_all()
    if checked.faults:
        raise SystemExit(f"the chain does not verify: {checked.faults[0]}")
    return [*told, ("verifying the trail afterwards", time.perf_counter() - began, "s")]


def fill(rows: int, folder: Path) -> Any:
    """The log, pulled; the account with its samples and what people did with them."""
    from django.db import connection

    from accounts.models import ApiAccount
    from audit.models import SYSTEM_CHAIN
    from audit.services import Event, record_many
    from core.clock import now
    from investigations.models import FlaggedSession, SamplePrompt
    from staff.permissions import Worker
    from traffic import services

    log = folder / "log.jsonl"
    _write_log(log, rows)
    worker = Worker("watch")
    source = services.add_source(actor=worker, path=str(log))
    pull = services.run_pull(pull=services.request_pull(source=source, actor=worker))
    pull.refresh_from_db()
    if pull.n_stored != 2 * rows:
        raise SystemExit(f"{pull.n_stored:,} of {2 * rows:,} exchanges were stored: {pull.message}")
    account, _ = ApiAccount.objects.get_or_create(account_id=ACCOUNT)
    session = FlaggedSession.objects.create(account=account, session_key="s/1", started_at=now(), ended_at=now())
    with connection.cursor() as cursor:
        cursor.execute(SAMPLES, [session.pk, rows])
        cursor.execute("ANALYZE")
    numbers = SamplePrompt.objects.order_by("pk").values_list("pk", flat=True)[: max(1, rows // 100)]
    reveals = [Event("sample.revealed", f"sample:{n}", {"reason": "Reviewed"}, SYSTEM_CHAIN) for n in numbers]
    record_many(actor=worker, events=reveals)
    return account


def _write_log(path: Path, rows: int) -> None:
    """Exchanges of the account and of the others in turn."""
    from benchmarks.bench_ingest import exchange

    draw = random.Random(11)
    with path.open("w", encoding="utf-8") as lines:
        for number in range(2 * rows):
            row = exchange(draw, number)
            row["account_id"] = f"acct_{draw.randrange(OTHERS):04d}" if number % 2 else ACCOUNT
            row["ts"] = START + number * DAYS * 86_400 / (2 * rows)
            lines.write(json.dumps(row) + "\n")


def in_own_database(rows: int) -> list[Row]:
    """Measure on a throw-away Postgres and lake."""
    with (
        tempfile.TemporaryDirectory(prefix="stillwatch-bench-log-") as folder,
        own_database(LAKE_RETENTION_DAYS="1", RAW_RETENTION_DAYS="1"),
    ):
        return measure(rows, Path(folder))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=N_ROWS)
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    found = in_own_database(options.rows)
    print(json.dumps(found) if options.json else "\n".join(f"{what}: {value} {unit}" for what, value, unit in found))
