"""The same pipeline on files: exchanges and accounts read and derived without touching lake or database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from accounts.queries import TABLE
from core.clock import to_us
from core.errors import InvalidInput
from core.figures import p_value
from detection.analysis.results import AccountResult, Analysis
from detection.mapping import map_of
from traffic.connectors.accounts import account_record
from traffic.connectors.base import RejectedRecord
from traffic.connectors.small import read_rows
from traffic.derivation import derive
from traffic.lake import of_accounts
from traffic.reading import file_format, read_exchanges
from traffic.sessions import sessions

TEXTS = ("prompt", "response", "system_prompt", "skeleton", "position")
SKELETONS = "skeletons"
Progress = Callable[[str], None]


def derive_files(paths: Iterable[Path], folder: Path, progress: Progress) -> list[Path]:
    """Derived columns of every exchange file, as Parquet parts in `folder`; ids seen before are left out.

    Raises InvalidInput for a path that is no file.
    """
    parts: list[Path] = []
    seen: set[str] = set()
    for path in paths:
        if not path.is_file():
            raise InvalidInput("path", str(path), "it is a readable file")
        for batch in read_exchanges(path):
            derived = derive(batch.table)
            ids = derived["record_id"].to_pylist()
            fresh = []
            for name in ids:
                fresh.append(name not in seen)
                seen.add(name)
            kept = derived.append_column("exchange_id", derived["record_id"]).filter(pa.array(fresh))
            part = folder / f"part-{len(parts):05d}.parquet"
            pq.write_table(kept.drop_columns([name for name in TEXTS if name in kept.column_names]), part)
            # Only what skeletons are mined from keeps their text, and only for as long as the folder lives.
            pq.write_table(kept.select(["skeleton_h", "skeleton"]), folder / f"{SKELETONS}-{len(parts):05d}.parquet")
            parts.append(part)
            progress(f"{len(seen):,} exchanges derived")
    return parts


def sketch_files(folder: Path) -> ir.Table | None:
    """What mining knows of the distinct skeletons of derived files: skeleton_h, near_h, sim12, sketch."""
    return map_of(sorted(folder.glob(f"{SKELETONS}-*.parquet")))


def read_accounts(path: Path) -> pa.Table:
    """Account records of a file in the columns that detection reads; rows that are no record are left out."""
    rows: dict[str, dict[str, Any]] = {}
    for batch in read_rows(path, format=file_format(path)):
        for row in batch.rows:
            try:
                record = account_record(row, {})
            except RejectedRecord:
                continue
            values = asdict(record)
            values["created_at_us"] = to_us(record.created_at) if record.created_at else None
            values["closed_at_us"] = to_us(record.closed_at) if record.closed_at else None
            values["status"] = str(record.status.value) if record.status else None
            rows[record.account_id] = {name: values.get(name) for name in TABLE.names}
    return pa.Table.from_pylist([rows[name] for name in sorted(rows)], schema=TABLE)


def write_results(analysis: Analysis, out: Path, sessions: pa.Table | None = None) -> None:
    """accounts, campaigns, templates, signals (and sessions) as Parquet, and a readable summary.md."""
    out.mkdir(parents=True, exist_ok=True)
    accounts = [
        {"account_id": a.account_id, "score": a.score, "flagged": a.flagged, "tier": a.tier, "campaign_id": a.campaign_key,
         "lead": a.lead, "n_exchanges": a.n_exchanges, "because": a.because}
        for a in analysis.accounts
    ]  # fmt: skip
    campaigns = [
        {"campaign_id": c.key, "name": c.name, "level": c.level, "score": c.score, "gate_p": c.gate_p, "units": list(c.units),
         "accounts": list(c.accused()), "n_exchanges": c.n_exchanges, "n_output_tokens": c.n_output_tokens,
         "started_us": c.started_us, "ended_us": c.ended_us}
        for c in analysis.campaigns
    ]  # fmt: skip
    signals = [_signal_row(unit.key, unit.kind, asdict(r)) for unit in analysis.units for r in unit.readings]
    pq.write_table(pa.Table.from_pylist(accounts, schema=_ACCOUNTS), out / "accounts.parquet")
    pq.write_table(pa.Table.from_pylist(campaigns, schema=_CAMPAIGNS), out / "campaigns.parquet")
    pq.write_table(
        pa.Table.from_pylist([asdict(t) for t in analysis.templates], schema=_TEMPLATES), out / "templates.parquet"
    )
    pq.write_table(pa.Table.from_pylist(signals, schema=_SIGNALS), out / "signals.parquet")
    if sessions is not None:
        pq.write_table(sessions, out / "sessions.parquet")
    (out / "summary.md").write_text(summary(analysis), encoding="utf-8")


def _signal_row(unit: str, kind: str, reading: dict[str, Any]) -> dict[str, Any]:
    row = {name: reading[name] for name in _SIGNALS.names if name in reading}
    return row | {"unit": unit, "unit_kind": kind, "parameters": orjson.dumps(reading["parameters"]).decode()}


def summary(analysis: Analysis) -> str:
    """The run in a page of plain text."""
    lines = ["# Detection", "", f"{analysis.n_exchanges:,} exchanges of {analysis.n_accounts:,} accounts.", ""]
    lines += [f"- {note}" for note in analysis.notes]
    for campaign in analysis.campaigns:
        lines += ["", f"## {campaign.name} ({campaign.level}, gate p {p_value(campaign.gate_p)})", ""]
        tiers = [member.tier for member in campaign.members]
        lines.append(
            f"{tiers.count('core')} core, {tiers.count('associate')} associates, {tiers.count('bystander')} bystanders."
        )
        for unit in (u for u in analysis.units if u.key in campaign.units):
            lines += [f"- {unit.title}: {unit.gate_reason}"]
            lines += [f"  - {r.signal} {r.title}: {r.sentence} {r.benign}" for r in unit.readings]
            lines += [f"  - {r.story}: {r.finding}. {r.because}" for r in unit.rivals]
    leads = [account for account in analysis.accounts if account.lead]
    lines += ["", f"## Leads: {len(leads)}", "", *_stories(leads)]
    spared = [account for account in analysis.accounts if account.rivals and not account.lead]
    lines += ["", f"## Let go by an innocent story: {len(spared)}", "", *_stories(spared)] if spared else []
    return "\n".join(lines) + "\n"


def _stories(accounts: list[AccountResult]) -> list[str]:
    """Some accounts with why they are listed, and every innocent story below."""
    lines = []
    for account in accounts:
        lines.append(f"- {account.account_id}: {account.because}")
        lines += [f"  - {r.story}: {r.finding}. {r.because}" for r in account.rivals]
    return lines


def sessions_of(exchanges: ir.Table, accounts: list[str]) -> pa.Table:
    """The sessions of some accounts: session_id, account_id, first and last time, exchanges."""
    split = sessions(of_accounts(exchanges, accounts))
    grouped = split.group_by("session_id", "account_id").agg(
        first_us=split.ts_us.min(), last_us=split.ts_us.max(), n_exchanges=split.count()
    )
    return grouped.order_by("account_id", "first_us", "session_id").to_pyarrow()


def open_parts(parts: list[Path], accounts: pa.Table | None) -> tuple[ir.Table, ir.Table | None]:
    """Ibis tables over derived parts and account records."""
    engine = ibis.duckdb.connect()
    return engine.read_parquet([str(part) for part in parts]), ibis.memtable(accounts) if accounts is not None else None


_ACCOUNTS = pa.schema(
    [("account_id", pa.string()), ("score", pa.float64()), ("flagged", pa.bool_()), ("tier", pa.string())]
    + [("campaign_id", pa.string()), ("lead", pa.bool_()), ("n_exchanges", pa.int64()), ("because", pa.string())]
)
_CAMPAIGNS = pa.schema(
    [("campaign_id", pa.string()), ("name", pa.string()), ("level", pa.string()), ("score", pa.float64())]
    + [("gate_p", pa.float64()), ("units", pa.list_(pa.string())), ("accounts", pa.list_(pa.string()))]
    + [(name, pa.int64()) for name in ("n_exchanges", "n_output_tokens", "started_us", "ended_us")]
)
_TEMPLATES = pa.schema(
    [("key", pa.string()), ("column", pa.string()), ("value", pa.int64()), ("n_words", pa.int64())]
    + [(name, pa.int64()) for name in ("n_exchanges", "n_accounts", "n_parties")]
    + [("public", pa.bool_()), ("public_reason", pa.string()), ("example_skeleton_h", pa.int64())]
)
_SIGNALS = pa.schema(
    [(name, pa.string()) for name in ("unit", "unit_kind", "signal", "family", "title", "sentence", "benign")]
    + [(name, pa.float64()) for name in ("value", "effect", "effect_low", "effect_high", "p")]
    + [(name, pa.string()) for name in ("value_unit", "denominator", "reference", "p_reason", "version", "parameters")]
    + [("formation", pa.bool_()), ("accounts", pa.list_(pa.string()))]
)
