"""The exchange lake: Parquet files by UTC day, of which only those that Postgres lists exist for anyone."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection, transaction

from core.canonical import file_sha256
from core.clock import DAY, to_us
from traffic.enums import FileKind
from traffic.models import LakeFile
from traffic.schema import EXCHANGES, ORIGINS, RAW, SKELETONS

LOCK = 0x5711_1A4E  # one number for the lake in Postgres' space of advisory locks
FEW = 64  # so many values are written into a query itself
TEXT_COLUMNS = ("prompt", "response", "system_prompt", "user_agent")
_SCHEMAS = {FileKind.EXCHANGES: EXCHANGES, FileKind.SKELETONS: SKELETONS, FileKind.ORIGINS: ORIGINS, FileKind.RAW: RAW}


@contextmanager
def lake_transaction() -> Iterator[None]:
    """A transaction in which nobody else changes the lake: what is listed now is all there is."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield


# --- Writing ------------------------------------------------------------------------------------------------------------


def write_exchanges(table: pa.Table, *, stem: str) -> list[LakeFile]:
    """Write exchanges as one file a day, sorted by account and time; the rows for Postgres are returned unsaved."""
    if not table.num_rows:
        return []
    days = np.floor_divide(table["ts_us"].to_numpy(), DAY)
    order = pc.sort_indices(
        table.select(["account_id", "ts_us", "exchange_id"]).append_column("day", pa.array(days)),
        sort_keys=[(name, "ascending") for name in ("day", "account_id", "ts_us", "exchange_id")],
    )
    table, days = table.take(order), days[order.to_numpy()]
    starts = np.flatnonzero(np.r_[True, days[1:] != days[:-1]])
    written = []
    for start, end in zip(starts, np.r_[starts[1:], len(days)], strict=True):
        moment = datetime.fromtimestamp(int(days[start]) * 86_400, UTC).date()
        part = table.slice(int(start), int(end - start))
        written.append(_write(part, FileKind.EXCHANGES, stem, moment))
    return written


def write_beside(table: pa.Table, kind: FileKind, *, stem: str) -> list[LakeFile]:
    """Write skeletons or further origins; nothing is written for no rows."""
    return [_write(table, kind, stem, None)] if table.num_rows else []


def write_again(file: LakeFile, table: pa.Table) -> LakeFile:
    """A file of the lake with fewer records, under a new name: the row to be saved in the place of `file`'s."""
    kind = FileKind(file.kind)
    return _write(table.cast(_SCHEMAS[kind]), kind, file.path.rpartition("/")[2].partition("-")[0], file.day)


def account_hash(account_id: str) -> int:
    """How a legal hold names an account: the first eight bytes of a SHA-256, as the database counts them."""
    return int.from_bytes(hashlib.sha256(f"account:{account_id}".encode()).digest()[:8], "big", signed=True)


def _account_hashes(table: pa.Table) -> list[int] | None:
    if "account_id" not in table.column_names:
        return None
    return sorted(account_hash(account) for account in table["account_id"].unique().to_pylist() if account is not None)


