"""A file of exchanges as batches of common records, whatever its format: no Django, no lake, bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.errors import InvalidInput
from traffic.connectors.base import Batch, Mark, Reject, SourceUnavailable
from traffic.connectors.files import Block, FileChanged, Stream, blocks
from traffic.connectors.parsing import Parsed, ParserProcess, parse_block
from traffic.connectors.rows import read_csv, read_parquet

CONNECTORS = ("litellm", "otel", "table")
SMALL_FILE = 4 << 20
BATCH_ROWS, BATCH_BYTES = 32_768, 40 << 20


def read_exchanges(
    path: Path,
    *,
    connector: str = "",
    settings: Mapping[str, Any] | None = None,
    mark: Mark | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Batch]:
    """Batches of at least `batch_rows` records (the last may be smaller), in the order of the file, behind `mark`.

    An empty `connector` is told from the file. A file whose read part was replaced is read again from its start.
    Raises SourceUnavailable after the batches that could be read.
    """
    connector = connector or sniff(path)
    if connector not in CONNECTORS:
        raise InvalidInput("connector", connector, f"it is one of {', '.join(CONNECTORS)}")
    try:
        yield from _gathered(_read(path, connector, settings or {}, mark or Mark()), batch_rows)
    except FileChanged as change:
        for number, batch in enumerate(_gathered(_read(path, connector, settings or {}, Mark()), batch_rows)):
            if number == 0:
                batch.notes.append(f"{change.message} Read again from the start.")
            yield batch


def _read(path: Path, connector: str, settings: Mapping[str, Any], mark: Mark) -> Iterator[Batch]:
    kind = file_format(path)
    if connector == "table" and kind == "parquet":
        return read_parquet(path, settings, mark)
    if connector == "table" and kind == "csv":
        return read_csv(path, settings, mark)
    if kind != "lines":
        raise InvalidInput("connector", connector, f"{path.name} is {kind}, which the table connector reads")
    return _read_lines(path, connector, settings, mark)


def file_format(path: Path) -> str:
    """`parquet`, `csv` or `lines`."""
    try:
        with path.open("rb") as handle:
            if handle.read(4) == b"PAR1" or path.suffix == ".parquet":
                return "parquet"
    except OSError as error:
        raise SourceUnavailable(f"{path} cannot be read: {error.strerror}") from None
    return "csv" if ".csv" in [suffix.lower() for suffix in path.suffixes] else "lines"


def sniff(path: Path) -> str:
    """The connector whose shape the file's first document has.

    Raises InvalidInput if no connector knows it.
    """
    if file_format(path) != "lines":
        return "table"
    head = bytearray()
    try:
        for chunk in Stream(path).chunks():
            head += chunk
            if b"\n" in head or len(head) > SMALL_FILE:
                break
    except SourceUnavailable:
        pass
    line = bytes(head).split(b"\n", 1)[0]
    if not line or b'"account_id"' in line:
        return "table"
    if b'"resourceSpans"' in line or b'"resourceLogs"' in line or b'"attributes"' in line:
        return "otel"
    if b'"startTime"' in line:
        return "litellm"
    raise InvalidInput(
        "connector", line[:60].decode(errors="replace"), f"no connector knows this; name one of {', '.join(CONNECTORS)}"
    )


def _read_lines(path: Path, connector: str, settings: Mapping[str, Any], mark: Mark) -> Iterator[Batch]:
    """Parse in other processes while the caller derives and stores; a small file is not worth a process."""
    found = blocks(path, mark)
    plain = Stream(path).compression == "plain"
    if path.stat().st_size < SMALL_FILE:
        for block in found:
            yield from _batch(block, parse_block(connector, settings, block.data, block.first), plain)
        return
    helpers = max(1, min(4, (os.cpu_count() or 2) - 1))
    processes = [ParserProcess() for _ in range(helpers)]
    threads = [ThreadPoolExecutor(1, thread_name_prefix="parser") for _ in processes]
    waiting: deque[tuple[Block, Future[Parsed]]] = deque()
    fault: Exception | None = None
    try:
        turn = 0
        while True:
            try:
                fresh = next(found, None)
            except (SourceUnavailable, FileChanged) as error:
                fresh, fault = None, error
            if fresh is None:
                break
            helper = processes[turn % helpers]
            job = threads[turn % helpers].submit(helper.parse, connector, settings, fresh.data, fresh.first)
            waiting.append((fresh, job))
            turn += 1
            if len(waiting) > 2 * helpers:
                block, job = waiting.popleft()
                yield from _batch(block, job.result(), plain)
        for block, job in waiting:
            yield from _batch(block, job.result(), plain)
        if fault is not None:
            raise fault
    finally:
        for thread in threads:
            thread.shutdown(cancel_futures=True)
        for helper in processes:
            helper.close()


def _batch(block: Block, parsed: Parsed, plain: bool) -> Iterator[Batch]:
    if block.unterminated and plain and parsed.rejects:
        # a writer may be in the middle of this line: it is read when the file grows
        yield Batch(parsed.table.slice(0, 0), [], Mark(), 0, block.bytes_done, [_waiting_note(block)])
        return
    rejects = [*block.rejects, *parsed.rejects]
    raw = [(block.first, block.data.split(b"\n"))] if block.data else []
    yield Batch(parsed.table, rejects, block.mark, parsed.n_received + len(block.rejects), block.bytes_done, raw=raw)


def _waiting_note(block: Block) -> str:
    return f"the last line ({len(block.data)} bytes) has no end yet and is read when the file grows"


def _gathered(batches: Iterator[Batch], batch_rows: int) -> Iterator[Batch]:
    """Small batches joined, so that a stored file is neither tiny nor larger than memory allows."""
    held: list[Batch] = []
    rows = size = 0
    fault: SourceUnavailable | None = None
    while True:
        try:
            batch = next(batches, None)
        except SourceUnavailable as error:
            batch, fault = None, error
        if batch is None:
            break
        held.append(batch)
        rows, size = rows + batch.table.num_rows, size + batch.table.nbytes
        if rows >= batch_rows or size >= BATCH_BYTES:
            yield _joined(held)
            held, rows, size = [], 0, 0
    if held:
        yield _joined(held)
    if fault is not None:
        raise fault


def _joined(held: list[Batch]) -> Batch:
    rejects: list[Reject] = list(chain.from_iterable(batch.rejects for batch in held))
    marks = [batch.mark for batch in held if batch.mark.cursor]
    return Batch(
        pa.concat_tables([batch.table for batch in held]),
        rejects,
        marks[-1] if marks else Mark(),
        sum(batch.n_received for batch in held),
        held[-1].bytes_done,
        [note for batch in held for note in batch.notes],
        list(chain.from_iterable(batch.raw for batch in held)),
    )
