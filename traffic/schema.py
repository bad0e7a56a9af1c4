"""The exchange table of the lake: one row per exchange, what the source said first, what is derived from it after."""

from __future__ import annotations

import pyarrow as pa

SHA256 = pa.binary(32)
SKELETON_CHARS = 4_000
WORD_COUNTS = (4, 8, 16, 32, 64)

_REQUIRED = frozenset({"ts_us", "account_id", "content_state", "record_id", "raw_sha256", "position"})


def _field(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=name not in _REQUIRED)


# What a connector gives. Missing is null; `position` is the record's place in its file, from 1.
RECORD = pa.schema(
    [
        _field("ts_us", pa.int64()),
        _field("account_id", pa.string()),
        _field("key_id", pa.string()),
        _field("org_ref", pa.string()),
        _field("session_ref", pa.string()),
        _field("trace_ref", pa.string()),
        _field("model", pa.string()),
        _field("model_requested", pa.string()),
        _field("endpoint", pa.string()),
        _field("operation", pa.string()),
        _field("n_input_tokens", pa.int32()),
        _field("n_output_tokens", pa.int32()),
        _field("cached_input_tokens", pa.int32()),
        _field("reasoning_tokens", pa.int32()),
        _field("max_tokens", pa.int32()),
        _field("temperature", pa.float32()),
        _field("stream", pa.bool_()),
        _field("status", pa.int16()),
        _field("error_class", pa.string()),
        _field("cost_usd", pa.float64()),
        _field("ip", pa.string()),
        _field("asn", pa.int64()),
        _field("country", pa.string()),
        _field("user_agent", pa.string()),
        _field("prompt", pa.string()),
        _field("response", pa.string()),
        _field("system_prompt", pa.string()),
        _field("history_turns", pa.int16()),
        _field("content_state", pa.string()),
        _field("record_id", pa.string()),
        _field("raw_sha256", SHA256),
        _field("position", pa.int64()),
    ]
)

HASHES = ("prompt_h", "system_h", "skeleton_h", "slot_h") + tuple(
    f"{end}{n}" for end in ("pre", "suf") for n in WORD_COUNTS
)

# What derivation adds, in the order of the lake.
DERIVED = pa.schema(
    [
        pa.field("ip24", pa.string()),
        pa.field("prompt_sha256", SHA256),
        pa.field("response_sha256", SHA256),
        pa.field("system_sha256", SHA256),
        *(pa.field(name, pa.int64()) for name in HASHES),
        pa.field("n_words", pa.int32()),
        pa.field("prompt_chars", pa.int32()),
        pa.field("response_chars", pa.int32()),
        pa.field("task_tags", pa.int32(), nullable=False),
        pa.field("content_sha256", SHA256, nullable=False),
        pa.field("derivation_version", pa.int16(), nullable=False),
        pa.field("skeleton", pa.string()),
    ]
)

# What the lake adds when it takes a row in.
STORED = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("pull_id", pa.int64(), nullable=False),
        pa.field("exchange_id", pa.string(), nullable=False),
        pa.field("conflict", pa.bool_(), nullable=False),
    ]
)

EXCHANGES = pa.schema(
    [field for part in (RECORD, DERIVED, STORED) for field in part if field.name not in {"position", "skeleton"}]
)

SKELETONS = pa.schema(
    [
        pa.field("skeleton_h", pa.int64(), nullable=False),
        pa.field("skeleton", pa.string(), nullable=False),
        pa.field("n", pa.int64(), nullable=False),
    ]
)

ORIGINS = pa.schema(
    [
        pa.field("exchange_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("pull_id", pa.int64(), nullable=False),
        pa.field("raw_sha256", SHA256, nullable=False),
    ]
)

# Records as received, by batch. An erased record keeps its place and its leaf, so that the batch's digest still adds up.
RAW = pa.schema(
    [
        pa.field("position", pa.int64(), nullable=False),
        pa.field("leaf", SHA256, nullable=False),
        pa.field("raw", pa.binary()),
        pa.field("raw_sha256", SHA256),
        pa.field("account_id", pa.string()),
        pa.field("ts_us", pa.int64()),
    ]
)
