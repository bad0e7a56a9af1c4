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
        """The entries must stand one behind the other: another zip tool may find what hides between them."""
        end = 0
        with path.open("rb") as raw:
            for entry in sorted(found, key=lambda e: e.header_offset):
                raw.seek(entry.header_offset)
                header = raw.read(30)
                if entry.header_offset != end or entry.flag_bits & 8:
                    self.faults.append(f"hidden bytes before the entry {entry.filename!a}")
                    return
                extra = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
                end = entry.header_offset + 30 + extra + entry.compress_size
        if end != self.archive.start_dir:
            self.faults.append("hidden bytes behind the last entry")

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
