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
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.filling_case import fill_case
from benchmarks.throwaway import own_database

Row = tuple[str, object, str]
N_ACCOUNTS, N_SAMPLES, N_VALUES = 25_000, 4, 100


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
    export_id = fill_case(accounts, samples)
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