def _write(table: pa.Table, kind: FileKind, stem: str, day: date | None) -> LakeFile:
    folder = f"{kind.value}/{day:%Y/%m/%d}" if day else kind.value
    name = f"{folder}/{stem}-{uuid.uuid4().hex[:12]}.parquet"
    path = settings.LAKE_DIR / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".tmp-{path.name}")
    plain = [field.name for field in table.schema if pa.types.is_string(field.type) and field.name not in TEXT_COLUMNS]
    with draft.open("wb") as handle:
        pq.write_table(
            table, handle, compression="zstd", compression_level=1, use_dictionary=[*plain, *TEXT_COLUMNS[2:]]
        )
        handle.flush()
        os.fsync(handle.fileno())
    digest, size = file_sha256(draft), draft.stat().st_size
    draft.rename(path)
    _sync_folder(path.parent)
    times = pc.min_max(table["ts_us"]).as_py() if "ts_us" in table.column_names else {"min": None, "max": None}
    return LakeFile(
        kind=kind,
        day=day,
        path=name,
        n_rows=table.num_rows,
        n_bytes=size,
        sha256=digest,
        min_ts_us=times["min"],
        max_ts_us=times["max"],
        account_hashes=_account_hashes(table),
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep_lake() -> int:
    """Remove files that no row lists: leftovers of writers that were killed. Returns how many.

    Writers hold the lake's lock from their first file to the commit of its row, so an unlisted file is nobody's.
    """
    with lake_transaction():
        listed = set(LakeFile.objects.values_list("path", flat=True))
        found = list(settings.LAKE_DIR.rglob("*.parquet")) if settings.LAKE_DIR.exists() else []
        leftovers = [path for path in found if path.relative_to(settings.LAKE_DIR).as_posix() not in listed]
        for path in leftovers:
            path.unlink()
    return len(leftovers)


# --- Reading ------------------------------------------------------------------------------------------------------------


def visible_files(
    kind: FileKind,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    after: int | None = None,
    up_to: int | None = None,
) -> list[LakeFile]:
    """The listed files of a kind that can hold exchanges from `start` up to but not including `end`, oldest first.

    `after` and `up_to` name files by their ids, which grow in the order in which files become visible: what came in since
    one moment, and what the lake held at another.
    """
    found = LakeFile.objects.filter(kind=kind)
    if after is not None:
        found = found.filter(pk__gt=after)
    if up_to is not None:
        found = found.filter(pk__lte=up_to)
    if start is not None:
        found = found.filter(max_ts_us__gte=to_us(start))
    if end is not None:
        found = found.filter(min_ts_us__lt=to_us(end))
    return list(found.order_by("day", "id"))


def visible_paths(kind: FileKind, **bounds: Any) -> list[str]:
    """Absolute paths of `visible_files`, narrowed by the same bounds."""
    return [str(settings.LAKE_DIR / file.path) for file in visible_files(kind, **bounds)]


def among(column: ir.Value, values: Iterable[Any]) -> ir.BooleanValue:
    """Whether a value is one of some. Many are looked up in a table: to compile thousands of literals takes longer than to read."""
    wanted = sorted(set(values))
    return column.isin(wanted if len(wanted) <= FEW else ibis.memtable(pa.table({"value": wanted})).value)


def of_accounts(table: ir.Table, account_ids: Iterable[str]) -> ir.Table:
    """The rows of some accounts."""
    return table.filter(among(table.account_id, account_ids))


class Lake:
    """One reading connection to the lake. Expressions are Ibis, so that they run on other engines unchanged."""

    def __init__(self, connection: Any = None) -> None:
        self.engine = connection or ibis.duckdb.connect()

    def exchanges(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        after: int | None = None,
        up_to: int | None = None,
    ) -> ir.Table:
        """Exchanges from `start` up to but not including `end`, all columns; of files after and up to an id. All open."""
        paths = visible_paths(FileKind.EXCHANGES, start=start, end=end, after=after, up_to=up_to)
        table = self._table(FileKind.EXCHANGES, paths)
        if start is not None:
            table = table.filter(table.ts_us >= to_us(start))
        if end is not None:
            table = table.filter(table.ts_us < to_us(end))
        return table

    def skeletons(self) -> ir.Table:
        """Distinct skeletons with the number of stored exchanges that have each."""
        table = self._table(FileKind.SKELETONS, visible_paths(FileKind.SKELETONS))
        return table.group_by("skeleton_h").agg(skeleton=table.skeleton.min(), n=table.n.sum())

    def origins(self) -> ir.Table:
        """Further origins of stored exchanges."""
        return self._table(FileKind.ORIGINS, visible_paths(FileKind.ORIGINS))

    def account_exchanges(
        self, account_ids: Sequence[str], *, start: datetime | None = None, end: datetime | None = None
    ) -> ir.Table:
        """Every exchange of some accounts, oldest first: the files are sorted by account, so little is read."""
        table = self.exchanges(start=start, end=end)
        return of_accounts(table, account_ids).order_by("ts_us", "exchange_id")

    def exchanges_by_id(
        self, exchange_ids: Sequence[str], *, start: datetime | None = None, end: datetime | None = None
    ) -> ir.Table:
        """Exchanges by their ids in the lake; a window keeps the reading small."""
        table = self.exchanges(start=start, end=end)
        return table.filter(among(table.exchange_id, exchange_ids)).order_by("ts_us", "exchange_id")

    def _table(self, kind: FileKind, paths: list[str]) -> ir.Table:
        if not paths:
            # In this lake's own engine: Ibis would run a memtable in one engine that all threads share.
            name = f"no_{kind.value.replace('-', '_')}"
            self.engine.con.register(name, _loose(_SCHEMAS[kind]).empty_table())
            return self.engine.table(name)
        return self.engine.read_parquet(paths)


def _loose(schema: pa.Schema) -> pa.Schema:
    """The schema as an engine reads it from Parquet: digests are plain bytes there, and Ibis knows no fixed width."""
    return pa.schema([f.with_type(pa.binary()) if pa.types.is_fixed_size_binary(f.type) else f for f in schema])
