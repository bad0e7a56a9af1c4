"""A BagIt 1.0 bag (RFC 8493) and its zip, written so that the same files always give the same bytes. Pure but for files."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

ALGORITHMS = ("sha256", "sha512")
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_ZIP_MODE = 0o100644 << 16
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*", re.ASCII)


def digests(path: Path) -> tuple[str, str]:
    """SHA-256 and SHA-512 of a file's bytes, read once, in pieces."""
    hashes = [hashlib.new(name) for name in ALGORITHMS]
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            for one in hashes:
                one.update(block)
    return hashes[0].hexdigest(), hashes[1].hexdigest()


def seal_bag(folder: Path, info: Mapping[str, str]) -> None:
    """Write tag files and manifests around the `data/` that is already there: sorted, two spaces, LF."""
    payload = sorted(_files(folder / "data", folder))
    n_bytes = sum((folder / name).stat().st_size for name in payload)
    (folder / "bagit.txt").write_bytes(b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    lines = dict(info) | {"Payload-Oxum": f"{n_bytes}.{len(payload)}"}
    (folder / "bag-info.txt").write_bytes("".join(f"{k}: {_line(v)}\n" for k, v in lines.items()).encode())
    _manifests(folder, "manifest", payload)
    tags = sorted(["bagit.txt", "bag-info.txt", *(f"manifest-{name}.txt" for name in ALGORITHMS)])
    _manifests(folder, "tagmanifest", tags)


def zip_bag(folder: Path, target: Path) -> None:
    """The bag as a zip of one folder: stored order, fixed times and modes, on the disk when this returns."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(_files(folder, folder)):
            if not NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name of ours")
            entry = zipfile.ZipInfo(f"{folder.name}/{name}", ZIP_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_STORED, _ZIP_MODE, 3
            entry.file_size = (
                (folder / name).stat().st_size
            )  # told beforehand: every Python writes the same header then
            with (folder / name).open("rb") as source, archive.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
    sync(target)


def write_synced(path: Path, data: bytes) -> None:
    """Write a small file and wait until it is on the disk."""
    path.write_bytes(data)
    sync(path)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _manifests(folder: Path, prefix: str, names: Iterable[str]) -> None:
    found = [(name, digests(folder / name)) for name in names]
    for place, algorithm in enumerate(ALGORITHMS):
        text = "".join(f"{both[place]}  {name}\n" for name, both in found)
        (folder / f"{prefix}-{algorithm}.txt").write_bytes(text.encode("ascii"))


def _files(start: Path, root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in start.rglob("*") if path.is_file()]


def _line(value: str) -> str:
    return " ".join(value.split())
