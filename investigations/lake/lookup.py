"""One id or one address looked up in the lake: the newest days, few columns, few rows, and an end after some seconds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
from django.db.models import Max

from core.clock import from_us
from core.errors import Unavailable
from traffic.enums import FileKind
from traffic.lake import Lake
from traffic.models import LakeFile

DAYS = 90
LISTED = 100
PATIENCE_S = 8.0


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, since when it was looked for, and whether there is more than is listed."""

    rows: tuple[dict[str, Any], ...]
    since: datetime | None
    more: bool = False


def exchange(exchange_id: str) -> Looked:
    """Where one exchange is: its account and moment."""

    def wanted(table: Any) -> Any:
        found = table.filter(table.exchange_id == exchange_id)
        return found.select("exchange_id", "account_id", "ts_us", "model").order_by("ts_us")

    return _look(wanted)


def accounts_at(ip: str) -> Looked:
    """The accounts that sent from one address, most exchanges first, with their first and last moment there."""

    def wanted(table: Any) -> Any:
        found = table.filter(table.ip == ip)
        figures = {"n": found.count(), "first_us": found.ts_us.min(), "last_us": found.ts_us.max()}
        grouped = found.group_by("account_id").agg(**figures)
        return grouped.order_by(grouped.n.desc(), "account_id")

    return _look(wanted)


def _look(wanted: Any) -> Looked:
    newest = LakeFile.objects.filter(kind=FileKind.EXCHANGES).aggregate(newest=Max("max_ts_us"))["newest"]
    if newest is None:
        return Looked((), None)
    since = from_us(newest) - timedelta(days=DAYS)
    lake = Lake()
    alarm = threading.Timer(PATIENCE_S, lake.engine.con.interrupt)
    alarm.start()
    try:
        rows = wanted(lake.exchanges(start=since)).limit(LISTED + 1).to_pyarrow().to_pylist()
    except duckdb.InterruptException as error:
        raise Unavailable(f"The lake took longer than {PATIENCE_S:g} s to look through {DAYS} days.") from error
    finally:
        alarm.cancel()
    return Looked(tuple(rows[:LISTED]), since, len(rows) > LISTED)
