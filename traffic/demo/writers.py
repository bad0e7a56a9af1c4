"""Writes a demo log to disk as a gateway, an identity system and a price office would: one folder a source."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any
from zlib import crc32

import orjson

from traffic.demo.generate import Log
from traffic.demo.payloads import PROVIDER, litellm_payload, otel_span
from traffic.demo.tables import account_row
from traffic.demo.world import DAY, LARGE, NEXT, PRICES_USD, REASON, SECOND, SMALL, Exchange, day_names

MARKER = "demo.json"
TRUTH = "truth.jsonl"
SPANS_A_LINE = 20
OLD_RELEASES = {SMALL: date(2025, 11, 12), LARGE: date(2026, 2, 3), REASON: date(2026, 5, 19)}


@dataclass(frozen=True, slots=True)
class Folder:
    """One source of the demo: where its files lie and how they are read."""

    slug: str
    name: str
    kind: str
    connector: str


FOLDERS = (
    Folder("demo-accounts", "Identity system (demo)", "accounts", "accounts"),
    Folder("demo-releases", "Model calendar (demo)", "releases", "releases"),
    Folder("demo-prices", "Price list (demo)", "prices", "prices"),
    Folder("demo-gateway-north", "Gateway North, LiteLLM (demo)", "exchanges", "litellm"),
    Folder("demo-gateway-south", "Gateway South, OpenTelemetry (demo)", "exchanges", "otel"),
)


def iso(us: int | None) -> str | None:
    """A moment as ISO 8601 in UTC."""
    return None if us is None else datetime.fromtimestamp(us / SECOND, UTC).isoformat()


def carriers(exchange: Exchange) -> str:
    """Which gateways logged the exchange: "north", "south", or now and then both, one behind the other."""
    gateway = exchange.account.gateway
    if gateway != "both":
        return gateway
    lot = crc32(exchange.exchange_id.encode()) % 12
    return "both" if lot == 0 else "south" if lot < 4 else "north"


def write_log(log: Log, out: Path, *, seed: int, scale: float, with_truth: bool) -> dict[str, int]:
    """Writes every folder beside its final place, then moves each there; returns bytes by folder.

    The marker file is written last: a folder without it is not a whole demo log.
    """
    partial = out / ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    for folder in FOLDERS:
        (partial / folder.slug).mkdir(parents=True)
    (out / MARKER).unlink(missing_ok=True)
    _write_gateways(log, partial)
    _write_accounts(log, partial / "demo-accounts")
    _write_lines(partial / "demo-releases" / "model_releases.jsonl", _releases(log))
    _write_lines(partial / "demo-prices" / "price_list.jsonl", _prices(log))
    if with_truth:
        rows = ({"account_id": account, **row} for account, row in log.truth.items())
        _write_lines(out / TRUTH, rows)
    sizes = {f.slug: sum(p.stat().st_size for p in (partial / f.slug).iterdir()) for f in FOLDERS}
    for folder in FOLDERS:
        shutil.rmtree(out / folder.slug, ignore_errors=True)
        os.replace(partial / folder.slug, out / folder.slug)
    partial.rmdir()
    (out / MARKER).write_bytes(orjson.dumps(marker(log.start, log.days, seed, scale), option=orjson.OPT_INDENT_2))
    return sizes


def marker(start: date, days: int, seed: int, scale: float) -> dict[str, Any]:
    """What the marker file says about the log beside it."""
    return {"seed": seed, "scale": scale, "start": start.isoformat(), "days": days}


def read_marker(out: Path) -> dict[str, Any] | None:
    """The parameters of the demo log in that folder, or None where there is no whole one."""
    try:
        found = orjson.loads((out / MARKER).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    whole = isinstance(found, dict) and all((out / folder.slug).is_dir() for folder in FOLDERS)
    return found if whole else None


def _write_gateways(log: Log, into: Path) -> None:
    """One file a UTC day for each gateway; a day without traffic has an empty file."""
    first = int(datetime(log.start.year, log.start.month, log.start.day, tzinfo=UTC).timestamp()) * SECOND
    days = {number: list(rows) for number, rows in groupby(log.exchanges, key=lambda e: (e.ts_us - first) // DAY)}
    for number, name in enumerate(day_names(log.start, log.days)):
        rows = days.pop(number, [])
        north = (litellm_payload(e) for e in rows if carriers(e) != "south")
        south = _envelopes([e for e in rows if carriers(e) != "north"])
        _write_lines(into / "demo-gateway-north" / f"litellm-{name}.jsonl.gz", north)
        _write_lines(into / "demo-gateway-south" / f"spans-{name}.jsonl.gz", south)


def _envelopes(exchanges: list[Exchange]) -> Iterator[dict[str, Any]]:
    """OTLP export requests of up to twenty spans, as a collector's file exporter writes them."""
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "gateway-south"}}]}
    rows = iter(exchanges)
    while batch := list(islice(rows, SPANS_A_LINE)):
        spans = [otel_span(exchange) for exchange in batch]
        scope = {"scope": {"name": "gateway.genai", "version": "1.4.0"}, "spans": spans}
        yield {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}


def _write_accounts(log: Log, into: Path) -> None:
    rows = (
        {**row, "created_at": iso(row["created_at"]), "closed_at": iso(row["closed_at"])}
        for row in map(account_row, log.accounts)
    )
    _write_lines(into / "accounts.jsonl", rows)


def _releases(log: Log) -> Iterator[dict[str, Any]]:
    for model, day in OLD_RELEASES.items():
        yield {"model": model, "released_at": f"{day.isoformat()}T15:00:00+00:00", "provider": PROVIDER}
    yield {"model": NEXT, "released_at": iso(log.release_us), "provider": PROVIDER}


def _prices(log: Log) -> Iterator[dict[str, Any]]:
    released = {model: day.isoformat() for model, day in OLD_RELEASES.items()}
    for model, (given, shown, cached) in PRICES_USD.items():
        yield {
            "model": model,
            "valid_from": released.get(model) or str(iso(log.release_us))[:10],
            "input_usd_per_mtok": given,
            "output_usd_per_mtok": shown,
            "cached_input_usd_per_mtok": cached,
        }


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """JSON lines, gzipped where the name says so; the bytes depend on the rows alone."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31) if path.suffix == ".gz" else None
    pack: Callable[[bytes], bytes] = packer.compress if packer else bytes
    with path.open("wb") as file:
        for row in rows:
            file.write(pack(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)))
        if packer:
            file.write(packer.flush())
