"""A bag's zip is the same from every Python, and one that an older Python wrote is no forgery."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from investigations.casefile.bag import zip_bag
from investigations.casefile.verifying.bags import ZipBag

TEXT = b"One file of a bag."


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "a.txt").write_bytes(TEXT)
    zip_bag(tmp_path / "bag", tmp_path / "bag.zip")
    return tmp_path / "bag.zip"


def test_small_files_need_no_sizes_of_64_bits(zipped: Path) -> None:
    """Python before 3.11.4 and since differ in how they write those."""
    assert not ZipBag(zipped).faults
    assert zipped.read_bytes()[28:30] == bytes(2), "no extra field"


@pytest.mark.parametrize(("told", "n_faults"), [(len(TEXT), 0), (len(TEXT) + 1, 1)])
def test_sizes_told_plainly_and_in_64_bits_agree(tmp_path: Path, told: int, n_faults: int) -> None:
    with (
        zipfile.ZipFile(tmp_path / "old.zip", "w") as archive,
        archive.open("bag/a.txt", "w", force_zip64=True) as sink,
    ):
        sink.write(TEXT)
    whole = (tmp_path / "old.zip").read_bytes()
    plain = len(TEXT).to_bytes(4, "little") + told.to_bytes(4, "little")
    (tmp_path / "old.zip").write_bytes(whole[:18] + plain + whole[26:])
    assert len(ZipBag(tmp_path / "old.zip").faults) == n_faults
