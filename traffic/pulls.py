"""Reading a source's files into the lake, batch by batch; each batch and its mark become visible in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection
from django.db.models import F

from accounts.services import note_accounts
from core.clock import from_us, now
from core.errors import Conflict, DomainError
from core.text import storable
from traffic.admission import Admission, admit
from traffic.connectors.base import Batch, Mark, Reject, SourceUnavailable
from traffic.connectors.small import RowBatch, read_rows
from traffic.derivation import derive
from traffic.enums import FileKind, Kind, PullState
from traffic.lake import lake_transaction, visible_paths, write_beside, write_exchanges
from traffic.models import LakeFile, Pull, PulledFile, QuarantinedRecord, Source
from traffic.reading import file_format, read_exchanges
from traffic.receipt import Receipt, keep_receipt, receipt_for
from traffic.sinks import sink_for

SKIPPED_ENDINGS = (".tmp", ".part", ".partial", ".swp")


class Cancelled(Exception):
    """Somebody cancelled the pull; what was committed stays."""


@dataclass(slots=True)
class Faults:
    """What went wrong in single files while the others were read."""

    messages: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files_read: int = 0


def source_files(source: Source) -> list[Path]:
    """The files of a source, by name. Raises SourceUnavailable if its path is gone."""
    root = Path(source.path)
    try:
        if root.is_file():
            return [root]
        if not root.is_dir():
            raise SourceUnavailable(f"{source.path} is not there.")
        found = [path for path in root.rglob("*") if path.is_file() and not _is_skipped(path.relative_to(root))]
    except OSError as error:
        raise SourceUnavailable(f"{source.path} cannot be read: {error.strerror}.") from None
    return sorted(found)


def _is_skipped(path: Path) -> bool:
    return path.name.endswith(SKIPPED_ENDINGS) or any(part.startswith(".") for part in path.parts)


def waiting_files(source: Source) -> list[Path]:
    """The files of a source that are new, were not read to their end, or changed since."""
    known = {row.path: row for row in source.files.all()}
    waiting = []
    for path in source_files(source):
        row, facts = known.get(str(path)), path.stat()
        if row is None or not row.done or (row.size, row.mtime_ns) != (facts.st_size, facts.st_mtime_ns):
            waiting.append(path)
    return waiting


def pull_files(pull: Pull, files: list[Path], report: Callable[[Pull], None]) -> Faults:
    """Read the files one after the other. A fault in one is kept for the end; the others are still read."""
    faults, before = Faults(), 0
    for path in files:
        try:
            with _beating(pull):
                _pull_file(pull, path, before, faults, report)
        except (SourceUnavailable, DomainError) as error:
            if isinstance(error, Conflict):
                raise
            faults.messages.append(str(error))
            _finish_file(pull, path, str(error))
        before += path.stat().st_size if path.exists() else 0
    return faults


def _pull_file(pull: Pull, path: Path, before: int, faults: Faults, report: Callable[[Pull], None]) -> None:
    facts = path.stat()
    row, _ = PulledFile.objects.get_or_create(
        source=pull.source, path=str(path), defaults={"size": facts.st_size, "mtime_ns": facts.st_mtime_ns}
    )
    row.size, row.mtime_ns = facts.st_size, facts.st_mtime_ns
    step = _exchange_steps if pull.source.kind == Kind.EXCHANGES else _row_steps
    for bytes_done in step(pull, row, path, faults):
        pull.bytes_done = before + bytes_done
        Pull.objects.filter(pk=pull.pk).update(bytes_done=pull.bytes_done, heartbeat_at=now())
        pull.refresh_from_db()
        report(pull)
        pa.default_memory_pool().release_unused()
    faults.files_read += 1
    row.done, row.message = True, ""
    row.save(update_fields=["done", "message", "size", "mtime_ns", "updated_at"])


def _finish_file(pull: Pull, path: Path, message: str) -> None:
    """A file that cannot be read further is not tried again until it changes."""
    if not path.exists():
        return
    facts = path.stat()
    PulledFile.objects.filter(source=pull.source, path=str(path)).update(
        done=True, message=storable(message), size=facts.st_size, mtime_ns=facts.st_mtime_ns, updated_at=now()
    )


# --- Exchanges ----------------------------------------------------------------------------------------------------------


def _exchange_steps(pull: Pull, row: PulledFile, path: Path, faults: Faults) -> Iterator[int]:
    source = pull.source
    mark = Mark(row.cursor, row.offset, row.sha256)
    batches = read_exchanges(
        path, connector=source.connector, settings=source.settings, mark=mark, batch_rows=settings.PULL_BATCH_ROWS
    )
    for batch, derived in derive_ahead(batches):
        faults.notes += [f"{path.name}: {note}" for note in batch.notes]
        _commit_exchanges(pull, row, batch, derived)
        yield batch.bytes_done


def derive_ahead(batches: Iterator[Batch]) -> Iterator[tuple[Batch, pa.Table]]:
    """Each batch with its derived table; the next one is derived while the caller stores this one."""
    held, fault = None, None
    with ThreadPoolExecutor(1, thread_name_prefix="derive") as pool:
        while True:
            try:
                batch = next(batches, None)
            except (SourceUnavailable, DomainError) as error:
                batch, fault = None, error
            if batch is None:
                break
            job = pool.submit(derive, batch.table)
            if held is not None:
                yield held[0], held[1].result()
            held = (batch, job)
        if held is not None:
            yield held[0], held[1].result()
    if fault is not None:
        raise fault


def _commit_exchanges(pull: Pull, row: PulledFile, batch: Batch, derived: pa.Table) -> None:
    """Files, mark, counts, quarantine and receipt of one batch, visible together or not at all."""
    receipt = receipt_for(batch, derived)
    with lake_transaction():
        _hold_mark(pull, row)
        made = admit(
            derived,
            source=pull.source.slug,
            pull_id=pull.pk,
            exchange_files=_files_around(derived),
            origin_files=visible_paths(FileKind.ORIGINS),
        )
        raw_file = _list_files(pull, made, receipt)
        _quarantine(pull, row.path, batch.rejects)
        counts = {
            "n_received": batch.n_received,
            "n_stored": made.exchanges.num_rows,
            "n_known": made.n_known,
            "n_further_origin": made.origins.num_rows,
            "n_conflict": made.n_conflict,
            "n_quarantined": len(batch.rejects),
        }
        _count(pull, **counts)
        note_accounts(storable(account) for account in made.exchanges["account_id"].unique().to_pylist())
        _move_mark(row, batch.mark)
        if receipt.table.num_rows:
            keep_receipt(pull, row.path, receipt, raw_file, counts)


def _files_around(derived: pa.Table) -> list[str]:
    """The lake's files near a batch in time: the same exchange lies within a second of itself, never in other weeks.

    What is read is thus bounded by the days around a batch, not by the age of the lake.
    """
    if not derived.num_rows:
        return []
    times, margin = pc.min_max(derived["ts_us"]).as_py(), timedelta(days=settings.PULL_ID_CHECK_DAYS)
    start, end = from_us(times["min"]) - margin, from_us(times["max"]) + margin
    return visible_paths(FileKind.EXCHANGES, start=start, end=end)


def _list_files(pull: Pull, made: Admission, receipt: Receipt) -> LakeFile | None:
    """List what the batch adds; the file of its records as received, where there is one, is returned."""
    stem = f"p{pull.pk}"
    files = write_exchanges(made.exchanges, stem=stem)
    files += write_beside(made.skeletons, FileKind.SKELETONS, stem=stem)
    files += write_beside(made.origins, FileKind.ORIGINS, stem=stem)
    files += write_beside(receipt.table, FileKind.RAW, stem=stem) if receipt.kept else []
    for file in files:
        file.pull = pull
    LakeFile.objects.bulk_create(files)
    return files[-1] if receipt.kept else None


# --- Other rows ---------------------------------------------------------------------------------------------------------


def _row_steps(pull: Pull, row: PulledFile, path: Path, faults: Faults) -> Iterator[int]:
    for batch in read_rows(path, format=file_format(path)):
        notes = _commit_rows(pull, row, batch)
        faults.notes += [note for note in notes if note not in faults.notes]
        yield batch.bytes_done


def _commit_rows(pull: Pull, row: PulledFile, batch: RowBatch) -> list[str]:
    with lake_transaction():
        _hold_mark(pull, row)
        taken = sink_for(pull.source.kind)(batch.rows, pull.source, now())
        rejects = [*batch.rejects, *taken.rejects]
        _quarantine(pull, row.path, rejects)
        received = len(batch.rows) + len(batch.rejects)
        _count(pull, n_received=received, n_stored=taken.stored, n_known=taken.known, n_quarantined=len(rejects))
        _move_mark(row, batch.mark)
    return taken.notes


# --- Shared -------------------------------------------------------------------------------------------------------------


def _hold_mark(pull: Pull, row: PulledFile) -> None:
    """Lock the mark and make sure that nobody moved it: a worker that was given up for dead may still be alive."""
    state = Pull.objects.select_for_update().values_list("state", flat=True).get(pk=pull.pk)
    if state == PullState.CANCELLED:
        raise Cancelled
    there = PulledFile.objects.select_for_update().get(pk=row.pk)
    if (there.cursor, there.offset, there.sha256) != (row.cursor, row.offset, row.sha256):
        raise Conflict(f"{row.path} is being read by another worker, which has come to record {there.cursor}.")


def _move_mark(row: PulledFile, mark: Mark) -> None:
    if mark.cursor:
        row.cursor, row.offset, row.sha256 = mark.cursor, mark.offset, mark.sha256
    row.done = False
    row.save(update_fields=["cursor", "offset", "sha256", "done", "size", "mtime_ns", "updated_at"])


def _quarantine(pull: Pull, path: str, rejects: list[Reject]) -> None:
    rows = [
        QuarantinedRecord(
            pull=pull,
            path=path,
            line=reject.position,
            raw=reject.raw,
            raw_size=reject.size,
            raw_sha256=reject.sha256,
            reason=storable(reject.reason),
        )
        for reject in rejects
    ]
    QuarantinedRecord.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def _count(pull: Pull, **counts: int) -> None:
    changes: dict[str, Any] = {name: F(name) + count for name, count in counts.items()}
    Pull.objects.filter(pk=pull.pk).update(**changes, heartbeat_at=now())


@contextmanager
def _beating(pull: Pull) -> Iterator[None]:
    """Say every few seconds that this worker lives, also while it skips through a file that is half read."""
    ended, every = threading.Event(), settings.PULL_STALE_AFTER_S / 6

    def beat() -> None:
        try:
            while not ended.wait(every):
                Pull.objects.filter(pk=pull.pk, state=PullState.RUNNING).update(heartbeat_at=now())
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
