"""Writing and checking the case file of a large campaign: time, peak memory, size.

    .venv/bin/python -m benchmarks.bench_casefile [--accounts 25000] [--samples 4] [--produced]

Fills a throw-away Postgres with one campaign case of 25,000 accounts, one flagged session each with four sampled exchanges
of about 1,200 characters and their records as received, 1,000 audit events of the case, readings, rival explanations, control
accounts, and a small lake. Then one process of its own writes the case file through the same service as a worker, and another
checks it with the `verify.py` that lies in it. `--produced` besides has the texts looked through, takes 100 values out and makes
the produced form. Peak memory is the largest resident size of each process and the Typst part inside it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.throwaway import own_database

Row = tuple[str, object, str]
N_ACCOUNTS, N_SAMPLES, N_EVENTS, N_CONTROLS = 25_000, 4, 1_000, 2_000
N_VALUES, BATCH = 100, 25_000

ACCOUNTS = """
INSERT INTO accounts_apiaccount
    (account_id, plan, country, email_domain, email_pattern, payment_fp, phone_fp, device_fp, declared_use, status_pulled,
     status_decided, close_reason, tags, recorded_at, seen_in_records, verified)
SELECT 'acct_' || lpad(n::text, 6, '0'), 'build', 'DE', 'mail' || n % 300 || '.example', '', 'fp-' || n % 9000, '', '', '',
       'active', '', '', '{}', now(), true, CASE WHEN n > %(accounts)s THEN true END
FROM generate_series(1, %(accounts)s + %(controls)s) n
"""
CASE = """
INSERT INTO investigations_caseaccount (case_id, account_id, tier, added_at)
SELECT %(case)s, id, CASE WHEN id % 4 = 0 THEN 'associate' ELSE 'core' END, now() FROM accounts_apiaccount WHERE verified IS NULL;
INSERT INTO detection_campaignmember
    (campaign_id, account_id, tier, k, n, background_share, membership_p, tied_by, first_at, last_at)
SELECT %(campaign)s, account_id, tier, 40, 60, 0.001, 1e-6, 'same template, lockstep', now() - interval '40 days', now()
FROM investigations_caseaccount;
INSERT INTO detection_accountscore (run_id, account_id, score, flagged, lead, campaign_id, n_exchanges, because)
SELECT %(run)s, id, 1, verified IS NULL OR id % 500 = 0, false, CASE WHEN verified IS NULL THEN %(campaign)s END, 60, ''
FROM accounts_apiaccount;
INSERT INTO investigations_flaggedsession
    (session_key, account_id, campaign_id, run_id, started_at, ended_at, n_exchanges, n_unit_exchanges, strength, reason,
     flagged_at, sampled_at, verdict, verdict_reason, tags, rule)
SELECT 's/' || account_id, account_id, %(campaign)s, %(run)s, now() - account_id * interval '30 seconds', now(), 60, 40, 5,
       '40 of 60 exchanges are in the units of the campaign', now(), now(), '', '', '{}', ''
FROM investigations_caseaccount;
INSERT INTO investigations_sampleprompt
    (session_id, exchange_id, position, occurred_at, model, system_prompt, prompt, response, prompt_sha256, response_sha256,
     raw_sha256, content_state, in_unit, method, pulled_at)
SELECT s.id, 'exchange-' || s.id || '-' || n, n, s.started_at + n * interval '1 minute', 'model-1', 'Answer as an expert.',
       'Explain step ' || n || ' of problem ' || s.id || ': ' || repeat(md5(s.id::text || n) || ' ', 18),
       'First, ' || repeat(md5(n::text || s.id) || ' ', 18), repeat('a', 64), repeat('b', 64), repeat('c', 64), 'full', true,
       '{"frame": "exchanges of the session", "frame_size": 60, "seed": "0", "size": 4, "version": "1"}', now()
FROM investigations_flaggedsession s CROSS JOIN generate_series(1, %(samples)s) n;
UPDATE investigations_sampleprompt SET
    prompt_sha256 = encode(sha256(convert_to(prompt, 'UTF8')), 'hex'),
    response_sha256 = encode(sha256(convert_to(response, 'UTF8')), 'hex'),
    raw_sha256 = encode(sha256(convert_to(prompt || response, 'UTF8')), 'hex')
"""


def main(accounts: int = N_ACCOUNTS, samples: int = N_SAMPLES) -> list[Row]:
    """The measuring itself runs in processes of its own, with a database of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_casefile", "--json"]
    command += ["--accounts", str(accounts), "--samples", str(samples)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"benchmarks.bench_casefile ended with status {done.returncode}")
    return [(what, value, unit) for what, value, unit in json.loads(done.stdout.splitlines()[-1])]


