"""What proves a batch: the records as received, a salted leaf for each, and one digest over the leaves."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection

from audit.services import record
from core.clock import now, to_us
from core.errors import Unavailable
from traffic.connectors.base import Batch
from traffic.enums import FileKind
from traffic.lake import visible_files
from traffic.models import LakeFile, Pull, PulledBatch
from traffic.schema import RAW

AT_ONCE = 500  # records made into objects at once


@dataclass(frozen=True, slots=True)
class Receipt:
    """One batch, ready to be kept: `table` in the lake's RAW schema, the rest for the row of the batch."""

    table: pa.Table
    salt: bytes
    digest: str
    raw_bytes: int

    @property
    def kept(self) -> bool:
        """Whether there are bytes to keep; a Parquet row has none of its own."""
        return self.raw_bytes > 0

    def facts(self) -> dict[str, Any]:
        """The columns of the batch's row that come from here."""
        positions, times = self.table["position"], pc.min_max(self.table["ts_us"]).as_py()
        bounds = pc.min_max(positions).as_py()
        return {
            "first_position": bounds["min"] or 0,
            "last_position": bounds["max"] or 0,
            "first_ts_us": times["min"],
            "last_ts_us": times["max"],
            "n_records": self.table.num_rows,
            "raw_bytes": self.raw_bytes,
            "salt": self.salt,
            "digest": self.digest,
        }


def leaf_of(salt: bytes, raw_sha256: bytes) -> bytes:
    """A record's part in the digest of its batch; without the salt nobody can try a guess of the record against it."""
    return hmac.new(salt, raw_sha256, hashlib.sha256).digest()


def digest_of(leaves: Sequence[bytes]) -> str:
    """The digest of a batch: SHA-256 over its leaves, in order of position.

    >>> digest_of([bytes(32)])[:16]
    '66687aadf862bd77'
    """
    return hashlib.sha256(b"".join(leaves)).hexdigest()


def receipt_for(batch: Batch, derived: pa.Table) -> Receipt:
    """The receipt of a batch: every record that came, the quarantined among them."""
    digests: dict[int, bytes] = {reject.position: bytes.fromhex(reject.sha256) for reject in batch.rejects}
    whose: dict[int, tuple[str, int]] = {}
    columns = (derived[name].to_pylist() for name in ("position", "raw_sha256", "account_id", "ts_us"))
    for position, digest, account, ts_us in zip(*columns, strict=True):
        digests[position] = digest
        whose.setdefault(position, (account, ts_us))
    raws = dict(_records(batch, digests))
    salt, order = secrets.token_bytes(32), sorted(digests)
    leaves = [leaf_of(salt, digests[position]) for position in order]
    rows = {
        "position": order,
        "leaf": leaves,
        "raw": [raws.get(position) for position in order],
        "raw_sha256": [digests[position] for position in order],
        "account_id": [whose[position][0] if position in whose else None for position in order],
        "ts_us": [whose[position][1] if position in whose else None for position in order],
    }
    return Receipt(pa.table(rows, schema=RAW), salt, digest_of(leaves), sum(map(len, raws.values())))


def _records(batch: Batch, digests: dict[int, bytes]) -> Iterator[tuple[int, bytes]]:
    for first, records in batch.raw:
        for position, raw in enumerate(records, first):
            if position in digests:  # blank lines are no records
                yield position, raw


def keep_receipt(pull: Pull, path: str, receipt: Receipt, raw_file: LakeFile | None, counts: dict[str, Any]) -> None:
    """The batch's row, and its digest in the trail: last, since the trail's end is locked from here to the commit."""
    facts = receipt.facts()
    PulledBatch.objects.create(
        pull=pull, path=path, raw_file=raw_file, clock_offset_us=_clock_offset_us(), **facts, **counts
    )
    record(
        actor=pull.requested_by,
        action="batch.stored",
        subject=f"pull:{pull.pk}",
        path=path,
        digest=facts["digest"],
        first_position=facts["first_position"],
        last_position=facts["last_position"],
        n_records=facts["n_records"],
        **counts,
    )


def _clock_offset_us() -> int:
    """How far the worker's clock is ahead of the database's, to within one question."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return to_us(now()) - to_us(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Received:
    """A record as it came: of which batch, at which place in it, its bytes, their SHA-256."""

    batch: int
    position: int
    account_id: str | None
    raw_sha256: str
    raw: bytes


def received_records(raw_sha256s: Sequence[str], *, start: datetime, end: datetime) -> Iterator[Received]:
    """Records as received by the SHA-256 of their bytes, each checked now, batch by batch in order of place.

    What was erased, or never had bytes, does not come. `start` and `end` bound the event times of the records. A digest is
    looked for in all files at once; the bytes are read file by file, each in order of position, some hundred at once.
    """
    files = {file.path: file.pk for file in visible_files(FileKind.RAW, start=start, end=end)}
    batches = dict(PulledBatch.objects.filter(raw_file__in=files.values()).values_list("raw_file", "pk"))
    found = sorted((batches[files[path]], path, rows) for path, rows in _places(files, raw_sha256s).items())
    for batch, path, rows in found:
        for row in _rows(settings.LAKE_DIR / path, rows):
            raw, digest = row["raw"], row["raw_sha256"]
            if raw is None:
                continue
            if hashlib.sha256(raw).digest() != digest:
                raise Unavailable(
                    f"Record {row['position']} of batch {batch} was altered in the lake since it was received."
                )
            yield Received(batch, row["position"], row["account_id"], digest.hex(), raw)


def _rows(path: Path, places: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Some rows of a file, by their places in rising order."""
    start, columns = 0, ["position", "raw", "raw_sha256", "account_id"]
    with pq.ParquetFile(path) as file:
        for part in file.iter_batches(AT_ONCE, columns=columns):
            end = start + part.num_rows
            here = places[bisect_left(places, start) : bisect_left(places, end)]
            yield from part.take(pa.array([place - start for place in here], pa.int64())).to_pylist()
            start = end


def _places(paths: Collection[str], raw_sha256s: Sequence[str]) -> dict[str, list[int]]:
    """In which rows of which files the digests stand."""
    if not paths or not raw_sha256s:
        return {}
    wanted = pa.table({"raw_sha256": pa.array([bytes.fromhex(text) for text in raw_sha256s], pa.binary())})
    with duckdb.connect() as engine:
        engine.register("wanted", wanted)
        rows = engine.execute(
            "SELECT filename, list(file_row_number ORDER BY file_row_number) FROM read_parquet($1, filename = true, "
            "file_row_number = true) SEMI JOIN wanted USING (raw_sha256) GROUP BY filename",
            [[str(settings.LAKE_DIR / path) for path in paths]],
        ).fetchall()
    return {Path(name).relative_to(settings.LAKE_DIR).as_posix(): places for name, places in rows}


def wrong_with(batch: PulledBatch) -> str:
    """What is wrong with the kept records of a batch; empty when each fits its leaf and the leaves make the digest."""
    if batch.raw_file is None:
        return ""
    table = pq.read_table(settings.LAKE_DIR / batch.raw_file.path, columns=["position", "leaf", "raw", "raw_sha256"])
    if digest_of(table["leaf"].to_pylist()) != batch.digest:
        return "the leaves do not make the digest"
    for row in table.to_pylist():
        if row["raw_sha256"] is not None and leaf_of(bytes(batch.salt), row["raw_sha256"]) != row["leaf"]:
            return f"record {row['position']} does not fit its leaf"
        if row["raw"] is not None and hashlib.sha256(row["raw"]).digest() != row["raw_sha256"]:
            return f"record {row['position']} was altered"
    return ""
