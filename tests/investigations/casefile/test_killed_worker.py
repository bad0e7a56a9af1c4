"""kill -9 of a real worker at each step of an export: nothing partial is offered, and then one whole file."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from audit.models import AuditEvent
from audit.services import case_chain
from core.canonical import file_sha256
from core.clock import now
from core.errors import Conflict
from investigations.casefile import services
from investigations.enums import ExportState
from investigations.models import CaseExport
from tests.factories.investigations import (
    CaseAccountFactory,
    ExhibitFactory,
    FlaggedSessionFactory,
    SamplePromptFactory,
)
from tests.support.exports import ask
from tests.support.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

# Where the writer is held while it is killed: what it waits for, and how the test knows that it does.
STEPS = {
    "records": "LOCK TABLE investigations_sampleprompt IN ACCESS EXCLUSIVE MODE",
    "acquisition": "LOCK TABLE traffic_pull IN ACCESS EXCLUSIVE MODE",
    "decisions and analysis": "LOCK TABLE investigations_exhibit IN ACCESS EXCLUSIVE MODE",
    "publishing": "SELECT 1 FROM audit_head FOR UPDATE",
}


@contextmanager
def held(statement: str) -> Iterator[int]:
    """A second connection that holds what the statement takes; yields its server process."""
    link = connection.copy()
    try:
        link.set_autocommit(False)
        with link.cursor() as cursor:
            cursor.execute(statement)
            cursor.execute("SELECT pg_backend_pid()")
            yield int(cursor.fetchone()[0])
    finally:
        link.rollback()
        link.close()


def waits_for(holder: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", [holder])
        return bool(cursor.fetchone()[0])


def writer_gone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 730101")
        return cursor.fetchone()[0] == 0


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_writer_leaves_one_whole_export(worker_factory: Any, var_dir: Path, tmp_path: Path, step: str) -> None:
    member = CaseAccountFactory()
    SamplePromptFactory(session=FlaggedSessionFactory(account=member.account))
    ExhibitFactory(case=member.case)
    export = ask(member.case)
    with held(STEPS[step]) as holder:  # before a worker is there, so that none can be past the step
        worker = worker_factory()
        assert services.resume_exports() == 1
        wait_for(lambda: waits_for(holder), 60, f"the writer did not come to {step}")
        worker.kill()
    export.refresh_from_db()
    assert export.state == ExportState.RUNNING
    with pytest.raises(Conflict):
        services.open_export(export=export, actor=export.requested_by)
    wait_for(writer_gone, 30, "the killed writer's connection did not end")
    CaseExport.objects.filter(pk=export.pk).update(heartbeat_at=now() - timedelta(minutes=2))
    worker_factory()
    assert services.resume_exports() == 1

    def ready() -> bool:
        export.refresh_from_db()
        assert export.state != ExportState.FAILED, export.message
        return export.state == ExportState.READY

    wait_for(ready, 90, "the export was not written after the restart")
    path, name = services.open_export(export=export, actor=export.requested_by)
    wait_for(lambda: not list(path.parent.glob(".tmp-*")), 20, "the writer left its folder behind")
    assert [file.name for file in path.parent.iterdir()] == [name]
    assert file_sha256(path) == export.sha256
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "out")
    for manifest in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
        folder = tmp_path / "out" / export.name
        subprocess.run(["sha256sum", "-c", "--strict", "--quiet", manifest], cwd=folder, check=True)
    told = AuditEvent.objects.filter(chain=case_chain(export.case.code), action="casefile.exported")
    assert told.count() == 1