def measure(accounts: int, samples: int, *, produced: bool = False) -> list[Row]:
    """Fill, write in a child process, check in another."""
    began = time.perf_counter()
    export_id = fill(accounts, samples)
    rows: list[Row] = [("filling", time.perf_counter() - began, "s"), ("load of the machine", os.getloadavg()[0], "")]
    began = time.perf_counter()
    told = json.loads(_child("--write", str(export_id)).splitlines()[-1])
    rows += [
        (f"writing {accounts:,} accounts, {accounts * samples:,} exchanges", time.perf_counter() - began, "s"),
        ("writing: processor time", told["cpu_s"], "s"),
        ("writing: peak memory", told["peak_mib"], "MiB"),
        ("size of the zip", Path(told["path"]).stat().st_size / 2**20, "MiB"),
    ]
    with zipfile.ZipFile(told["path"]) as archive:
        rows.append(("files in it", len(archive.namelist()), ""))
        top = archive.namelist()[0].split("/")[0]
        script = Path(told["path"]).with_name("verify.py")
        script.write_bytes(archive.read(f"{top}/data/verify.py"))
    command = [sys.executable, "-I", "-S", str(script), told["path"], "--fingerprint", told["fingerprint"]]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True, stdout=sys.stderr)
    rows.append(("checking with verify.py", time.perf_counter() - began, "s"))
    rows.append(("checking: processor time", resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, "s"))
    return rows + (_produced(export_id) if produced else [])


def _produced(export_id: int) -> list[Row]:
    """The produced form of the same, without 100 values that stand in four exchanges each."""
    from investigations.casefile import produced
    from investigations.models import CaseExport, FlaggedSession
    from investigations.services import redaction_scans, redactions
    from staff.enums import Role
    from staff.models import User

    counsel, source = User.objects.create(username="counsel", role=Role.LEGAL), CaseExport.objects.get(pk=export_id)
    scan = redaction_scans.request_scan(case=source.case, actor=counsel)
    began = time.process_time()
    redaction_scans.run_scan(scan=scan)
    looked = time.process_time() - began
    for number in FlaggedSession.objects.order_by("pk").values_list("pk", flat=True)[:N_VALUES]:
        value = f"of problem {number}:"
        redactions.redact_value(case=source.case, value=value, reason="personal_data", actor=counsel)
    export = produced.request_produced(source=source, purpose="Benchmark", actor=counsel)
    began = time.perf_counter()
    told = json.loads(_child("--write", str(export.pk)).splitlines()[-1])
    return [
        ("looking through the texts: processor time", looked, "s"),
        (f"producing without {N_VALUES} values", time.perf_counter() - began, "s"),
        ("producing: processor time", told["cpu_s"], "s"),
        ("producing: peak memory", told["peak_mib"], "MiB"),
        ("size of the produced zip", Path(told["path"]).stat().st_size / 2**20, "MiB"),
    ]


def fill(accounts: int, samples: int) -> int:
    """The case and the request for its file; returns the export's number in the database."""
    from django.db import connection

    from audit.services import Event, case_chain, record_many
    from investigations.casefile import services
    from investigations.models import Case, CaseExport
    from staff.enums import Role
    from staff.models import User

    person = User.objects.create(username="bench", role=Role.LEAD)
    campaign = _campaign()
    case = Case.objects.create(code="CASE-2026-0001", title="A large campaign", owner=person, campaign=campaign)
    facts = {"accounts": accounts, "controls": N_CONTROLS, "samples": samples, "case": case.pk}
    facts |= {"campaign": campaign.pk, "run": campaign.last_run_id}
    with connection.cursor() as cursor:
        for statement in filter(str.strip, f"{ACCOUNTS};{CASE}".split(";\n")):
            for name, value in facts.items():
                statement = statement.replace(f"%({name})s", str(value))
            cursor.execute(statement)
        cursor.execute("ANALYZE")
    _receive()
    chain = case_chain(case.code)
    facts_of_an_event = {"reason": "Reviewed one after the other, as the queue gave them."}
    events = [Event("case.viewed", f"case:{case.code}", facts_of_an_event, chain) for _ in range(N_EVENTS)]
    record_many(actor=person, events=events)
    export = services.request_export(case=case, purpose="Benchmark", actor=person)
    assert isinstance(export, CaseExport)
    return export.pk


