"""Bytes of a log file, plain or compressed, as blocks of whole lines in bounded memory."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from core.errors import DomainError
from traffic.connectors.base import KEPT_BYTES, Mark, Reject, SourceUnavailable, Truncated

READ_BYTES = 1 << 20
ZSTD_BYTES = 2_048  # zstd gives out all that its input unpacks to: a bomb of this size stays under 64 MiB
BLOCK_BYTES = 8 << 20
LINE_LIMIT = 16 << 20
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class FileChanged(DomainError):
    """The bytes before the mark are not the ones that were read: the file was replaced."""


@dataclass(slots=True)
class Block:
    """Whole lines, the number of the first, and the mark behind the last."""

    first: int
    data: bytes
    mark: Mark
    bytes_done: int
    rejects: list[Reject] = field(default_factory=list)
    unterminated: bool = False


def compression(path: Path) -> str:
    """`gzip`, `zstd` or `plain`, by the file's first bytes: names lie."""
    try:
        with path.open("rb") as handle:
            head = handle.read(4)
    except OSError as error:
        raise SourceUnavailable(f"{path} cannot be read: {error.strerror}") from None
    return "gzip" if head.startswith(GZIP) else "zstd" if head == ZSTD else "plain"


class Stream:
    """The decompressed bytes of a file. `bytes_done` counts the bytes of the file itself."""

    def __init__(self, path: Path) -> None:
        self.path, self.bytes_done, self.compression = path, 0, compression(path)

    def chunks(self) -> Iterator[bytes]:
        """Decompressed pieces of bounded size. Raises Truncated after the last byte that could be had."""
        try:
            with self.path.open("rb") as handle:
                size = ZSTD_BYTES if self.compression == "zstd" else READ_BYTES
                pieces = iter(lambda: handle.read(size), b"")
                given = self._counted(pieces) if self.compression == "plain" else self._unpacked(pieces)
                yield from given
        except OSError as error:
            raise SourceUnavailable(f"{self.path} cannot be read: {error.strerror}") from None

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.bytes_done += len(piece)
            yield piece

    def _unpacked(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        engine = self._engine()
        whole = True
        for piece in self._counted(pieces):
            while piece:
                try:
                    yield from self._inflate(engine, piece)
                except (zlib.error, zstandard.ZstdError) as error:
                    raise Truncated(f"{self.path.name}: the {self.compression} data is damaged: {error}") from None
                whole = engine.eof
                piece = engine.unused_data if engine.eof else b""
                if engine.eof:
                    engine = self._engine()
        if not whole:
            raise Truncated(f"{self.path.name}: the {self.compression} data ends early")

    def _engine(self):  # type: ignore[no-untyped-def]  # two libraries, one duck
        if self.compression == "gzip":
            return zlib.decompressobj(wbits=31)
        return zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()

    def _inflate(self, engine, piece: bytes) -> Iterator[bytes]:  # type: ignore[no-untyped-def]
        if self.compression == "zstd":
            yield engine.decompress(piece)
            return
        yield engine.decompress(piece, READ_BYTES)
        while engine.unconsumed_tail:
            yield engine.decompress(engine.unconsumed_tail, READ_BYTES)


def blocks(path: Path, mark: Mark) -> Iterator[Block]:
    """Blocks of lines behind `mark`.

    A line over LINE_LIMIT is given as a reject with its first part, size and digest. Raises FileChanged if the bytes
    before the mark are others than were read, Truncated or SourceUnavailable after the blocks that could be read.
    """
    return _Splitter(path, mark).run()


class _Splitter:
    def __init__(self, path: Path, mark: Mark) -> None:
        self.stream, self.mark = Stream(path), mark
        self.hasher, self.offset, self.line = hashlib.sha256(), 0, 0
        self.rest = bytearray()

    def run(self) -> Iterator[Block]:
        fault: SourceUnavailable | None = None
        chunks = self._behind_mark()
        while True:
            try:
                chunk = next(chunks)
            except StopIteration:
                break
            except SourceUnavailable as error:
                fault = error
                break
            self.rest += chunk
            if len(self.rest) >= BLOCK_BYTES:
                yield from self._cut()
            if len(self.rest) > LINE_LIMIT:
                yield from self._skip_long(chunks)
        end = self.rest.rfind(b"\n") + 1
        if end:
            yield self._block(end)
        if self.rest and fault is None:
            yield self._tail()
        if fault is not None:
            raise fault

    def _behind_mark(self) -> Iterator[bytes]:
        """The bytes after the mark, once those before it are known to be the ones that were read."""
        left = self.mark.offset
        for chunk in self.stream.chunks():
            if left:
                head, chunk = chunk[:left], chunk[left:]
                self.hasher.update(head)
                left -= len(head)
                if left:
                    continue
                self._check_head()
            if chunk:
                yield chunk
        if left:
            raise FileChanged(f"{self.stream.path.name} is shorter than what was already read of it.")

    def _check_head(self) -> None:
        if self.hasher.hexdigest() != self.mark.sha256:
            raise FileChanged(f"{self.stream.path.name} no longer begins with what was already read of it.")
        self.offset, self.line = self.mark.offset, self.mark.cursor

    def _cut(self) -> Iterator[Block]:
        end = self.rest.rfind(b"\n") + 1
        if end:
            yield self._block(end)

    def _block(self, end: int) -> Block:
        data = bytes(memoryview(self.rest)[:end])
        del self.rest[:end]
        first = self.line + 1
        self._advance(data, data.count(b"\n"))
        return Block(first, data, self._marked(), self.stream.bytes_done)

    def _tail(self) -> Block:
        data, first = bytes(self.rest), self.line + 1
        self._advance(data, 1)
        return Block(first, data, self._marked(), self.stream.bytes_done, unterminated=True)

    def _skip_long(self, chunks: Iterator[bytes]) -> Iterator[Block]:
        """Hash and count the rest of a line that is too long, without holding it."""
        kept, whole, size = bytes(self.rest[:KEPT_BYTES]), hashlib.sha256(self.rest), len(self.rest)
        self.hasher.update(self.rest)
        self.rest.clear()
        ended = 0
        for chunk in chunks:
            end = chunk.find(b"\n")
            part = chunk if end < 0 else chunk[:end]
            whole.update(part)
            size += len(part)
            if end >= 0:
                self.hasher.update(chunk[: end + 1])
                self.rest += chunk[end + 1 :]
                ended = 1
                break
            self.hasher.update(part)
        self.offset += size + ended
        self.line += 1
        reason = f"the line is longer than {LINE_LIMIT >> 20} MiB"
        reject = Reject(self.line, kept, size, whole.hexdigest(), reason)
        yield Block(self.line, b"", self._marked(), self.stream.bytes_done, [reject])

    def _advance(self, data: bytes, lines: int) -> None:
        self.hasher.update(data)
        self.offset += len(data)
        self.line += lines

    def _marked(self) -> Mark:
        return Mark(self.line, self.offset, self.hasher.copy().hexdigest())
