"""One way to write JSON and one way to hash it, so that a digest made today can be checked in ten years."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import rfc8785

from core.text import replace_surrogates

MAX_SAFE_INTEGER = 2**53 - 1


def plain(value: Any) -> Any:
    """The value in types that RFC 8785 knows: times as UTC `Z` strings, big integers as strings, no lone surrogates."""
    kind = type(value)
    if kind is str:  # most of what there is, then these
        return value if value.isascii() else replace_surrogates(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER else str(value)
    if kind is dict:
        return {key if type(key) is str and key.isascii() else plain(str(key)): plain(value[key]) for key in value}
    if kind is datetime:
        return utc_z(value)
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, int):
        return value if abs(value) <= MAX_SAFE_INTEGER else str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} has no place in canonical JSON; use None with a reason")
        return value
    if isinstance(value, str):
        return replace_surrogates(value)
    if isinstance(value, datetime):
        return utc_z(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, UUID | Path | Decimal):
        return str(value)
    if isinstance(value, dict):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


def canonical_json(value: Any) -> bytes:
    """RFC 8785 bytes of the value.

    >>> canonical_json({"b": 1, "a": [True, None]})
    b'{"a":[true,null],"b":1}'
    """
    tree = plain(value)
    if _without_numbers_to_judge(tree):
        return orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
    return rfc8785.dumps(tree)


def _without_numbers_to_judge(value: Any) -> bool:
    """Whether a plain writer gives the same bytes, many times as fast: no float, and keys whose order all agree on."""
    for item in value.values() if type(value) is dict else value if type(value) is list else (value,):
        kind = type(item)
        if kind is float or (kind in (dict, list) and not _without_numbers_to_judge(item)):
            return False
    return type(value) is not dict or "".join(value).isascii()


def sha256_hex(data: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """SHA-256 of the value's canonical JSON, as 64 hex digits."""
    return sha256_hex(canonical_json(value))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces, as 64 hex digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def utc_z(moment: datetime) -> str:
    """A moment as UTC with microseconds and `Z`, the only form that audit and case files use."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='microseconds')[:26]}Z"
