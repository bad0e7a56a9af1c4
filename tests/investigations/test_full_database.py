"""A disk under the database that is really full: nothing is half kept, the page says so, and work goes on once there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from psycopg.errors import DiskFull

from audit.models import AuditEvent
from audit.services import Event, record_many
from audit.verifying import verify_all
from core.clock import now
from core.http import DATABASE_FULL
from investigations.casefile import services
from investigations.casefile.verifying import steps
from investigations.enums import ExportState
from investigations.models import CaseExport, Decision, DecisionItem
from tests.factories.investigations import CaseAccountFactory, ExhibitFactory
from tests.support.cluster import Cluster
from tests.support.exports import ask
from tests.support.waiting import wait_for
from traffic import services as traffic
from traffic.enums import PullState
from traffic.models import LakeFile, Pull, PulledBatch, PulledFile

pytestmark = pytest.mark.django_db(transaction=True)
ROOM = 64 << 20
N_ACCOUNTS = 40


class SmallDisk:
    """A tmpfs that holds every table and index of the test's database."""

    def __init__(self, folder: Path) -> None:
        self.filler = folder / "filler"

    def fill(self) -> None:
        """To the last block; then the pages that the trail has already, with events, until not one more finds room."""
        with self.filler.open("wb", buffering=0) as sink:
            try:
                while sink.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass
        for many in (1_000, 1):
            self._record_until_refused(many)

    def _record_until_refused(self, many: int) -> None:
        event = Event("disk.filled", "disk:1", {})
        for _ in range(200):
            try:
                record_many(actor="worker:test", events=[event] * many)
            except OperationalError as error:
                assert isinstance(error.__cause__, DiskFull)
                return
        raise AssertionError(f"{200 * many} events found room on a full disk")

    def free(self) -> None:
        self.filler.unlink()


class RefusedDisk:
    """Where nothing may be mounted: the database refuses every event as it does on a full disk."""

    def __init__(self, link: psycopg.Connection) -> None:
        self.link = link

    def fill(self) -> None:
        words = "BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END"
        self.link.execute(f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ {words} $$")
        self.link.execute("CREATE TRIGGER full_disk BEFORE INSERT ON audit_event EXECUTE FUNCTION full_disk()")

    def free(self) -> None:
        self.link.execute("DROP FUNCTION IF EXISTS full_disk CASCADE")


@pytest.fixture
def small_disk(cluster: Cluster, app_database_url: str) -> Iterator[SmallDisk | RefusedDisk]:
    """Every table on a tmpfs that can be filled; where none may be mounted, a database that says that its disk is full."""
    folder = Path(tempfile.mkdtemp(prefix="stillwatch-small-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, check=False, capture_output=True).returncode:
        folder.rmdir()
        with psycopg.connect(cluster.super_url(str(connection.settings_dict["NAME"])), autocommit=True) as link:
            refused = RefusedDisk(link)
            try:
                yield refused
            finally:
                connection.close()
                refused.free()
        return
    try:
        owner = (cluster.folder / "pg").stat() if (cluster.folder / "pg").exists() else os.stat(cluster.folder)
        (folder / "tables").mkdir(mode=0o700)
        os.chown(folder / "tables", owner.st_uid, owner.st_gid)
        folder.chmod(0o711)
        with psycopg.connect(cluster.super_url(str(connection.settings_dict["NAME"])), autocommit=True) as link:
            link.execute(f"CREATE TABLESPACE small LOCATION '{folder / 'tables'}'")
            _no_room_in_old_pages(link)
            _move(link, "pg_default", "small")
            disk = SmallDisk(folder)
            try:
                yield disk
            finally:
                disk.filler.unlink(missing_ok=True)
                connection.close()
                _move(link, "small", "pg_default")
                link.execute("ALTER TABLE audit_event RESET (autovacuum_enabled)")
                link.execute("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(folder)


def _no_room_in_old_pages(link: psycopg.Connection) -> None:
    """Rows deleted by other tests leave pages that take new rows on a full disk; so does a vacuum of the events that found no room."""
    tables = [name for (name,) in link.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    link.execute(f"VACUUM (FULL) {', '.join(tables)}")
    link.execute("ALTER TABLE audit_event SET (autovacuum_enabled = off)")


def _move(link: Any, before: str, after: str) -> None:
    for kind in ("TABLE", "INDEX"):
        link.execute(f"ALTER {kind} ALL IN TABLESPACE {before} SET TABLESPACE {after}")


def test_nothing_is_half_kept_and_work_goes_on(
    small_disk: SmallDisk | RefusedDisk, staff: SimpleNamespace, client: Client, tmp_path: Path
) -> None:
    member = CaseAccountFactory(case__owner=staff.ines)
    for _ in range(N_ACCOUNTS - 1):
        CaseAccountFactory(case=member.case)
    case, exhibit = member.case, ExhibitFactory(case=member.case)
    export = ask(case, actor=staff.lena)
    (tmp_path / "log.jsonl").write_text(
        "".join(
            f'{{"id": "r-{n}", "account_id": "a-{n}", "ts": "2026-05-01T10:00:00Z", "prompt": "step"}}\n'
            for n in range(50)
        )
    )
    source = traffic.add_source(actor=staff.admin, path=str(tmp_path / "log.jsonl"), connector="table")
    pull = traffic.request_pull(source=source, actor=staff.admin)
    client.force_login(staff.ines)
    address = reverse("investigations:propose", args=[case.code])
    asked = {"action": "restrict", "selection": "all", "clause": "3.2", "reason": "r", "benign_reading": "b"}
    asked |= {"exhibits": [exhibit.pk], "spread_minutes": "0"}
    small_disk.fill()
    events = AuditEvent.objects.count()

    services.write_export(export=export)
    refused = client.post(address, asked)
    with pytest.raises(OperationalError):
        traffic.run_pull(pull=pull)

    export.refresh_from_db()
    assert export.state != ExportState.READY and not [*services.Path(services.settings.EXPORT_DIR).glob("*.zip")]
    assert refused.status_code == 503 and DATABASE_FULL in refused.content.decode().replace("&#x27;", "'")
    assert not Decision.objects.exists() and not DecisionItem.objects.exists()
    assert not PulledBatch.objects.exists() and not LakeFile.objects.exists()
    assert not PulledFile.objects.filter(cursor__gt=0).exists() and AuditEvent.objects.count() == events

    small_disk.free()
    long_ago = now() - timedelta(hours=1)
    CaseExport.objects.filter(pk=export.pk, state=ExportState.RUNNING).update(heartbeat_at=long_ago)
    Pull.objects.filter(pk=pull.pk, state=PullState.RUNNING).update(heartbeat_at=long_ago)
    assert services.resume_exports() == 1
    wait_for(_nobody_writes, 30, "the session of the first attempt did not end")
    services.write_export(export=export)
    export.refresh_from_db()
    path, _ = services.open_export(export=export, actor=staff.lena)
    assert not [line for line in steps.verify_each(path, steps.Given()) if line.outcome == steps.FAILS]
    assert client.post(address, asked).status_code == 302 and DecisionItem.objects.count() == N_ACCOUNTS
    traffic.run_pull(pull=pull)
    pull.refresh_from_db()
    assert (pull.state, pull.n_stored, LakeFile.objects.filter(kind="exchanges").count()) == (PullState.FINISHED, 50, 1)
    assert not verify_all().faults


def _nobody_writes() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 730101")
        return bool(cursor.fetchone()[0] == 0)
