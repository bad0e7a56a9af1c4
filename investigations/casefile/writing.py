"""Fill a bag with the content of one case, step by step."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from core.canonical import plain, utc_z
from core.figures import p_value
from core.text import one_line
from investigations.casefile import content, custody, face
from investigations.casefile.bag import seal_bag
from investigations.casefile.records import write_json, write_lines, write_reading_copy
from investigations.casefile.report import write_report
from investigations.charts.frames import Frame, activity_frame, volume_frame
from investigations.charts.paper import draw
from investigations.models import CaseExport
from traffic.models import Pull, QuarantinedRecord


def write_bag(export: CaseExport, folder: Path, say: Callable[[str], None]) -> None:
    """Write the whole bag of `export` into `folder`; times come from the rows, never from the clock."""
    data, case = folder / "data", export.case
    say("records")
    write_json(data / "case.json", content.case_facts(export))
    n_samples = write_lines(data / "records/exchanges.jsonl", content.exchanges(case))
    n_accounts = write_lines(data / "records/accounts.jsonl", content.accounts(case))
    write_lines(data / "records/account-events.jsonl", content.account_events(case))
    n_sessions = write_lines(data / "records/sessions.jsonl", content.session_rows(case))
    copied = ("exchange_id", "account_id", "occurred_at", "prompt", "response")
    rows = ([plain(row[name]) for name in copied] for row in content.exchanges(case))
    write_reading_copy(data / "reading-copies/exchanges.csv", copied, rows)
    say("acquisition")
    write_lines(data / "acquisition/pulls.jsonl", content.pulls())
    write_lines(data / "acquisition/quarantine.jsonl", content.quarantined())
    counts = {"pulls": Pull.objects.count(), "quarantined": QuarantinedRecord.objects.count()}
    gaps = "not calculable: sources give no expected counts"
    write_json(data / "acquisition/completeness.json", counts | {"gaps_in_sources": gaps})
    say("decisions and analysis")
    write_lines(data / "decisions/decisions.jsonl", content.decisions(case))
    write_lines(data / "decisions/notes.jsonl", content.notes(case))
    write_lines(data / "decisions/exhibits.jsonl", content.exhibits(case))
    _write_analysis(data / "analysis", export)
    say("charts")
    figures = _write_charts(data / "charts", export)
    say("audit")
    _write_audit(data, export)
    say("report")
    facts = _report_facts(export, [frame for frame, _ in figures], n_accounts, n_sessions, n_samples, counts)
    pdf = write_report(facts, [svg for _, svg in figures], at=export.requested_at)
    (data / "report").mkdir()
    (data / "report/report.pdf").write_bytes(pdf)
    (data / "README-VERIFY.txt").write_text("\n".join(face.VERIFY) + "\n", encoding="utf-8")
    seal_bag(folder, face.bag_info(export))


def _write_analysis(folder: Path, export: CaseExport) -> None:
    case = export.case
    write_lines(folder / "scores.jsonl", content.reading_rows(case))
    write_json(folder / "detectors.json", {"runs": content.runs(case)})
    references = sorted({reading.reference for reading in content.readings(case)})
    write_json(folder / "controls.json", {"references": references, "false_positive_rate": face.NO_ERROR_RATE})
    stories = [f"- {one_line(r.story)}: {r.finding}. {one_line(r.because, 2000)}\n" for r in content.rivals(case)]
    text = "# Innocent explanations tested\n\n" + ("".join(stories) or "None recorded.\n")
    (folder / "alternatives.md").write_text(text, encoding="utf-8")


def _write_charts(folder: Path, export: CaseExport) -> list[tuple[Frame, bytes]]:
    rows = list(content.sessions(export.case).values_list("account__account_id", "started_at", "n_exchanges"))
    if not rows:
        return []
    days = [(account, utc_z(at)[:10], n) for account, at, n in rows]
    frames: list[Frame] = [
        activity_frame("Flagged sessions: exchanges by account and day", days),
        volume_frame("Flagged sessions: exchanges a day", [(day, n, None) for _, day, n in days]),
    ]
    folder.mkdir()
    drawn = []
    for number, frame in enumerate(frames, 1):
        svg, png = draw(frame)
        stem = folder / f"fig-{number:02d}"
        stem.with_suffix(".svg").write_bytes(svg)
        stem.with_suffix(".png").write_bytes(png)
        stem.with_suffix(".csv").write_text(frame.to_csv(), encoding="utf-8")
        write_json(stem.with_suffix(".json"), {"type": type(frame).__name__, "text": frame.describe()})
        drawn.append((frame, svg))
    return drawn


def _write_audit(data: Path, export: CaseExport) -> None:
    (data / "audit").mkdir()
    with (data / "audit/chain.tsv").open("w", encoding="utf-8", newline="") as sink:
        sink.writelines(map(content.chain_line, content.chain(export.case).iterator(chunk_size=content.BATCH)))
    with (data / "audit/payloads.jsonl").open("w", encoding="utf-8", newline="") as sink:
        sink.writelines(f"{e.payload}\n" for e in content.chain(export.case).iterator(chunk_size=content.BATCH))
    write_lines(data / "custody/custody.jsonl", custody.rows(export.case))
    write_json(data / "legal/system-statement.json", {"product": "Stillwatch", "version": settings.VERSION})


def _report_facts(
    export: CaseExport, frames: list[Frame], n_accounts: int, n_sessions: int, n_samples: int, counts: dict[str, int]
) -> dict[str, Any]:
    case = export.case
    figures = [{"file": f"fig-{n:02d}.svg", "text": frame.describe()} for n, frame in enumerate(frames, 1)]
    return {
        "case": case.code,
        "number": str(export.number),
        "name": export.name,
        "title": case.title,
        "summary": case.summary,
        "what": f"This file concerns {n_accounts:,} accounts with {n_sessions:,} flagged sessions. {face.WHAT}",
        "face": face.face_rows(export),
        "doubt": face.DOUBT,
        "readings": [
            [f"{r.signal} {r.title}", r.sentence, p_value(r.p), r.benign] for r in islice(content.readings(case), 60)
        ],
        "rivals": [[r.story, r.finding, r.because] for r in islice(content.rivals(case), 60)],
        "figures": figures,
        "decisions": [
            [d["code"], d["action"], d["state"], d["proposed_by"], f"{d['reason']} / {d['benign_reading']}"]
            + ["; ".join(f"{v['by']}: {'yes' if v['approved'] else 'no'}" for v in d["approvals"]) or "none"]
            for d in content.decisions(case)
        ],
        "sampled": f"{n_samples:,} exchanges are in data/records/exchanges.jsonl; the first 20, cut, are shown.",
        "samples": [
            [s["exchange_id"], s["account_id"], one_line(s["prompt"], 400), one_line(s["response"], 400)]
            for s in islice(content.exchanges(case), 20)
        ],
        "acquisition": [[name, f"{count:,}"] for name, count in counts.items()],
        "limits": face.LIMITS,
        "verify": face.VERIFY[2:],
    }
