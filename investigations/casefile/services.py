"""Asking for a case file, writing it whole or not at all, and handing it over."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Max, Q
from psycopg.errors import DiskFull

from audit.alarm import check_trail_whole
from audit.services import case_chain, record
from core.canonical import file_sha256
from core.clock import now
from core.enqueue import enqueue_on_commit
from core.errors import Conflict, InvalidInput, Unavailable
from core.jobs import Heartbeat, call_workers, silent, sole_worker
from investigations.casefile import bag, produced, sealing
from investigations.casefile.alternatives import check_answered
from investigations.casefile.sealing import Sealer
from investigations.enums import ExportState
from investigations.models import Case, CaseExport
from investigations.sighted import check_sighted
from staff.enums import Action
from staff.permissions import Actor, Worker, check

logger = logging.getLogger(__name__)
UNSEALED_RETRY_S = 300
INTERRUPTED = "The database went away while the file was written; nothing is lost, and it is written anew by itself."
DATABASE_FULL = "The database's disk is full; free some room, and the file is written anew by itself."
DISK_FULL = "The disk of the exports folder is full; free some room and ask again."
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LOCK_SPACE = 730_101  # our own corner of Postgres's advisory locks
UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)


def request_export(*, case: Case, purpose: str, actor: Actor, override_reason: str = "") -> CaseExport:
    """Put a case file on the work list under the case's next number and wake a worker.

    Raises Conflict where the case against the finding has an empty section and `override_reason` gives no reason.
    """
    from investigations.casefile.tasks import write_export_task

    check(actor, Action.EXPORT_CASE)
    check_trail_whole()
    if not purpose.strip():
        raise InvalidInput("purpose", purpose, "say what the case file is for")
    override_reason = override_reason.strip()
    check_answered(case, override_reason)
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=case.pk)
        last = CaseExport.objects.filter(case=case).aggregate(last=Max("number"))["last"] or 0
        export = CaseExport.objects.create(
            case=case,
            number=last + 1,
            purpose=purpose.strip(),
            requested_by=actor,  # type: ignore[misc]
        )
        _record(export, actor, "casefile.requested", purpose=export.purpose, override_reason=override_reason)
        enqueue_on_commit(write_export_task, export_id=export.pk)
    return export


def write_export(*, export: CaseExport) -> None:
    """Write the case file from one state of the database. A second worker on the same export goes away."""
    with sole_worker(_LOCK_SPACE, export.pk) as alone:
        if alone:
            _write_alone(export)


def _write_alone(export: CaseExport) -> None:
    mine = CaseExport.objects.filter(pk=export.pk, state__in=UNFINISHED)
    moment = now()
    if not mine.update(state=ExportState.RUNNING, started_at=moment, heartbeat_at=moment, progress="starting"):
        return
    folder = _temporary(export.name)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        check_trail_whole()
        _build(export, folder)
        _publish(export, folder)
    except (OperationalError, InterfaceError) as error:
        logger.warning(
            "The database went away while %s was written; the sweep has it written anew", export, exc_info=True
        )
        _say_interrupted(export, error)
    except sealing.NOT_SEALED as error:
        _wait_unsealed(export, error.message)
    except OSError as error:
        _fail(export, DISK_FULL if error.errno in _FULL else str(error))
    except Exception as error:
        logger.exception("Export %s failed", export)
        _fail(export, f"The case file could not be written: {type(error).__name__}: {error}"[:500])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _build(export: CaseExport, folder: Path, sealer: Sealer | None = None) -> None:
    """Written from one state of the database, then sealed, then packed: what cannot be sealed is not packed."""
    from investigations.casefile.writing import BagWriter  # brings matplotlib, which a web process never needs

    made = hasattr(export, "production")
    sealer = sealer or sealing.DeskSealer()
    target = folder / export.name
    checkpoint = None if made else sealer.checkpoint(case_chain(export.case.code), purpose=f"case file {export.name}")
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        fresh = CaseExport.objects.select_related("case__owner", "case__campaign", "requested_by").get(pk=export.pk)
        with Heartbeat(export) as beat:
            if made:
                produced.build(fresh, folder, sealer, lambda step: beat.say(progress=step))
            else:
                writer = BagWriter(fresh, target, sealing.facts_of(sealer), sealer.public_pem)
                writer.write(checkpoint, lambda step: beat.say(progress=step))
            beat.say(progress="sealing")
    sealing.seal(target, sealer)
    if made:
        produced.pack_map(export, folder, sealer)
    bag.zip_bag(target, folder / f"{export.name}.zip")


def _publish(export: CaseExport, folder: Path) -> None:
    """The whole file appears under its name; then, in one transaction, the row offers it and the trail says so."""
    done, target = folder / f"{export.name}.zip", Path(settings.EXPORT_DIR) / f"{export.name}.zip"
    digest, size = file_sha256(done), done.stat().st_size
    os.replace(done, target)
    bag.sync(target.parent)
    with transaction.atomic():
        if hasattr(export, "production"):
            produced.publish_map(export, folder)
        CaseExport.objects.filter(pk=export.pk).update(
            state=ExportState.READY,
            path=target.name,
            sha256=digest,
            n_bytes=size,
            finished_at=now(),
            progress="",
            message="",
        )
        _record(export, Worker("casefile"), "casefile.exported", sha256=digest, n_bytes=size)


def _wait_unsealed(export: CaseExport, message: str) -> None:
    """The signer or the time-stamping authority does not answer: the file waits, unsealed and never offered."""
    words = f"Not sealed, tried again by itself: {message}"[:500]
    waiting = CaseExport.objects.filter(pk=export.pk)
    waiting.update(state=ExportState.WAITING, message=words, heartbeat_at=now(), progress="")


def _say_interrupted(export: CaseExport, error: Exception) -> None:
    """On a fresh connection, if there is one already; else the page says that the worker fell silent."""
    connection.close()
    words = DATABASE_FULL if isinstance(error.__cause__, DiskFull) else INTERRUPTED
    with suppress(OperationalError, InterfaceError):
        CaseExport.objects.filter(pk=export.pk, state=ExportState.RUNNING).update(message=words)


def _fail(export: CaseExport, message: str) -> None:
    (Path(settings.EXPORT_DIR) / f"{export.name}.zip").unlink(missing_ok=True)  # whole, perhaps, but never offered
    with transaction.atomic():
        CaseExport.objects.filter(pk=export.pk).update(
            state=ExportState.FAILED, message=message, finished_at=now(), progress=""
        )
        _record(export, Worker("casefile"), "casefile.failed", message=message)


def resume_exports() -> int:
    """Wake a worker for each export that waits or whose writer fell silent; returns how many."""
    from investigations.casefile.tasks import write_export_task

    unsealed = Q(heartbeat_at=None) | Q(heartbeat_at__lt=now() - timedelta(seconds=UNSEALED_RETRY_S))
    stalled = CaseExport.objects.filter(Q(unsealed, state=ExportState.WAITING) | silent(ExportState.RUNNING))
    woken = call_workers(stalled, write_export_task, "export_id")
    unfinished = CaseExport.objects.filter(state__in=UNFINISHED).select_related("case")
    kept = {_temporary(export.name) for export in unfinished}
    for folder in Path(settings.EXPORT_DIR).glob(".tmp-*"):
        if folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)
    return woken


def open_export(*, export: CaseExport, actor: Actor) -> tuple[Path, str]:
    """Path and file name of a whole case file, its digest checked now. The hand-over is an event."""
    check(actor, Action.EXPORT_CASE)
    check_sighted(export, actor)
    check_trail_whole()
    if export.state != ExportState.READY:
        raise Conflict(f"{export.name} is not ready; it is {export.get_state_display()}.")
    path = Path(settings.EXPORT_DIR) / f"{export.name}.zip"
    if not path.is_file() or file_sha256(path) != export.sha256:
        raise Unavailable(f"{export.name}.zip is missing or was changed since it was written; export the case again.")
    _record(export, actor, "casefile.downloaded", sha256=export.sha256)
    return path, path.name


def _temporary(name: str) -> Path:
    return Path(settings.EXPORT_DIR) / f".tmp-{name}"


def _record(export: CaseExport, actor: object, action: str, **facts: object) -> None:
    chain = case_chain(export.case.code)
    record(actor=actor, action=action, subject=f"casefile:{export.name}", chain=chain, number=export.number, **facts)
