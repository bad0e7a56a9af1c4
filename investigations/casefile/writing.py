"""Fill a bag with the content of one case, step by step; rows are streamed, so that a large case needs no more memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.canonical import plain
from core.text import one_line
from investigations.casefile import content, custody, face, statements
from investigations.casefile.bag import seal_bag
from investigations.casefile.certifying import write_certifications
from investigations.casefile.figures import write_figures
from investigations.casefile.printed import report_facts
from investigations.casefile.privilege import privilege_log
from investigations.casefile.records import write_json, write_lines, write_reading_copy
from investigations.casefile.report import write_report
from investigations.models import Case, CaseExport

COPIED = ("exchange_id", "account_id", "occurred_at", "prompt", "response")


def write_bag(export: CaseExport, folder: Path, say: Callable[[str], None]) -> None:
    """Write the whole bag of `export` into `folder`; times come from the rows, never from the clock."""
    data, case = folder / "data", export.case
    say("records")
    counts = _write_records(data, export)
    say("acquisition")
    complete = _write_acquisition(data / "acquisition", case)
    say("decisions and analysis")
    _write_decisions(data / "decisions", case)
    _write_analysis(data / "analysis", case)
    say("charts")
    figures = write_figures(data / "charts", case)
    say("audit")
    _write_audit(data, case)
    statement = statements.system_statement(export)
    write_json(data / "legal/system-statement.json", statement)
    say("report")
    facts = report_facts(export, figures, counts, statement, complete)
    write_certifications(data, export, counts, statement, complete)
    write_json(data / "legal/privilege-log.json", privilege_log(case))
    pdf = write_report(facts, [figure.svg for figure in figures], at=export.requested_at)
    write_json(data / "report/report.json", facts)
    (data / "report/report.pdf").write_bytes(pdf)
    (data / "README-VERIFY.txt").write_text("\n".join(face.VERIFY) + "\n", encoding="utf-8")
    say("digests")
    seal_bag(folder, face.bag_info(export))


def _write_records(data: Path, export: CaseExport) -> dict[str, int]:
    case, records = export.case, data / "records"
    write_json(data / "case.json", content.case_facts(export))
    rows = ([plain(row[name]) for name in COPIED] for row in content.exchanges(case))
    write_reading_copy(data / "reading-copies/exchanges.csv", COPIED, rows)
    write_lines(records / "account-events.jsonl", content.account_events(case))
    return {
        "samples": write_lines(records / "exchanges.jsonl", content.exchanges(case)),
        "accounts": write_lines(records / "accounts.jsonl", content.accounts(case)),
        "sessions": write_lines(records / "sessions.jsonl", content.session_rows(case)),
    }


def _write_acquisition(folder: Path, case: Case) -> dict[str, Any]:
    write_lines(folder / "pulls.jsonl", content.pulls())
    write_lines(folder / "quarantine.jsonl", content.quarantined())
    complete = statements.completeness(case)
    write_json(folder / "completeness.json", complete)
    return complete


def _write_decisions(folder: Path, case: Case) -> None:
    write_lines(folder / "decisions.jsonl", content.decisions(case))
    write_lines(folder / "items.jsonl", content.decision_items(case))
    write_lines(folder / "notes.jsonl", content.notes(case))
    write_lines(folder / "exhibits.jsonl", content.exhibits(case))


def _write_analysis(folder: Path, case: Case) -> None:
    write_lines(folder / "scores.jsonl", content.reading_rows(case))
    write_json(folder / "detectors.json", {"runs": content.runs(case)})
    write_json(folder / "controls.json", statements.controls(case))
    with (folder / "alternatives.md").open("w", encoding="utf-8", newline="") as sink:
        sink.write("# Innocent explanations tested\n\n")
        for rival in content.rivals(case).iterator(chunk_size=500):
            unit = f"{one_line(str(rival.unit), 200)}, run {rival.unit.run_id}"
            sink.write(f"- {one_line(rival.story)} ({unit}): {rival.finding}. {one_line(rival.because, 2000)}\n")
        if not content.rivals(case).exists():
            sink.write("None recorded.\n")


def _write_audit(data: Path, case: Case) -> None:
    (data / "audit").mkdir()
    with (
        (data / "audit/chain.tsv").open("w", encoding="utf-8", newline="") as lines,
        (data / "audit/payloads.jsonl").open("w", encoding="utf-8", newline="") as payloads,
    ):
        for event in content.chain(case).iterator(chunk_size=content.BATCH):
            lines.write(content.chain_line(event))
            payloads.write(f"{event.payload}\n")
    write_lines(data / "custody/custody.jsonl", custody.rows(case))