def _receive() -> None:
    """The exchanges' records as received, in batches with their receipts."""
    import hashlib

    import pyarrow as pa

    from core.clock import to_us
    from investigations.models import SamplePrompt
    from traffic.enums import FileKind
    from traffic.lake import write_beside
    from traffic.models import Pull, Source
    from traffic.receipt import Receipt, digest_of, keep_receipt, leaf_of
    from traffic.schema import RAW

    source = Source.objects.create(slug="bench", name="bench", connector="table", path="/bench")
    pull = Pull.objects.create(source=source, requested_by="bench")
    counts = dict.fromkeys(("n_received", "n_stored", "n_known", "n_further_origin", "n_conflict", "n_quarantined"), 0)
    names = ("session__account__account_id", "occurred_at", "prompt", "response")
    drawn = list(SamplePrompt.objects.order_by("pk").values_list(*names))
    for start in range(0, len(drawn), BATCH):
        some, salt = drawn[start : start + BATCH], os.urandom(32)
        raws = [(prompt + response).encode() for _, _, prompt, response in some]
        digests = [hashlib.sha256(raw).digest() for raw in raws]
        leaves = [leaf_of(salt, digest) for digest in digests]
        columns = [range(start + 1, start + len(some) + 1), leaves, raws, digests]
        columns += [[account for account, *_ in some], [to_us(at) for _, at, *_ in some]]
        table = pa.table(dict(zip(RAW.names, columns, strict=True)), schema=RAW)
        (file,) = write_beside(table, FileKind.RAW, stem="bench")
        file.save()
        receipt = Receipt(table, salt, digest_of(leaves), sum(map(len, raws)))
        keep_receipt(pull, "/bench", receipt, file, counts)


def _campaign() -> Any:
    from django.utils import timezone

    from detection.models import Campaign, DetectionRun, RivalExplanation, SignalReading, Unit

    now = timezone.now()
    run = DetectionRun.objects.create(state="finished", finished_at=now, requested_by="bench", n_units=4)
    campaign = Campaign.objects.create(
        code="C-0001",
        name="Campaign",
        level="certified",
        first_run=run,
        last_run=run,
        started_at=now - timedelta(days=30),
        ended_at=now,
        score=12.0,
        gate_p=1e-6,
        n_exchanges=1_000_000,
    )
    for number in range(4):
        unit = Unit.objects.create(
            run=run,
            kind="template",
            key=f"unit-{number}",
            campaign=campaign,
            level="certified",
            selector={"columns": {"pre8": [7]}},
            n_accounts=1,
            n_exchanges=1,
        )
        for signal in ("X1", "X2", "H1", "H2", "N1", "I1"):
            SignalReading.objects.create(
                unit=unit,
                signal=signal,
                family=signal[0],
                title="Reading",
                sentence="In words, with its doubt.",
                benign="A class would look so too.",
                p=1e-5,
                version="1",
            )
        for story in range(10):
            RivalExplanation.objects.create(
                unit=unit, story=f"Story {story}", finding="contradicted", because="Numbers"
            )
    return campaign


def write(export_id: int) -> dict[str, Any]:
    """Write the case file here; what it cost this process."""
    from django.conf import settings

    from investigations.casefile import services
    from investigations.models import CaseExport

    export = CaseExport.objects.get(pk=export_id)
    services.write_export(export=export)
    export.refresh_from_db()
    if export.state != "ready":
        raise SystemExit(export.message)
    from investigations.casefile.sealing import DeskSealer

    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "path": str(Path(settings.EXPORT_DIR) / export.path),
        "fingerprint": DeskSealer().fingerprint,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mib": _peak_mib(),
    }


def _peak_mib() -> float:
    """The largest resident size of this process. Not `ru_maxrss`, which keeps what the parent held when it started this one."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _child(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks.bench_casefile", *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def in_own_database(accounts: int, samples: int, *, produced: bool = False) -> list[Row]:
    """Measure on a throw-away Postgres."""
    with own_database():
        return measure(accounts, samples, produced=produced)


def _set_up() -> None:
    import django

    django.setup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=N_ACCOUNTS)
    parser.add_argument("--samples", type=int, default=N_SAMPLES)
    parser.add_argument("--produced", action="store_true", help="make the produced form too")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--write", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        _set_up()
        print(json.dumps(write(options.write)))
    else:
        found = in_own_database(options.accounts, options.samples, produced=options.produced)
        print(
            json.dumps(found) if options.json else "\n".join(f"{what}: {value} {unit}" for what, value, unit in found)
        )
