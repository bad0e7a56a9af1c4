"""A small real lake for tests of what reads it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from core.clock import to_us
from traffic.lake import write_exchanges
from traffic.schema import EXCHANGES


def exchange(account: str, number: int, at: datetime, **given: Any) -> dict[str, Any]:
    """One row of the lake; `given` overrides columns."""
    text = f"prompt {number} of {account}"
    digest = hashlib.sha256(text.encode()).digest()
    row: dict[str, Any] = {field.name: None for field in EXCHANGES}
    row |= {"source": "test", "pull_id": 1, "conflict": False, "derivation_version": 2, "task_tags": 0}
    row |= {"account_id": account, "ts_us": to_us(at), "exchange_id": f"{account}-{number}", "content_state": "full"}
    row |= {"record_id": f"{account}-{number}", "prompt": text, "response": "answer", "prompt_sha256": digest}
    row |= {"raw_sha256": digest, "content_sha256": digest, "prompt_chars": len(text), "response_chars": 6}
    return row | {"model": "model-1", "status": 200, "n_output_tokens": 100, "n_input_tokens": 20} | given


def daily(account: str, start: datetime, days: int, **given: Any) -> list[dict[str, Any]]:
    """One exchange a day."""
    return [exchange(account, n, start + timedelta(days=n), **given) for n in range(days)]


def fill_lake(rows: list[dict[str, Any]]) -> None:
    """Write the rows and list their files."""
    for file in write_exchanges(pa.Table.from_pylist(rows, schema=EXCHANGES), stem="test"):
        file.save()
