"""A bag as a folder or as the zip it came in; what neither may hold is a fault."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections import Counter
from pathlib import Path
from typing import IO

PART = r"[A-Za-z0-9_][A-Za-z0-9._+-]*"
NAME = re.compile(rf"{PART}(/{PART})*", re.ASCII)


class FolderBag:
    """An unpacked bag."""

    def __init__(self, root: Path) -> None:
        self.root, self.label = root, root.name
        self.names: set[str] = set()
        self.faults: list[str] = []
        self._walk(root, "")

    def _walk(self, folder: Path, before: str) -> None:
        for entry in sorted(os.scandir(folder), key=lambda e: e.name):
            name = before + entry.name
            mode = entry.stat(follow_symlinks=False).st_mode
            if not NAME.fullmatch(name):
                self.faults.append(f"a name that is never written: {name!a}")
            elif stat.S_ISDIR(mode):
                self._walk(Path(entry.path), f"{name}/")
            elif stat.S_ISREG(mode):
                self.names.add(name)
            else:
                self.faults.append(f"neither file nor folder (a link or a device): {name}")

    def open(self, name: str) -> IO[bytes]:
        """The file's bytes."""
        return (self.root / name).open("rb")

    def size(self, name: str) -> int:
        """How many bytes the file has."""
        return (self.root / name).lstat().st_size


def _said_twice_alike(entry: zipfile.ZipInfo, header: bytes, extra: bytes) -> bool:
    """Whether what stands before an entry says what the directory says, and neither holds more than 64-bit sizes.

    Python before 3.11.4 writes the sizes twice before an entry: plain, and in 64 bits.
    """
    sizes = entry.file_size.to_bytes(8, "little") + entry.compress_size.to_bytes(8, "little")
    plain, wide = sizes[8:12] + sizes[:4], b"\xff" * 8
    large_too = b"\1\0\x10\0" + sizes
    large = not entry.extra or (entry.extra[:2] == b"\1\0" and len(entry.extra) == 4 + entry.extra[2])
    flags, method, crc = (int.from_bytes(header[a:b], "little") for a, b in ((6, 8), (8, 10), (14, 18)))
    same = (flags, method, crc) == (entry.flag_bits, entry.compress_type, entry.CRC) and not entry.comment
    return same and large and (extra, header[18:26]) in ((b"", plain), (large_too, wide), (large_too, plain))


class ZipBag:
    """A bag inside its zip, read in place: nothing is unpacked."""

    def __init__(self, path: Path) -> None:
        self.archive = zipfile.ZipFile(path)
        self.faults: list[str] = []
        self.label = ""
        self._entries: dict[str, zipfile.ZipInfo] = {}
        found = self.archive.infolist()
        self._look_at(found)
        self._look_between(found, path)
        self.names = set(self._entries)

    def _look_at(self, found: list[zipfile.ZipInfo]) -> None:
        tops = {entry.filename.partition("/")[0] for entry in found}
        if len(tops) != 1:
            self.faults.append(f"the zip holds {len(tops)} top folders instead of one")
        self.label = min(tops, default="")
        for name, count in Counter(entry.filename for entry in found).items():
            if count > 1:
                self.faults.append(f"{count} entries of one name: {name!a}")
        for entry in found:
            _, _, name = entry.filename.partition("/")
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if entry.orig_filename != entry.filename or not NAME.fullmatch(entry.filename) or not name:
                self.faults.append(f"a name that is never written: {entry.orig_filename!a}")
            elif kind not in (0, stat.S_IFREG) or entry.flag_bits & 1 or entry.compress_type != zipfile.ZIP_STORED:
                self.faults.append(f"a link, or an encrypted or compressed entry: {entry.filename}")
            else:
                self._entries[name] = entry

    def _look_between(self, found: list[zipfile.ZipInfo], path: Path) -> None:
        """The entries must stand one behind the other, each said once and the same: another zip tool may believe what hides."""
        end = 0
        with path.open("rb") as raw:
            for entry in sorted(found, key=lambda e: e.header_offset):
                raw.seek(entry.header_offset)
                header = raw.read(30)
                if entry.header_offset != end or entry.flag_bits & 8:
                    self.faults.append(f"hidden bytes before the entry {entry.filename!a}")
                    return
                name, extra = (int.from_bytes(header[n : n + 2], "little") for n in (26, 28))
                if not _said_twice_alike(entry, header, raw.read(name + extra)[name:]):
                    self.faults.append(f"the zip says two things of the entry {entry.filename!a}")
                    return
                end = entry.header_offset + 30 + name + extra + entry.compress_size
            if end != self.archive.start_dir:
                self.faults.append("hidden bytes behind the last entry")
            raw.seek(end + sum(46 + len(entry.orig_filename) + len(entry.extra) for entry in found))
            self._look_behind(raw.read(200), len(found))

    def _look_behind(self, tail: bytes, count: int) -> None:
        """Behind the directory stands its end record alone, which counts its entries and holds no comment."""
        tail = tail[76:] if tail.startswith(b"PK\x06\x06") else tail
        counted = min(count, 0xFFFF).to_bytes(2, "little")
        if len(tail) != 22 or tail[:12] != b"PK\x05\x06" + bytes(4) + counted * 2 or tail[20:] != bytes(2):
            self.faults.append("a comment or hidden bytes at the end of the zip")

    def open(self, name: str) -> IO[bytes]:
        """The entry's bytes."""
        return self.archive.open(self._entries[name])

    def size(self, name: str) -> int:
        """How many bytes the entry has."""
        return self._entries[name].file_size


AnyBag = FolderBag | ZipBag


def open_bag(path: Path) -> AnyBag:
    """The bag at a path: a folder or a zip."""
    return FolderBag(path) if path.is_dir() else ZipBag(path)


def read_all(bag: AnyBag, name: str) -> bytes:
    """A small file of the bag, whole."""
    with bag.open(name) as handle:
        return handle.read()
