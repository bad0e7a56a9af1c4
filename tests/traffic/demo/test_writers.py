"""What lies on disk: shapes as the gateways write them, the same bytes each time, and no label anywhere."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from traffic.demo import Log, generate
from traffic.demo.writers import FOLDERS, TRUTH, carriers, read_marker, write_log

NORTH, SOUTH = "demo-gateway-north", "demo-gateway-south"


@pytest.fixture(scope="module")
def log() -> Log:
    return generate(3, 0.05)


@pytest.fixture(scope="module")
def out(log: Log, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a folder")
    write_log(log, folder, seed=3, scale=0.05, with_truth=True)
    return folder


def lines(folder: Path) -> list[Any]:
    found = []
    for path in sorted(folder.iterdir()):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        found += [orjson.loads(line) for line in data.splitlines()]
    return found


def spans(folder: Path) -> list[Any]:
    return [s for line in lines(folder) for r in line["resourceSpans"] for c in r["scopeSpans"] for s in c["spans"]]


def digests(folder: Path) -> dict[str, str]:
    files = (p for f in FOLDERS for p in (folder / f.slug).iterdir())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_a_second_writing_gives_the_same_bytes(out: Path, tmp_path: Path) -> None:
    write_log(generate(3, 0.05), tmp_path, seed=3, scale=0.05, with_truth=False)
    assert digests(tmp_path) == digests(out)
    assert not (tmp_path / TRUTH).exists()


def test_every_exchange_is_in_the_file_of_its_gateway(log: Log, out: Path) -> None:
    north = [row["id"] for row in lines(out / NORTH)]
    south = [_attributes(span)["gen_ai.response.id"] for span in spans(out / SOUTH)]
    assert sorted(north) == sorted(e.exchange_id for e in log.exchanges if carriers(e) != "south")
    assert sorted(south) == sorted(e.exchange_id for e in log.exchanges if carriers(e) != "north")
    assert set(north) | set(south) == {e.exchange_id for e in log.exchanges} and south


def _attributes(span: dict[str, Any]) -> dict[str, Any]:
    return {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}


def test_a_payload_has_the_standard_fields_and_consistent_counts(out: Path) -> None:
    rows = lines(out / NORTH)
    assert len({tuple(row) for row in rows}) == 1
    for row in rows:
        assert row["total_tokens"] == row["prompt_tokens"] + row["completion_tokens"]
        assert row["endTime"] > row["startTime"]
        assert row["messages"][-1]["role"] == "user"
        if row["status"] == "success":
            assert row["response"]["choices"][0]["message"]["content"]
        else:
            assert row["error_information"]["error_code"].isdigit() and row["response"] == {}
    for name in ("user_api_key_user_id", "user_api_key_hash", "usage_object", "cold_storage_object_key"):
        assert name in rows[0]["metadata"]


def test_each_file_holds_its_utc_day(out: Path) -> None:
    for path in (out / NORTH).iterdir():
        for line in gzip.decompress(path.read_bytes()).splitlines():
            moment = datetime.fromtimestamp(orjson.loads(line)["startTime"], UTC)
            assert moment.date().isoformat() in path.name


def test_a_span_says_the_same_as_the_exchange(log: Log, out: Path) -> None:
    by_id = {e.exchange_id: e for e in log.exchanges}
    for span in spans(out / SOUTH):
        found = _attributes(span)
        exchange = by_id[found["gen_ai.response.id"]]
        assert found["user.id"] == exchange.account.account_id
        assert int(span["startTimeUnixNano"]) == exchange.ts_us * 1000
        assert orjson.loads(found["gen_ai.input.messages"])[-1]["parts"][0]["content"] == exchange.prompt
        assert int(found["http.response.status_code"]) == exchange.status


def test_nothing_in_the_source_folders_tells_who_was_planted(log: Log, out: Path) -> None:
    """Roles, actor names and campaign names are in truth.jsonl, so a leak would be found here."""
    truth = (out / TRUTH).read_text()
    assert '"drip"' in truth and '"shift A"' in truth and '"school_class"' in truth
    for folder in FOLDERS:
        for row in lines(out / folder.slug):
            text = orjson.dumps({k: v for k, v in row.items() if k not in {"messages", "response"}}).decode()
            assert not any(
                label in text
                for label in ("drip", "sharded", "failover", "shift A", "pool B", '"part"', "school_class")
            )


def test_accounts_releases_and_prices_are_whole(log: Log, out: Path) -> None:
    accounts = lines(out / "demo-accounts")
    assert [a["account_id"] for a in accounts] == [a.account_id for a in log.accounts]
    assert all(datetime.fromisoformat(a["created_at"]).tzinfo for a in accounts)
    closed = [a for a in accounts if a["status"] == "closed"]
    assert closed and all(a["closed_at"] and a["close_reason"] for a in closed)
    models = {e.model for e in log.exchanges}
    assert models <= {row["model"] for row in lines(out / "demo-prices")}
    assert models <= {row["model"] for row in lines(out / "demo-releases")}


def test_an_interrupted_writing_is_no_demo_log(log: Log, tmp_path: Path) -> None:
    write_log(log, tmp_path, seed=3, scale=0.05, with_truth=False)
    assert read_marker(tmp_path) == {"seed": 3, "scale": 0.05, "start": "2026-09-01", "days": 28}
    (tmp_path / "demo.json").write_bytes(b"{")
    assert read_marker(tmp_path) is None
