"""The product's own connectors read the demo log without refusing a record."""

from __future__ import annotations

from pathlib import Path

import pytest

from traffic.connectors.accounts import account_record
from traffic.connectors.calendars import list_price, model_release
from traffic.connectors.small import read_rows
from traffic.demo import generate
from traffic.demo.writers import carriers, write_log
from traffic.reading import read_exchanges


@pytest.mark.parametrize(("folder", "other"), [("demo-gateway-north", "south"), ("demo-gateway-south", "north")])
def test_connectors_read_every_exchange(tmp_path: Path, folder: str, other: str) -> None:
    log = generate(3, 0.03)
    write_log(log, tmp_path, seed=3, scale=0.03, with_truth=False)
    expected = {e.exchange_id: e for e in log.exchanges if carriers(e) != other}
    seen = 0
    for path in sorted((tmp_path / folder).iterdir()):
        for batch in read_exchanges(path):
            assert batch.rejects == []
            for row in batch.table.to_pylist():
                exchange = expected[row["record_id"]]
                seen += 1
                assert (row["account_id"], row["prompt"], row["response"], row["status"], row["ip"]) == (
                    exchange.account.account_id,
                    exchange.prompt,
                    exchange.response,
                    exchange.status,
                    exchange.ip,
                )
                assert abs(row["ts_us"] - exchange.ts_us) <= 1
    assert seen == len(expected) > 0


def test_account_release_and_price_records_are_read(tmp_path: Path) -> None:
    write_log(generate(3, 0.03), tmp_path, seed=3, scale=0.03, with_truth=False)
    readers = {"demo-accounts": account_record, "demo-releases": model_release, "demo-prices": list_price}
    for folder, reader in readers.items():
        for path in (tmp_path / folder).iterdir():
            rows = [row for batch in read_rows(path, format="lines") for row in batch.rows]
            assert len(rows) == len(path.read_bytes().splitlines()) == len([reader(row, {}) for row in rows])
