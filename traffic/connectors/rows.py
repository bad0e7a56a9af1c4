"""Files of rows: Parquet in batches, CSV row by row. Their mark is a count of rows and the digest of the whole file."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.canonical import file_sha256
from traffic.connectors import table
from traffic.connectors.base import KEPT_BYTES, Batch, Mark, Reject, Truncated, records_table
from traffic.connectors.files import LINE_LIMIT, Stream
from traffic.connectors.parsing import rows_table

PARQUET_ROWS = 32_768
CSV_ROWS = 10_000
csv.field_size_limit(LINE_LIMIT)


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One CSV row: its number (the header is 1), its bytes and its values, or why it has none."""

    position: int
    raw: bytes
    values: dict[str, Any] | None
    reason: str = ""


def read_parquet(path: Path, settings: Mapping[str, Any], mark: Mark) -> Iterator[Batch]:
    """Exchange batches of a Parquet file behind the mark."""
    digest = file_sha256(path)
    start = mark.cursor if mark.sha256 == digest else 0
    with open_parquet(path) as file:
        chosen = table.choose_columns(file.schema_arrow.names, settings)
        size, total, row = path.stat().st_size, max(file.metadata.num_rows, 1), 0
        for found in file.iter_batches(batch_size=PARQUET_ROWS, columns=list(dict.fromkeys(chosen.values()))):
            first, row = row, row + found.num_rows
            if row <= start:
                continue
            rows = pa.Table.from_batches([found]).slice(max(start - first, 0))
            positions = pa.array(range(row - rows.num_rows + 1, row + 1), pa.int64())
            made, rejects = table.map_table(rows, chosen, positions)
            yield Batch(made, rejects, Mark(row, 0, digest), rows.num_rows, size * row // total)


def open_parquet(path: Path) -> pq.ParquetFile:
    """The open file. Raises Truncated where the bytes are no whole Parquet file."""
    try:
        return pq.ParquetFile(path, memory_map=True, pre_buffer=False)
    except (pa.ArrowInvalid, OSError) as error:
        raise Truncated(f"{path.name} is no whole Parquet file: {error}") from None


def read_csv(path: Path, settings: Mapping[str, Any], mark: Mark) -> Iterator[Batch]:
    """Exchange batches of a CSV file behind the mark. A row may run over several lines inside quotes."""
    digest = file_sha256(path)
    start = mark.cursor if mark.sha256 == digest else 0
    stream = Stream(path)
    waiting: list[CsvRow] = []
    count = 0
    for row in csv_rows(stream):
        count += 1
        if count <= start:
            continue
        waiting.append(row)
        if len(waiting) >= CSV_ROWS:
            yield _csv_batch(waiting, settings, Mark(count, 0, digest), stream.bytes_done)
            waiting = []
    if waiting:
        yield _csv_batch(waiting, settings, Mark(count, 0, digest), stream.bytes_done)


def _csv_batch(rows: list[CsvRow], settings: Mapping[str, Any], mark: Mark, bytes_done: int) -> Batch:
    good = [row for row in rows if row.values is not None]
    rejects = [Reject.of(row.position, row.raw, row.reason) for row in rows if row.values is None]
    made = records_table([])
    if good:
        digests = [hashlib.sha256(row.raw).digest() for row in good]
        values = [row.values for row in good if row.values is not None]
        made, refused = rows_table(values, digests, [row.position for row in good], settings)
        by_position = {row.position: row for row in good}
        rejects += [Reject.of(item.position, by_position[item.position].raw, item.reason) for item in refused]
    raw = [(row.position, [row.raw]) for row in rows]
    return Batch(made, sorted(rejects, key=lambda item: item.position), mark, len(rows), bytes_done, raw=raw)


def csv_rows(stream: Stream) -> Iterator[CsvRow]:
    """The rows under the header; a row that is not CSV, or not UTF-8, comes with the reason."""
    lines = _Lines(stream)
    reader = csv.reader(lines)
    names: list[str] | None = None
    while True:
        lines.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield CsvRow(lines.number, _raw(lines), None, f"the row is not CSV: {error}")
            continue
        if not cells:
            continue
        if names is None:
            names = [name.strip().lstrip("\ufeff") for name in cells]
            continue
        yield _csv_row(names, cells, lines)


def _csv_row(names: list[str], cells: list[str], lines: _Lines) -> CsvRow:
    raw = _raw(lines)
    if len(cells) != len(names):
        return CsvRow(lines.number, raw, None, f"the row has {len(cells)} values under {len(names)} names")
    if any("\udc80" <= character <= "\udcff" for cell in cells if not cell.isascii() for character in cell):
        return CsvRow(lines.number, raw, None, "the row is not UTF-8")
    return CsvRow(lines.number, raw, {name: cell or None for name, cell in zip(names, cells, strict=True)})


def _raw(lines: _Lines) -> bytes:
    return b"".join(lines.taken)


class _Lines:
    """Text lines for the CSV reader, keeping the bytes of the row under way."""

    def __init__(self, stream: Stream) -> None:
        self.number = 0
        self.taken: list[bytes] = []
        self._lines = self._split(stream)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.taken.append(line[:LINE_LIMIT] if len(self.taken) < 1_000 else line[:KEPT_BYTES])
        return line.decode("utf-8", errors="surrogateescape")

    @staticmethod
    def _split(stream: Stream) -> Iterator[bytes]:
        rest = b""
        for chunk in stream.chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (line + b"\n" for line in whole)
            if len(rest) > LINE_LIMIT:
                # the reader refuses a field of this size; the row goes to quarantine piece by piece
                yield rest
                rest = b""
        if rest:
            yield rest
