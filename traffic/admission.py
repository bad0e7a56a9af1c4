"""Which rows of a batch are new to the lake: set-based, over the key columns of the files that Postgres lists.

Stored once: the same record pulled again; the same exchange from another source (same id, same account, times within one
second, equal texts wherever both have one). Kept beside and marked: the same id with anything else, as far as the
caller's files reach: a pull looks PULL_ID_CHECK_DAYS around its batch. A gateway that gives out an id again later than
that has made another exchange, which is stored under the same id and not marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from traffic.schema import EXCHANGES, ORIGINS, SKELETONS

SAME_MOMENT_US = 1_000_000
_TEXTS = ("prompt_sha256", "response_sha256", "system_sha256")
_KEYS = ("record_id", "account_id", "ts_us", "content_sha256", *_TEXTS)


@dataclass(frozen=True, slots=True)
class Admission:
    """What a batch adds to the lake, ready to be written, and how its rows divide."""

    exchanges: pa.Table
    skeletons: pa.Table
    origins: pa.Table
    n_known: int
    n_conflict: int


def admit(
    derived: pa.Table, *, source: str, pull_id: int, exchange_files: Sequence[str], origin_files: Sequence[str]
) -> Admission:
    """Divide a derived batch of one source into new, known, further origin and conflict.

    The caller holds the lake's lock, so that the listed files are all there is.
    """
    repeated, apart = _within_batch(derived)
    keys = derived.select([*_KEYS, "raw_sha256"]).append_column("row", pa.array(np.arange(derived.num_rows)))
    if repeated.any():
        keys = keys.filter(pa.array(~repeated))
    matched, taken = _in_lake(keys, source, exchange_files, origin_files)
    drop = repeated.copy()
    drop[matched["row"].to_numpy()] = True
    conflict = np.zeros(derived.num_rows, dtype=bool)
    conflict[list(apart)] = True
    conflict[taken] = True
    conflict &= ~drop
    origins = _origins(matched.filter(pa.array(matched["further"].to_pylist(), pa.bool_())), source, pull_id)
    stored = _stored(derived, ~drop, conflict, source, pull_id)
    return Admission(
        exchanges=stored.select(EXCHANGES.names).cast(EXCHANGES),
        skeletons=_skeletons(stored),
        origins=origins,
        n_known=int(drop.sum()) - origins.num_rows,
        n_conflict=int(conflict.sum()),
    )


def _within_batch(derived: pa.Table) -> tuple[np.ndarray[Any, Any], set[int]]:
    """Rows that repeat an earlier one of the batch, and rows that share only its id."""
    ids = derived["record_id"].combine_chunks()
    apart: set[int] = set()
    repeated = np.zeros(derived.num_rows, dtype=bool)
    counts = pc.value_counts(ids)
    often = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    if not len(often):
        return repeated, apart
    rows = np.flatnonzero(pc.is_in(ids, value_set=often).to_numpy(zero_copy_only=False))
    found = derived.select(["record_id", "account_id", "content_sha256", "ts_us"]).take(pa.array(rows)).to_pylist()
    first: set[str] = set()
    seen: dict[tuple[Any, ...], list[int]] = {}
    for row, item in zip(rows.tolist(), found, strict=True):
        record, moment = item["record_id"], item["ts_us"]
        what, bucket = (record, item["account_id"], item["content_sha256"]), moment // SAME_MOMENT_US
        near = [ts for step in (-1, 0, 1) for ts in seen.get((*what, bucket + step), ())]
        if any(abs(ts - moment) <= SAME_MOMENT_US for ts in near):
            repeated[row] = True
            continue
        seen.setdefault((*what, bucket), []).append(moment)
        if record in first:
            apart.add(row)
        first.add(record)
    return repeated, apart


def _in_lake(
    keys: pa.Table, source: str, exchange_files: Sequence[str], origin_files: Sequence[str]
) -> tuple[pa.Table, np.ndarray[Any, Any]]:
    """Rows whose exchange is stored already, with its id and whether this source is new to it; rows whose id is taken."""
    with duckdb.connect() as engine:
        engine.register("batch", keys)
        engine.execute(f"CREATE TEMP TABLE lake AS {_lake_rows(exchange_files)}")
        engine.execute(f"CREATE TEMP TABLE origins AS {_origin_rows(origin_files, source)}")
        same_texts = " AND ".join(f"(b.{name} IS NULL OR l.{name} IS NULL OR b.{name} = l.{name})" for name in _TEXTS)
        matched = engine.sql(
            f"""
            WITH pairs AS (
                SELECT b.row, b.record_id, b.raw_sha256, l.exchange_id,
                    l.source = $1 AND b.content_sha256 = l.content_sha256
                        OR EXISTS (FROM origins o WHERE o.exchange_id = l.exchange_id) AS known
                FROM batch b JOIN lake l ON b.record_id = l.record_id AND b.account_id = l.account_id
                WHERE abs(b.ts_us - l.ts_us) <= {SAME_MOMENT_US}
                    AND CASE WHEN l.source = $1 THEN b.content_sha256 = l.content_sha256 ELSE {same_texts} END
            ), best AS (
                SELECT row, any_value(record_id) AS record_id, any_value(raw_sha256) AS raw_sha256,
                    arg_max(exchange_id, (known, exchange_id)) AS exchange_id, bool_or(known) AS known
                FROM pairs GROUP BY row
            )
            SELECT row, record_id, raw_sha256, exchange_id,
                NOT known AND row_number() OVER (PARTITION BY exchange_id ORDER BY row) = 1 AS further
            FROM best ORDER BY row
            """,
            params=[source],
        ).to_arrow_table()
        taken = engine.sql("SELECT row FROM batch WHERE record_id IN (SELECT record_id FROM lake)").to_arrow_table()
    return matched, taken["row"].to_numpy()


def _lake_rows(files: Sequence[str]) -> str:
    columns = ", ".join(("exchange_id", "source", *_KEYS))
    if not files:
        empty = ", ".join(f"NULL::{'BIGINT' if name == 'ts_us' else 'BLOB'} AS {name}" for name in _KEYS[2:])
        return f"SELECT NULL::VARCHAR exchange_id, '' AS source, '' AS record_id, '' AS account_id, {empty} WHERE false"
    return f"SELECT {columns} FROM read_parquet({_listed(files)}) SEMI JOIN batch USING (record_id)"


def _origin_rows(files: Sequence[str], source: str) -> str:
    if not files:
        return "SELECT NULL::VARCHAR exchange_id WHERE false"
    return (
        f"SELECT DISTINCT exchange_id FROM read_parquet({_listed(files)}) SEMI JOIN batch USING (record_id) "
        f"WHERE source = {_literal(source)}"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _listed(files: Sequence[str]) -> str:
    return "[" + ", ".join(_literal(path) for path in files) + "]"


def _origins(further: pa.Table, source: str, pull_id: int) -> pa.Table:
    count = further.num_rows
    return pa.table(
        [
            further["exchange_id"],
            pa.array([source] * count, pa.string()),
            further["record_id"],
            pa.array([pull_id] * count, pa.int64()),
            further["raw_sha256"].cast(ORIGINS.field("raw_sha256").type),
        ],
        schema=ORIGINS,
    )


def _stored(
    derived: pa.Table, keep: np.ndarray[Any, Any], conflict: np.ndarray[Any, Any], source: str, pull_id: int
) -> pa.Table:
    """The rows that stay, with their exchange ids, in the order of the lake: day, account, time."""
    ids = derived["record_id"]
    if conflict.any():
        rows = np.flatnonzero(conflict)
        parts = derived.select(["record_id", "account_id", "ts_us", "content_sha256"]).take(pa.array(rows)).to_pylist()
        named = ids.to_pylist()
        for row, part in zip(rows.tolist(), parts, strict=True):
            named[row] = conflict_id(part["record_id"], part["account_id"], part["ts_us"], part["content_sha256"])
        ids = pa.array(named, pa.string())
    count = derived.num_rows
    stored = (
        derived.append_column("source", pa.array([source] * count, pa.string()))
        .append_column("pull_id", pa.array(np.full(count, pull_id)))
        .append_column("exchange_id", ids)
        .append_column("conflict", pa.array(conflict))
    )
    if not keep.all():
        stored = stored.filter(pa.array(keep))
    return stored


def conflict_id(record_id: str, account_id: str, ts_us: int, content: bytes) -> str:
    """The id of an exchange whose record id another exchange already has: the same on every pull."""
    return f"{record_id}~{sha256(f'{account_id}|{ts_us}|{content.hex()}'.encode()).hexdigest()[:8]}"


def _skeletons(stored: pa.Table) -> pa.Table:
    rows = stored.select(["skeleton_h", "skeleton"])
    rows = rows.filter(pc.is_valid(rows["skeleton_h"]))
    counted = rows.group_by("skeleton_h").aggregate([("skeleton", "min"), ("skeleton_h", "count")])
    columns = [counted["skeleton_h"], counted["skeleton_min"], counted["skeleton_h_count"]]
    return pa.table(columns, schema=SKELETONS)
