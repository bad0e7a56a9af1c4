"""kill -9, a full disk, a crashed database, a silent authority: no partial file is offered, nothing is lost, and the page says so."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from pytest import MonkeyPatch

from audit.models import AuditEvent
from audit.services import case_chain
from audit.verifying import verify_all
from core.clock import now
from core.errors import Conflict
from investigations.casefile import bag, produced, sealing, services
from investigations.casefile.verifying import steps
from investigations.casefile.writing import BagWriter
from investigations.enums import ExportState
from investigations.models import CaseExport
from investigations.services import redaction_scans, redactions
from tests.factories.investigations import (
    CaseAccountFactory,
    CaseFactory,
    ExhibitFactory,
    FlaggedSessionFactory,
    SamplePromptFactory,
)
from tests.support.exports import ask, opened, written
from tests.support.mortal import MortalWriter, mortal_writer
from tests.support.tsa import running_authority
from tests.support.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

SEALED_SPOTS = [
    "records", "acquisition", "decisions and analysis", "charts", "audit", "report", "load file",
    "description and instructions", "digests", "sealing", "sealed", "packed", "in its place", "told, not committed", "committed",
]  # fmt: skip
PRODUCED_SPOTS = [
    "reading the sealed form", "taking out", "charts", "report", "load file", "searching for what was taken out", "digests",
    "sealing", "sealed", "packed", "in its place", "map in its place", "told, not committed", "committed",
]  # fmt: skip
OF_ITS_OWN = ("taking out", "sealed", "in its place", "map in its place", "committed")  # what the sealed form has not
MARK = "heron-ash-41"


@pytest.fixture
def case(staff: SimpleNamespace) -> Any:
    member = CaseAccountFactory()
    SamplePromptFactory(session=FlaggedSessionFactory(account=member.account), prompt=f"say {MARK}")
    ExhibitFactory(case=member.case)
    return member.case


# --- What holds after every fault -----------------------------------------------------------------------------------------


def page_of(export: CaseExport, client: Client) -> str:
    client.force_login(export.requested_by)
    return client.get(reverse("investigations:casefile", args=[export.case.code, export.number])).content.decode()


def assert_not_offered(export: CaseExport, client: Client, state: str, said: str) -> None:
    """Not by the service, not by the page, and the page says why."""
    export.refresh_from_db()
    assert (export.state, export.sha256, export.path) == (state, "", "")
    with pytest.raises(Conflict):
        services.open_export(export=export, actor=export.requested_by)
    shown = page_of(export, client)
    assert said in shown.replace("&#x27;", "'") and "/download/" not in shown


def assert_whole(export: CaseExport) -> None:
    """One file that the other side's checks hold for, told once, and nothing left beside it."""
    export.refresh_from_db()
    assert (export.state, export.message, export.delay) == (ExportState.READY, "", "")
    path, _ = services.open_export(export=export, actor=export.requested_by)
    assert not [line for line in steps.verify_each(path, steps.Given()) if line.outcome == steps.FAILS]
    services.resume_exports()
    assert not list(path.parent.glob(".tmp-*"))
    events = AuditEvent.objects.filter(
        chain=case_chain(export.case.code), action="casefile.exported", subject=f"casefile:{export.name}"
    )
    assert events.count() == 1


def fall_silent(export: CaseExport) -> None:
    CaseExport.objects.filter(pk=export.pk).update(heartbeat_at=now() - timedelta(minutes=6))


def writer_gone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 730101")
        return bool(cursor.fetchone()[0] == 0)


# --- kill -9 --------------------------------------------------------------------------------------------------------------


def test_a_writer_killed_at_every_step_leaves_one_whole_file(
    case: Any, staff: SimpleNamespace, client: Client, app_database_url: str, var_dir: Path
) -> None:
    with mortal_writer(app_database_url, var_dir) as writer:
        sealed = ask(case, actor=staff.lena)
        _kill_at_each(sealed, SEALED_SPOTS, SEALED_SPOTS, writer, client)
        redaction_scans.run_scan(scan=redaction_scans.request_scan(case=case, actor=staff.lena))
        redactions.redact_value(case=case, value=MARK, reason="personal_data", actor=staff.lena)
        made = produced.request_produced(source=sealed, purpose="Production", actor=staff.lena)
        _kill_at_each(made, OF_ITS_OWN, PRODUCED_SPOTS, writer, client)
    assert produced.open_map(export=made, purpose="Asked for by the court", actor=staff.lena).is_file()
    folder = Path(services.settings.EXPORT_DIR)
    assert len(list(folder.iterdir())) == 3  # two forms and the map


def _kill_at_each(
    export: CaseExport, deaths: Sequence[str], spots: list[str], writer: MortalWriter, client: Client
) -> None:
    """Attempt after attempt dies further on than the one before; the last one dies after the commit."""
    for spot in deaths:
        attempt = writer.write(export.pk, die_at=spot)
        assert attempt.killed and list(dict.fromkeys(attempt.spots)) == spots[: spots.index(spot) + 1]
        wait_for(writer_gone, 30, "the killed writer's connection did not end")
        if spot != "committed":
            fall_silent(export)
            assert_not_offered(export, client, ExportState.RUNNING, "Its worker fell silent; nothing is lost")
            assert services.resume_exports() == 1
    assert writer.write(export.pk) == (False, [])  # told again by a late message: there is nothing to do
    assert_whole(export)


