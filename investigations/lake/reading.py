"""What flagging and sampling read from the lake: sessions with their unit exchanges, frames, and the drawn texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from core.clock import from_us
from detection.models import Unit
from detection.selectors import picked
from traffic.lake import Lake, among, of_accounts
from traffic.sessions import sessions

Row = dict[str, Any]
FIGURES = (
    "exchange_id", "ts_us", "model", "endpoint", "n_input_tokens", "n_output_tokens", "status", "prompt_chars",
    "response_chars", "content_state",
)  # fmt: skip
TEXTS = ("exchange_id", "system_prompt", "prompt", "response", "prompt_sha256", "response_sha256", "raw_sha256")


def session_rows(
    account_ids: Sequence[str], selectors: Sequence[Row], *, start: datetime | None, end: datetime | None
) -> list[Row]:
    """The accounts' sessions with start, end, exchanges and how many of them the selectors pick; one query."""
    table = _marked(Lake(), account_ids, selectors, start, end)
    grouped = table.group_by("account_id", "session_id").agg(
        start_us=table.ts_us.min(),
        end_us=table.ts_us.max(),
        n_exchanges=table.count(),
        n_unit=table.in_unit.cast("int64").sum(),
        conversation=table.session_ref.min(),
        asn=table.asn.min(),
        asn_high=table.asn.max(),
        n_asn=table.asn.count(),
    )
    return grouped.order_by("account_id", "session_id").to_pyarrow().to_pylist()


def frame_rows(
    account_ids: Sequence[str], selectors: Sequence[Row], *, start: datetime | None, end: datetime | None
) -> list[Row]:
    """Every exchange of the accounts with its session and whether a selector picks it, in order of time; no text."""
    table = _marked(Lake(), account_ids, selectors, start, end)
    wanted = table.select("account_id", "session_id", "exchange_id", "ts_us", "in_unit", "model", "content_state")
    return wanted.order_by("account_id", "session_id", "ts_us", "exchange_id").to_pyarrow().to_pylist()


def one_session(
    account_id: str, session_key: str | None, selectors: Sequence[Row], *, start: datetime | None, end: datetime | None
) -> pa.Table:
    """The exchanges of one session (or, without a key, of the window) in order; no text, but whether a selector picks."""
    table = _marked(Lake(), [account_id], selectors, start, end)
    wanted = table if session_key is None else table.filter(table.session_id == session_key)
    found = wanted.select(*FIGURES, "in_unit")
    return found.order_by("ts_us", "exchange_id").to_pyarrow()


def text_rows(drawn: Sequence[Row]) -> dict[str, Row]:
    """The texts, with the digests that the lake holds, of rows that `frame_rows` gave; one query over their window."""
    if not drawn:
        return {}
    moments = [row["ts_us"] for row in drawn]
    accounts = {row["account_id"] for row in drawn}
    table = of_accounts(Lake().exchanges(start=from_us(min(moments)), end=from_us(max(moments) + 1)), accounts)
    table = table.filter(among(table.exchange_id, (row["exchange_id"] for row in drawn)))
    return {row["exchange_id"]: row for row in table.select(*TEXTS).to_pyarrow().to_pylist()}


def exchange_text(account_id: str, exchange_id: str, *, start: datetime | None, end: datetime | None) -> Row | None:
    """The texts of one exchange of an account; None where the account has no such exchange in the window. One query."""
    after = end + timedelta(microseconds=1) if end else None
    own = Lake().account_exchanges([account_id], start=start, end=after)
    rows = own.filter(own.exchange_id == exchange_id).select(*TEXTS).to_pyarrow().to_pylist()
    return rows[0] if rows else None


def selectors_of(campaign_id: int | None, run_id: int | None) -> list[Row]:
    """How the campaign's units of a run pick their exchanges."""
    if campaign_id is None:
        return [{"accounts": "all exchanges"}]
    return list(Unit.objects.filter(campaign=campaign_id, run=run_id).values_list("selector", flat=True))


def _marked(
    lake: Lake, account_ids: Sequence[str], selectors: Sequence[Row], start: datetime | None, end: datetime | None
) -> ir.Table:
    after = end + timedelta(microseconds=1) if end else None
    split = sessions(of_accounts(lake.exchanges(start=start, end=after), account_ids))
    return split.mutate(in_unit=picked(split, selectors))
