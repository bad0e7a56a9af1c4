"""The figures of a case file: what the screen draws, on paper, each with its data and all that is needed to redraw it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.canonical import digest, sha256_hex, utc_z
from core.clock import from_us
from detection.models import Campaign
from detection.queries.conclusions import accused_members, campaign_units
from investigations.casefile.content import sessions
from investigations.casefile.records import guarded_table, write_json
from investigations.charts.frames import (
    ActivityFrame,
    CapabilityFrame,
    Frame,
    VolumeFrame,
    activity_frame,
    volume_frame,
)
from investigations.charts.paper import draw
from investigations.models import Case
from investigations.queries import charts
from traffic.enums import FileKind
from traffic.lake import visible_files
from traffic.tagging import RULES, TAGGING_VERSION

AXES = {
    ActivityFrame: {"rows": "account_id", "columns": "days (UTC)", "cell": "exchanges", "drawing": "heat map"},
    VolumeFrame: {"x": "bucket_utc", "y": ["exchanges", "output_tokens"], "drawing": "bars, one panel a measure"},
    CapabilityFrame: {"y": "capability", "x": "exchanges", "drawing": "horizontal bars"},
}


@dataclass(frozen=True, slots=True)
class PrintedFigure:
    """A figure as the report needs it."""

    svg: bytes
    text: str
    marks: tuple[str, ...]


def write_figures(folder: Path, case: Case) -> list[PrintedFigure]:
    """Write each figure as SVG, PNG, data and spec; one figure is held at a time but for its drawing."""
    campaign = case.campaign
    source = _lake_source(campaign) if campaign else {"table": "flagged sessions of the case's accounts, in Postgres"}
    frames = _of_campaign(campaign) if campaign else _of_sessions(case)
    return [_write(folder, number, frame, source) for number, frame in enumerate(frames, 1)]


def _write(folder: Path, number: int, frame: Frame, source: dict[str, Any]) -> PrintedFigure:
    folder.mkdir(exist_ok=True)
    svg, png = draw(frame)
    stem, data = folder / f"fig-{number:02d}", guarded_table(frame.to_csv()).encode()
    stem.with_suffix(".svg").write_bytes(svg)
    stem.with_suffix(".png").write_bytes(png)
    stem.with_suffix(".csv").write_bytes(data)
    marks = [asdict(mark) | {"at": utc_z(from_us(mark.at_us))} for mark in getattr(frame, "marks", ())]
    spec = {
        "type": type(frame).__name__,
        "title": frame.title,
        "text": frame.describe(),
        "axes": AXES[type(frame)],
        "data": {"file": f"{stem.name}.csv", "sha256": sha256_hex(data)},
        "marks": marks,
        "totals": {name: getattr(frame, name) for name in ("shown_of", "total") if hasattr(frame, name)},
        "source": source,
        "query_sha256": digest(source),
        "drawn_with": {"matplotlib": version("matplotlib"), "module": "investigations.charts.paper"},
    }
    write_json(stem.with_suffix(".json"), spec)
    return PrintedFigure(svg, frame.describe(), tuple(f"{mark['at'][:16]}Z {mark['label']}" for mark in marks))


def _of_campaign(campaign: Campaign) -> Iterator[Frame]:
    makers: tuple[Callable[[Campaign], Frame], ...] = (charts.activity, charts.volume, charts.capability)
    for make in makers:
        yield make(campaign)


def _of_sessions(case: Case) -> Iterator[Frame]:
    rows = sessions(case).order_by("id").values_list("account__account_id", "started_at", "n_exchanges")
    days = [(account, utc_z(at)[:10], n) for account, at, n in rows.iterator(chunk_size=2000)]
    if not days:
        return
    yield activity_frame("Flagged sessions: exchanges by account and day", days)
    yield volume_frame("Flagged sessions: exchanges a day", [(day, n, None) for _, day, n in days])


def _lake_source(campaign: Campaign) -> dict[str, Any]:
    """Which exchanges were counted: window, accounts, selectors and the lake files by digest."""
    files = visible_files(FileKind.EXCHANGES, start=campaign.started_at, end=campaign.ended_at)
    accounts = sorted(member.account.account_id for member in accused_members(campaign).iterator(chunk_size=2000))
    return {
        "table": "exchanges of the lake by core and associate accounts of the campaign in its units",
        "campaign": campaign.code,
        "run": campaign.last_run_id,
        "from": campaign.started_at,
        "to": campaign.ended_at,
        "selectors": [{"unit": str(unit), "selector": unit.selector} for unit in campaign_units(campaign)],
        "n_accounts": len(accounts),
        "accounts_sha256": digest(accounts),
        "lake_files": len(files),
        "lake_exchanges": sum(file.n_rows for file in files),
        "lake_sha256": digest([[file.path, file.sha256] for file in files]),
        "task_tags": {"version": TAGGING_VERSION, "rules": {rule.name: rule.version for rule in RULES}},
    }