# --- A full disk ----------------------------------------------------------------------------------------------------------


@contextmanager
def bounded(folder: Path) -> Iterator[Callable[[int | None], None]]:
    """The folder on a small disk of its own, whose size is set; where nothing may be mounted, a limit on each file's size."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    mounted = bool(shutil.which("mount")) and not subprocess.run(mount, check=False, capture_output=True).returncode
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int | None) -> None:
        if mounted:
            used = sum(path.stat().st_size for path in folder.iterdir())
            room = 64 << 20 if size is None else used + size
            subprocess.run(["mount", "-o", f"remount,size={room}", str(folder)], check=True)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard if size is None else size, hard))

    try:
        yield limit
    finally:
        limit(None)
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_said_and_the_file_is_written_once_there_is_room(
    case: Any, client: Client, tmp_path: Path, settings: Any
) -> None:
    settings.EXPORT_DIR = tmp_path / "small"
    with bounded(settings.EXPORT_DIR) as limit:
        earlier = written(case)
        # none at all; among the records; while packing, when the bag itself is written
        for room in (0, 64 << 10, earlier.n_bytes - (64 << 10)):
            limit(room)
            export = ask(case)
            services.write_export(export=export)
            limit(None)
            assert_not_offered(export, client, ExportState.FAILED, services.DISK_FULL)
            assert [path.name for path in settings.EXPORT_DIR.iterdir()] == [earlier.path]
            assert AuditEvent.objects.filter(action="casefile.failed", subject=f"casefile:{export.name}").count() == 1
        assert_whole(earlier)
        assert_whole(written(case))


# --- The database ---------------------------------------------------------------------------------------------------------


def crash_database() -> None:
    """kill -9 of one backend: the server ends all others, loses its memory and recovers from its log.

    A server on another machine cannot be killed from here: then every session on it that is ours is ended.
    """
    with connection.copy().cursor() as cursor:
        cursor.execute(
            "SET synchronous_commit = on"
        )  # the tests' server is lazy: what was committed till now shall count
        cursor.execute("SELECT pg_logical_emit_message(true, 'test', ''), pg_backend_pid()")
        pid = cursor.fetchone()[1]
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            with suppress(OperationalError):
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user")


def database_is_back() -> bool:
    connection.close()
    with suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return True
    return False


def full_tablespace(*_: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$")


FAULTS = (  # in the reading transaction; between the bag and its signature; between the file and the row that offers it
    (BagWriter, "decisions", crash_database),
    (sealing, "seal", crash_database),
    (bag, "sync", crash_database),
    (services, "_record", crash_database),
    (services, "_record", full_tablespace),
)


def test_a_database_that_crashes_or_is_full_loses_nothing(
    case: Any, client: Client, monkeypatch: MonkeyPatch, settings: Any
) -> None:
    export = ask(case)
    for place, name, fault in FAULTS:
        original = getattr(place, name)

        def struck(*given: Any, _original: Any = original, _fault: Any = fault, **named: Any) -> Any:
            _fault()
            return _original(*given, **named)

        with monkeypatch.context() as patch:
            patch.setattr(place, name, struck)
            services.write_export(export=export)
        wait_for(database_is_back, 60, "the database did not come back")
        fall_silent(export)
        full = fault is full_tablespace
        said = services.DATABASE_FULL if full else "nothing is lost, and"  # itself, or that its worker fell silent
        assert_not_offered(export, client, ExportState.RUNNING, said)
        assert services.resume_exports() == 1
    services.write_export(export=export)
    assert_whole(export)
    assert not verify_all().faults


# --- The time-stamping authority ------------------------------------------------------------------------------------------


def test_without_its_time_stamp_a_file_waits_and_is_not_offered(client: Client, tmp_path: Path, settings: Any) -> None:
    with running_authority(tmp_path / "tsa") as (authority, url):
        settings.TIME_STAMP_URLS, settings.TIME_STAMP_CA_FILE = [url], str(authority.ca_file)
        settings.TIME_STAMP_TIMEOUT_S = 0.5
        export = ask(CaseFactory())
        for behaviour in ("error", "slow", "other-hash"):
            authority.behaviour = behaviour
            services.write_export(export=export)
            said = "Not sealed, tried again by itself: No time-stamping authority gave a stamp"
            assert_not_offered(export, client, ExportState.WAITING, said)
            assert not list(Path(settings.EXPORT_DIR).iterdir())
            assert services.resume_exports() == 0  # not at once
            fall_silent(export)
            assert services.resume_exports() == 1
        authority.behaviour = "good"
        services.write_export(export=export)
        assert_whole(export)
        assert f"{sealing.SIGNED}.sig.tsr" in "".join(opened(export).namelist())
