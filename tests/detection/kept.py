"""The small planted log as a lake, written once a process, and the first look at it, carried out once a module."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from pytest import MonkeyPatch

from accounts.models import ApiAccount
from core.clock import from_us, now
from detection import services
from detection.analysis.parameters import Parameters
from detection.enums import RunState
from detection.models import DetectionRun
from staff.permissions import Worker
from tests.detection.analysis.test_pipeline import small_log
from traffic.lake import write_exchanges
from traffic.models import LakeFile
from traffic.schema import EXCHANGES

WORKER = Worker("test")
FAST = Parameters(draws=499, draws_tail=4_999)


def finished(**options: Any) -> DetectionRun:
    run = services.request_run(actor=WORKER, parameters=FAST, **options)
    return services.run_detection(run=run)


@dataclass(frozen=True)
class WrittenLake:
    """The files below `var`, and the rows that list them and their accounts, not saved yet."""

    table: pa.Table
    var: Path
    files: list[LakeFile]
    accounts: list[ApiAccount]

    def put(self, var: Path) -> pa.Table:
        """Stand the lake up in an empty database and an empty var/."""
        shutil.copytree(self.var, var, dirs_exist_ok=True)
        LakeFile.objects.bulk_create(map(copy.copy, self.files))
        ApiAccount.objects.bulk_create(map(copy.copy, self.accounts))
        return self.table


@dataclass(frozen=True)
class Look:
    """A lake, and the first run over it, finished."""

    lake: pa.Table
    run: DetectionRun
    var: Path


def write_lake(var: Path) -> WrittenLake:
    rows, accounts = small_log()
    values = []
    for i, row in enumerate(rows.to_dict("records")):
        blank = dict.fromkeys(EXCHANGES.names)
        fixed = {
            "exchange_id": f"x{i}",
            "record_id": f"x{i}",
            "prompt_h": i,
            "content_state": "full",
            "raw_sha256": b"0" * 32,
        }
        stored = {"source": "s", "pull_id": 1, "conflict": False, "content_sha256": b"1" * 32, "derivation_version": 2}
        values.append({**blank, "n_output_tokens": 10, "model": "m", **row, **fixed, **stored})
    table = pa.Table.from_pylist(values, schema=EXCHANGES)
    with MonkeyPatch.context() as patch:
        patch.setattr(settings, "LAKE_DIR", var / "lake")
        files = list(write_exchanges(table, stem="t"))
    made = [
        ApiAccount(account_id=a["account_id"], payment_fp=a["payment_fp"], plan="p")
        for a in accounts.to_dict("records")
    ]
    return WrittenLake(table, var, files, made)


@contextmanager
def looked_at(written: WrittenLake, var: Path) -> Iterator[Look]:
    """Within a transaction that is taken back at the end: what a test does in it is a savepoint of its own."""
    with MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(settings, "VAR_DIR", var)
        patch.setattr(settings, "LAKE_DIR", var / "lake")
        yield Look(written.put(var), finished(), var)
        transaction.set_rollback(True)


def newest(lake: pa.Table) -> datetime:
    """The moment of the last exchange."""
    return from_us(max(lake["ts_us"].to_pylist()))


def done(**options: Any) -> DetectionRun:
    """A run that was asked for and has finished."""
    run = services.run_detection(run=services.request_run(actor=WORKER, **options))
    assert run.state == RunState.FINISHED, run.message
    return run


def days_ago(run: DetectionRun, days: int) -> None:
    """Let a run have been asked for so long ago."""
    DetectionRun.objects.filter(pk=run.pk).update(requested_at=now() - timedelta(days=days))
