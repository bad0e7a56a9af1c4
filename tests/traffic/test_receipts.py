"""Receipts of batches: the bytes that came, each in its place, under a digest that erasure leaves whole."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from audit.holds import Held, request_hold
from audit.models import AuditEvent
from traffic import services
from traffic.enums import FileKind
from traffic.erasing import erase_account, erase_older
from traffic.lake import Lake
from traffic.models import LakeFile, PulledBatch
from traffic.receipt import received_records, wrong_with

pytestmark = pytest.mark.django_db


def line(number: int, account: str) -> bytes:
    """One record, spaced as nobody's serialiser would."""
    row = {"id": f"r-{number}", "account_id": account, "ts": f"2026-05-0{number}T10:00:00Z", "prompt": f"step {number}"}
    return json.dumps(row, separators=(" ,", " : ")).encode()


LINES = [line(1, "a"), line(2, "b"), b"", b"{broken", line(3, "a"), line(4, "a")]


@pytest.fixture
def pulled(tmp_path: Path) -> PulledBatch:
    (tmp_path / "log.jsonl").write_bytes(b"\n".join(LINES) + b"\n")
    worker = services.Worker("test")
    source = services.add_source(actor=worker, path=str(tmp_path / "log.jsonl"), connector="table")
    services.run_pull(pull=services.request_pull(source=source, actor=worker))
    return PulledBatch.objects.get()


def sha(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def verbatim(digests: list[str]) -> dict[str, bytes]:
    """Records of May as received, by their digest."""
    start, end = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    return {one.raw_sha256: one.raw for one in received_records(digests, start=start, end=end)}


def test_every_record_is_kept_as_it_came(pulled: PulledBatch) -> None:
    records = [raw for raw in LINES if raw]
    assert verbatim([sha(raw) for raw in records]) == {sha(raw): raw for raw in records}
    assert (pulled.n_records, pulled.n_stored, pulled.n_quarantined) == (5, 4, 1)
    assert (pulled.first_position, pulled.last_position, pulled.raw_bytes) == (1, 6, sum(map(len, records)))
    assert wrong_with(pulled) == "" and abs(pulled.clock_offset_us) < 5_000_000
    event = AuditEvent.objects.get(action="batch.stored")
    assert (event.facts["digest"], event.facts["n_records"]) == (pulled.digest, 5)


def test_an_altered_record_is_named(pulled: PulledBatch) -> None:
    path = settings.LAKE_DIR / pulled.raw_file.path  # type: ignore[union-attr]
    table = pq.read_table(path)
    raws = table["raw"].to_pylist()
    raws[1] = raws[1].replace(b"step 2", b"step 9")
    pq.write_table(table.set_column(2, table.schema.field(2), [raws]), path)
    assert wrong_with(pulled) == "record 2 was altered"


def test_an_erased_account_leaves_its_leaves_and_others_stay(
    pulled: PulledBatch, django_capture_on_commit_callbacks: object
) -> None:
    before = {file.pk: settings.LAKE_DIR / file.path for file in LakeFile.objects.all()}
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        erased = erase_account(account_id="a", actor="user:1 lena", basis="Art. 17(1) GDPR")
    assert (erased.n_exchanges, erased.n_records) == (3, 3)
    assert Lake().exchanges().account_id.to_pyarrow().to_pylist() == ["b"]
    assert verbatim([sha(LINES[0]), sha(LINES[1])]) == {sha(LINES[1]): LINES[1]}
    pulled.refresh_from_db()
    assert wrong_with(pulled) == "", "the batch still adds up"
    listed = {file.path for file in LakeFile.objects.all()}
    on_disk = {path.relative_to(settings.LAKE_DIR).as_posix() for path in settings.LAKE_DIR.rglob("*.parquet")}
    assert on_disk == listed and not all(path.exists() for path in before.values())
    assert set(LakeFile.objects.values_list("pk", flat=True)) <= set(before), "a file keeps its number"
    assert all(LINES[0] not in path.read_bytes() for path in settings.LAKE_DIR.rglob("*.parquet"))


def test_a_hold_keeps_its_files_and_retention_takes_the_rest(pulled: PulledBatch) -> None:
    request_hold(about="account:a", subjects=[], reason="claim", basis="Art. 17(3)(e)", actor="user:1 lena")
    with pytest.raises(Held, match="under legal hold H-000001"):
        erase_account(account_id="a", actor="x", basis="asked")
    gone = {"before": datetime(2026, 6, 1, tzinfo=UTC), "actor": "x", "basis": "retention"}
    refused = erase_older(kind=FileKind.EXCHANGES, kept_accounts=[], **gone)  # type: ignore[arg-type]
    assert refused.held_files == 3 and refused.n_exchanges == 1, "whoever forgets the hold meets it in the database"
    assert sorted(Lake().exchanges().record_id.to_pyarrow().to_pylist()) == ["r-1", "r-3", "r-4"]
    taken = erase_older(kind=FileKind.RAW, kept_accounts=["a"], **gone)  # type: ignore[arg-type]
    assert (taken.n_records, taken.held_files) == (1, 0)
    pulled.refresh_from_db()
    assert wrong_with(pulled) == "" and verbatim([sha(LINES[0])]) and not verbatim([sha(LINES[1])])
