"""Past bans and clearances are read from any of three formats, each row judged alone."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import InvalidInput
from detection.labels.reading import LabelRow, RefusedRow, read_items, read_label_file

MAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
ROWS = [
    {"account_id": "a", "outcome": "banned", "decided_at": "2026-05-04T12:00:00Z", "reason": "card ring", "source": ""},
    {"account_id": "b", "outcome": "Honest", "decided_at": "", "reason": "", "source": "sales"},
]
WANTED = (LabelRow("a", "confirmed", MAY, "card ring", "abuse desk"), LabelRow("b", "cleared", None, "", "sales"))


def csv_text(rows: list[dict[str, str]]) -> str:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return "\n".join(lines) + "\n"


@pytest.fixture(params=["csv", "csv.gz", "jsonl", "parquet"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"past.{request.param}"
    if request.param == "parquet":
        pq.write_table(pa.Table.from_pylist([{k: v or None for k, v in row.items()} for row in ROWS]), path)
    elif request.param == "jsonl":
        path.write_bytes(b"\n".join(orjson.dumps(row) for row in ROWS))
    else:
        text = csv_text(ROWS).encode()
        path.write_bytes(gzip.compress(text) if request.param == "csv.gz" else text)
    return path


def test_each_format_says_the_same(file: Path) -> None:
    found = read_label_file(file, name=file.name, source="abuse desk")
    assert found.rows == WANTED and found.refused == () and found.n_read == 2


def test_an_uploaded_csv_is_known_by_the_name_it_had(tmp_path: Path) -> None:
    path = tmp_path / "upload-xyz"
    path.write_text(csv_text(ROWS))
    assert read_label_file(path, name="past.csv", source="abuse desk").rows == WANTED


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [("banned", "confirmed"), ("confirmed", "confirmed"), ("harvesting", "confirmed"), ("CLEARED", "cleared")],
)
def test_synonyms(outcome: str, kind: str) -> None:
    (row,) = read_items([{"account_id": "a", "outcome": outcome}], source="s").rows
    assert row.kind == kind


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"outcome": "banned"}, "account_id: it is missing"),
        ({"account_id": "a"}, "outcome: it is missing; it is one of banned"),
        ({"account_id": "a", "outcome": "not flagged"}, "outcome: 'not flagged' is not allowed"),
        ({"account_id": "a", "outcome": "banned", "decided_at": "soon"}, "decided_at: 'soon' is not a time"),
        ({"account_id": "a", "outcome": "banned", "decided_at": "1066-10-14"}, "outside 1990"),
        ({"account_id": "a\nb", "outcome": "banned"}, "account_id:"),
        ({"account_id": "a", "outcome": "banned", "reason": "x" * 4_001}, "reason:"),
        ({"account_id": ["a"], "outcome": "banned"}, "account_id:"),
        ("the item is not an object", "the item is not an object"),
    ],
)
def test_a_bad_row_is_refused_with_its_number_and_the_others_stay(item: object, reason: str) -> None:
    found = read_items([ROWS[0], item, ROWS[1]], source="abuse desk")  # type: ignore[list-item]
    assert found.rows == WANTED
    (bad,) = found.refused
    assert bad.number == 2 and reason in bad.reason


def test_the_number_is_the_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "past.csv"
    path.write_text("account_id,outcome\na,banned\nb,perhaps\nc\nd,cleared\n")
    found = read_label_file(path, name=path.name, source="s")
    assert [bad.number for bad in found.refused] == [3, 4]
    assert found.refused[1] == RefusedRow(4, "the row has 1 values under 2 names")
    assert [row.account_id for row in found.rows] == ["a", "d"] and found.n_read == 4


def test_order_format_and_repetition_do_not_change_the_digest() -> None:
    one = read_items(ROWS, source="abuse desk")
    other = read_items([ROWS[1], ROWS[0], ROWS[1]], source="abuse desk")
    assert one.digest == other.digest and len(other.rows) == 2 and other.n_read == 3
    assert one.digest != read_items(ROWS, source="another desk").digest


def test_rows_survive_being_kept() -> None:
    assert tuple(LabelRow.from_json(row.as_json()) for row in WANTED) == WANTED


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "two\nlines"])
def test_whose_record_it_is_must_be_said(name: str) -> None:
    with pytest.raises(InvalidInput, match="source"):
        read_items(ROWS, source=name)


@pytest.mark.parametrize("content", [b"", b"account_id,outcome\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "past.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="at least one row"):
        read_label_file(path, name=path.name, source="s")


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "past.parquet"
    path.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(InvalidInput, match="CSV, JSON lines or Parquet"):
        read_label_file(path, name=path.name, source="s")
