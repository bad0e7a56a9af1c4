"""The common record: any table with one row an exchange, its columns mapped to ours by name or by the source's settings.

Parquet, CSV and JSON lines share one mapping, written as SQL over an Arrow batch, so that a value means the same in each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import InvalidInput
from traffic.connectors.base import EARLIEST_US, INT16, INT32, LATEST_US, RANGE, Reject
from traffic.schema import RECORD, SHA256
from traffic.words import sha256_of

VERSION = 1
# Ours first, then names under which other tables carry the same thing.
NAMES: dict[str, tuple[str, ...]] = {
    "record_id": ("record_id", "exchange_id", "source_record_id", "request_id", "id"),
    "account_id": ("account_id", "account_ref", "account"),
    "ts_us": ("ts_us", "ts", "occurred_at", "timestamp"),
    "key_id": ("key_id", "key_ref"),
    "org_ref": ("org_ref",),
    "session_ref": ("session_ref", "session_id", "conversation_id"),
    "trace_ref": ("trace_ref", "trace_id"),
    "model": ("model", "model_served"),
    "model_requested": ("model_requested",),
    "endpoint": ("endpoint", "route"),
    "operation": ("operation",),
    "n_input_tokens": ("n_input_tokens", "input_tokens", "prompt_tokens"),
    "n_output_tokens": ("n_output_tokens", "output_tokens", "completion_tokens"),
    "cached_input_tokens": ("cached_input_tokens",),
    "reasoning_tokens": ("reasoning_tokens",),
    "max_tokens": ("max_tokens",),
    "temperature": ("temperature",),
    "stream": ("stream",),
    "status": ("status",),
    "error_class": ("error_class",),
    "cost_usd": ("cost_usd", "cost"),
    "ip": ("ip", "client_ip"),
    "asn": ("asn",),
    "country": ("country", "client_country"),
    "user_agent": ("user_agent",),
    "prompt": ("prompt", "input_text"),
    "response": ("response", "output_text"),
    "system_prompt": ("system_prompt", "system_text"),
    "history_turns": ("history_turns",),
    "content_state": ("content_state",),
}
TEXTS = frozenset({"prompt", "response", "system_prompt"})
LIMITS = {"status": 999, "history_turns": INT16, "asn": 2**32 - 1}
STATES = ("full", "truncated", "hashed", "absent", "fetch-later")


def choose_columns(present: list[str], settings: Mapping[str, Any]) -> dict[str, str]:
    """Which of the table's columns is which of ours; `settings["columns"]` goes before the names we know.

    Raises InvalidInput if the mapping names a column that is not there, or nothing gives the account or the time.
    """
    wanted = settings.get("columns") or {}
    chosen: dict[str, str] = {}
    for ours, theirs in wanted.items():
        if ours not in NAMES:
            raise InvalidInput("columns", ours, f"it maps from one of {', '.join(NAMES)}")
        if theirs not in present:
            raise InvalidInput("columns", theirs, f"the file has {', '.join(present)}")
        chosen[ours] = theirs
    for ours, names in NAMES.items():
        found = next((name for name in names if name in present), None)
        if ours not in chosen and found is not None:
            chosen[ours] = found
    for needed in ("account_id", "ts_us"):
        if needed not in chosen:
            raise InvalidInput(
                "columns", ", ".join(present), f"one of {', '.join(NAMES[needed])} must be there or mapped"
            )
    return chosen


def map_table(
    table: pa.Table, chosen: Mapping[str, str], positions: pa.Array, raw_sha256: pa.Array | None = None
) -> tuple[pa.Table, list[Reject]]:
    """Rows of a table as common records, and the rows that cannot be one with the reason for each.

    `positions`: each row's place in its file. `raw_sha256`: digests of the rows' bytes where the format has bytes.
    """
    texts = [_checked(table[theirs]) for theirs in chosen.values()]
    named = pa.table(dict(zip(chosen, texts, strict=True)))
    if raw_sha256 is not None:
        named = named.append_column("given_sha256", raw_sha256)
    named = named.append_column("position", positions)
    pieces = pa.Table.from_batches(named.combine_chunks().to_batches(max_chunksize=2_048), named.schema)
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.register("rows", pieces)
        made = _digested(engine.sql(_statement(named)).to_arrow_table())
    good = pc.equal(made["reason"], "")
    rejects = _rejects(named, made, good) if not pc.all(good).as_py() else []
    kept = made.filter(good) if rejects else made
    return pa.table([kept[field.name].cast(field.type) for field in RECORD], schema=RECORD), rejects


def _digested(made: pa.Table) -> pa.Table:
    """Rows without bytes of their own get the digest of their values, and a record id from it where they have none.

    The engine keeps the order of what it only projects; should it not, the rows are sorted here, which costs the rare case.
    """
    if (np.diff(made["position"].to_numpy()) < 0).any():
        made = made.sort_by("position")
    if "row_text" in made.column_names:
        digests = pa.array(sha256_of(made["row_text"].combine_chunks()), SHA256)
        made = made.drop_columns("row_text").append_column("raw_sha256", digests)
    missing = made["record_id"].combine_chunks().is_null()
    if missing.true_count:
        digests = made["raw_sha256"].filter(missing).to_pylist()
        names = pa.array([f"sha-{digest.hex()[:32]}" for digest in digests], pa.string())
        ids = pc.replace_with_mask(made["record_id"].combine_chunks(), missing, names)
        made = made.set_column(made.column_names.index("record_id"), "record_id", ids)
    return made


def _rejects(named: pa.Table, made: pa.Table, good: pa.ChunkedArray) -> list[Reject]:
    bad = np.flatnonzero(~good.to_numpy())
    rows = named.take(pa.array(bad)).to_pylist()
    reasons, positions = (
        made["reason"].take(pa.array(bad)).to_pylist(),
        made["position"].take(pa.array(bad)).to_pylist(),
    )
    return [
        Reject.of(position, orjson.dumps(row, default=_printed), reason)
        for row, reason, position in zip(rows, reasons, positions, strict=True)
    ]


def _printed(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _checked(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts that are not UTF-8 must not reach the engine: the bytes in question are kept, written as `\\xNN`."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            binary = column.cast(pa.large_binary())
            return pa.chunked_array([pa.array([_decodable(value.as_py()) for value in binary], pa.string())])
    return column


def _decodable(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", errors="backslashreplace")


def _statement(named: pa.Table) -> str:
    selected, reasons = [], []
    for field in RECORD:
        if field.name in ("raw_sha256", "position", "content_state", "record_id"):
            continue
        if field.name not in named.column_names:
            selected.append(f"NULL AS {field.name}")
            continue
        value, checks = _column(field, named.schema.field(field.name).type)
        selected.append(f"{value} AS {field.name}")
        reasons += checks
    for needed in ("account_id", "ts_us"):
        reasons.append(f"CASE WHEN {needed} IS NULL THEN '{needed}: it is missing' END")
    raw = "given_sha256 AS raw_sha256" if "given_sha256" in named.column_names else f"{_row_text(named)} AS row_text"
    state = "content_state" if "content_state" in named.column_names else "NULL"
    record = "nullif(CAST(record_id AS VARCHAR), '')" if "record_id" in named.column_names else "NULL"
    has_text = " OR ".join(f"{name} <> ''" for name in ("prompt", "response") if name in named.column_names) or "false"
    reasons.append(
        f"CASE WHEN {state} NOT IN {STATES} THEN 'content_state: ' || {state} || ' is none of {', '.join(STATES)}' END"
    )
    return f"""
        SELECT {", ".join(selected)}, position, {raw}, concat_ws('; ', {", ".join(reasons)}) AS reason,
            coalesce({state}, CASE WHEN {has_text} THEN 'full' ELSE 'absent' END) AS content_state,
            CAST({record} AS VARCHAR) AS record_id
        FROM rows
    """


def _row_text(named: pa.Table) -> str:
    """A row without bytes of its own is digested as its values, in the order of our columns."""
    names = [name for name in named.column_names if name != "position"]
    return "concat_ws(chr(31), " + ", ".join(f"coalesce(CAST({name} AS VARCHAR), chr(30))" for name in names) + ")"


def _column(field: pa.Field, kind: pa.DataType) -> tuple[str, list[str]]:
    """The SQL value of one of our columns, and the SQL reasons why a row may not have it."""
    name = field.name
    shown = f"left(CAST({name} AS VARCHAR), 60)"
    if name == "ts_us":
        value = _time(name, kind)
        outside = f"{value} NOT BETWEEN {EARLIEST_US} AND {LATEST_US - 1}"
        return value, [
            (
                f"CASE WHEN {name} IS NOT NULL AND {value} IS NULL THEN 'ts: ' || {shown} || ' is not a time' "
                f"WHEN {outside} THEN 'ts: ' || {shown} || ' is outside {RANGE}' END"
            )
        ]
    if pa.types.is_string(field.type):
        text = f"CAST({name} AS VARCHAR)"
        return (text if name in TEXTS else f"nullif({text}, '')"), []
    given = f"{name} IS NOT NULL AND CAST({name} AS VARCHAR) <> ''"
    if pa.types.is_boolean(field.type):
        value = f"try_cast({name} AS BOOLEAN)"
        return value, [
            f"CASE WHEN {given} AND {value} IS NULL THEN '{name}: ' || {shown} || ' is neither yes nor no' END"
        ]
    number = f"try_cast({name} AS DOUBLE)"
    if pa.types.is_floating(field.type):
        value, bad, allowed = number, f"{number} IS NULL OR NOT isfinite({number})", "a finite number"
    else:
        limit = LIMITS.get(name, INT32)
        value = f"CAST(CASE WHEN {number} BETWEEN 0 AND {limit} THEN {number} END AS BIGINT)"
        bad = f"{number} IS NULL OR NOT ({number} BETWEEN 0 AND {limit}) OR {number} <> floor({number})"
        allowed = f"a whole number from 0 to {limit}"
    return value, [f"CASE WHEN {given} AND ({bad}) THEN '{name}: ' || {shown} || ' is not {allowed}' END"]


def _time(name: str, kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return f"(epoch_ns({name}) + 500) // 1000" if kind.unit == "ns" else f"epoch_us({name})"
    if pa.types.is_integer(kind):
        exact = f"CASE WHEN abs({name}) BETWEEN 100000000000000 AND 99999999999999999 THEN {name} ELSE "
        return f"{exact}{_scaled(f'CAST({name} AS DOUBLE)')} END"
    if pa.types.is_floating(kind):
        return _scaled(name)
    return f"coalesce(epoch_us(try_cast({name} AS TIMESTAMPTZ)), {_scaled(f'try_cast({name} AS DOUBLE)')})"


def _scaled(epoch: str) -> str:
    """Epoch seconds, milli-, micro- or nanoseconds, told apart by their size, as rounded microseconds."""
    return (
        f"try_cast(CASE WHEN abs({epoch}) < 1e11 THEN round({epoch} * 1e6) WHEN abs({epoch}) < 1e14 "
        f"THEN round({epoch} * 1e3) WHEN abs({epoch}) < 1e17 THEN {epoch} ELSE round({epoch} / 1e3) END AS BIGINT)"
    )
