"""What a run read is kept under its own digest: shared by equal contents, and refused when it is not what it was."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from core.canonical import digest
from core.errors import Conflict
from detection.services.snapshots import keep_table, keep_words, kept_table, kept_words

TABLE = pa.table({"account_id": ["a", "b"], "closed_at_us": [None, 5]})


def files(var_dir: Path) -> list[Path]:
    return sorted(path for path in (var_dir / "inputs").rglob("*") if path.is_file())


def test_a_table_comes_back_as_it_was_and_equal_tables_share_a_file(var_dir: Path) -> None:
    name = keep_table(TABLE)
    assert kept_table(name).equals(TABLE)
    assert keep_table(pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)])) == name
    assert [path.name for path in files(var_dir)] == [f"{name}.parquet"]


def test_other_rows_have_another_digest(var_dir: Path) -> None:
    assert keep_table(TABLE) != keep_table(TABLE.slice(1))
    assert len(files(var_dir)) == 2


def test_words_have_the_digest_of_their_canonical_json() -> None:
    name = keep_words([["b", "a"], []])
    assert name == digest([["b", "a"], []])
    assert kept_words(name) == [["b", "a"], []]


def test_only_its_owner_may_read_it(var_dir: Path) -> None:
    keep_words(["a"])
    assert (var_dir / "inputs").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in files(var_dir))


def test_a_file_that_was_changed_is_refused(var_dir: Path) -> None:
    name = keep_words(["a"])
    files(var_dir)[0].write_bytes(b'["b"]')
    with pytest.raises(Conflict, match="not what it was"):
        kept_words(name)


@pytest.mark.parametrize("name", ["", "0" * 64])
def test_what_is_not_kept_is_said(name: str) -> None:
    with pytest.raises(Conflict, match="not kept here"):
        kept_table(name)
