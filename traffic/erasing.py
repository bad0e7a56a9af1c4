"""Taking records out of the lake: a file is written again without them, its row changes hands, and the old one goes after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction

from audit.holds import Held, held_refusals
from audit.services import record
from core.clock import to_us
from traffic.enums import FileKind
from traffic.lake import account_hash, lake_transaction, write_again
from traffic.models import LakeFile

logger = logging.getLogger(__name__)
Mask = Callable[[pa.Table], pa.ChunkedArray]
COUNTS = ("n_rows", "n_bytes", "sha256", "min_ts_us", "max_ts_us", "path", "account_hashes")


@dataclass(slots=True)
class Erased:
    """What went, and which files stayed because a legal hold forbids it."""

    n_exchanges: int = 0
    n_records: int = 0
    n_files: int = 0
    held_files: int = 0

    def add(self, kind: str, rows: int) -> None:
        self.n_files += 1
        if kind == FileKind.RAW:
            self.n_records += rows
        else:
            self.n_exchanges += rows


def erase_account(*, account_id: str, actor: object, basis: str) -> Erased:
    """Every exchange of an account and every record it came in. Raises Held, with what had gone by then still gone."""
    mine = account_hash(account_id)
    erased = Erased()
    for pk in _files_of(mine):
        _erase_from(pk, lambda table: pc.equal(table["account_id"], account_id), erased, actor, basis)
    return erased


def erase_older(
    *, before: datetime, kind: FileKind, kept_accounts: Collection[str], actor: object, basis: str
) -> Erased:
    """What happened before a moment, but for the kept accounts; files that a hold forbids are counted and left."""
    erased, limit = Erased(), to_us(before)
    kept = pa.array(sorted(kept_accounts), pa.string())

    def going(table: pa.Table) -> pa.ChunkedArray:
        old = pc.less(table["ts_us"], limit)
        return pc.and_(old, pc.invert(pc.is_in(table["account_id"], value_set=kept)))

    old_files = LakeFile.objects.filter(kind=kind, min_ts_us__lt=limit).order_by("pk").values_list("pk", flat=True)
    for pk in list(old_files):
        try:
            _erase_from(pk, going, erased, actor, basis)
        except Held as refusal:
            erased.held_files += 1
            logger.info("%s", refusal.message)
    return erased


def _files_of(account: int) -> list[int]:
    holds_it = LakeFile.objects.filter(account_hashes__contains=[account])
    unknown = LakeFile.objects.filter(account_hashes=None, kind=FileKind.EXCHANGES)
    return list((holds_it | unknown).order_by("pk").values_list("pk", flat=True))


def _erase_from(pk: int, going: Mask, erased: Erased, actor: object, basis: str) -> None:
    """One file, in one transaction with its row and its event; the old file is removed when that has committed."""
    with held_refusals(), lake_transaction():
        file = LakeFile.objects.filter(pk=pk).first()
        if file is None:
            return
        table = pq.read_table(settings.LAKE_DIR / file.path)
        mask = pc.fill_null(going(table), False)
        rows = pc.sum(mask).as_py() or 0
        if not rows:
            return
        left = _without(table, mask, file.kind)
        before = file.sha256
        event: dict[str, Any] = {"path": file.path, "basis": basis, "n_rows": rows, "before_sha256": before}
        old = settings.LAKE_DIR / file.path
        if left.num_rows:
            fresh = write_again(file, left)
            for name in COUNTS:
                setattr(file, name, getattr(fresh, name))
            file.save(update_fields=COUNTS)
            event |= {"after_path": file.path, "after_sha256": file.sha256}
        else:
            file.delete()
        record(actor=actor, action="lake_file.erased_from", subject=f"lake_file:{before[:16]}", **event)
        transaction.on_commit(lambda: _remove(old))
    erased.add(file.kind, rows)


def _without(table: pa.Table, mask: pa.ChunkedArray, kind: str) -> pa.Table:
    """Exchanges go as rows; a record as received keeps its place and its leaf, so that its batch still adds up."""
    if kind != FileKind.RAW:
        return table.filter(pc.invert(mask))
    for name in ("raw", "raw_sha256", "account_id", "ts_us"):
        kind_of = table.schema.field(name).type
        table = table.set_column(
            table.schema.get_field_index(name), name, pc.if_else(mask, pa.scalar(None, kind_of), table[name])
        )
    return table


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:  # nobody lists it: the sweep of the lake takes it
        logger.warning("%s could not be removed: %s", path, error)
