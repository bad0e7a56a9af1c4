"""What a run read besides exchanges, kept under its own digest, so that a repeat years later reads the same.

One file for each content: runs that read the same share it. Nothing here is ever changed or removed by a run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from core.canonical import canonical_json, file_sha256
from core.errors import Conflict


def keep_table(table: pa.Table) -> str:
    """Keep a table as Parquet; its digest. Equal tables in equal order have one file."""
    whole = table.combine_chunks()
    return _keep(lambda path: pq.write_table(whole, path, compression="zstd", compression_level=3), "parquet")


def keep_words(value: Any) -> str:
    """Keep lists of words as canonical JSON; the digest is that of `core.canonical.digest`."""
    content = canonical_json(value)
    return _keep(lambda path: path.write_bytes(content), "json")


def kept_table(digest: str) -> pa.Table:
    """The table of a digest. Raises Conflict when the file is gone or not what it was."""
    return pq.read_table(_checked(digest, "parquet"))


def kept_words(digest: str) -> Any:
    """The words of a digest. Raises Conflict when the file is gone or not what it was."""
    return orjson.loads(_checked(digest, "json").read_bytes())


def _path(digest: str, ending: str) -> Path:
    return Path(settings.VAR_DIR) / "inputs" / digest[:2] / f"{digest}.{ending}"


def _checked(digest: str, ending: str) -> Path:
    path = _path(digest, ending)
    if not digest or not path.is_file():
        raise Conflict(
            f"The input {digest[:12] or 'without a digest'} is not kept here, so the run cannot be repeated."
        )
    if file_sha256(path) != digest:
        raise Conflict(f"The kept input {path.name} is not what it was; restore it from a backup.")
    return path


def _keep(write: Callable[[Path], Any], ending: str) -> str:
    """Write beside, hash, then rename: a file under a digest is always whole."""
    folder = Path(settings.VAR_DIR) / "inputs"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".tmp-")
    os.close(handle)
    draft = Path(name)
    try:
        write(draft)
        digest = file_sha256(draft)
        path = _path(digest, ending)
        if path.is_file():
            return digest
        path.parent.mkdir(exist_ok=True, mode=0o700)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    for changed in (path.parent, folder):
        _sync_folder(changed)
    return digest


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
