"""Fill a bag with the content of one case, step by step; rows are streamed, so that a large case needs no more memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from core.canonical import utc_z
from investigations.casefile import (
    acquired,
    alternatives,
    content,
    controls,
    custody,
    face,
    instructions,
    replay,
    statements,
    uco,
)
from investigations.casefile.bag import seal_bag
from investigations.casefile.certifying import write_certifications
from investigations.casefile.figures import PrintedFigure, write_figures
from investigations.casefile.loadfile import FIELDS, Bates, LoadFile, facts_as_text
from investigations.casefile.printed import Written, report_facts
from investigations.casefile.privilege import privilege_log
from investigations.casefile.records import write_json, write_lines, write_reading_copy
from investigations.casefile.report import Report, write_report
from investigations.casefile.sealing import Checkpoint, SealFacts
from investigations.casefile.verifier import verify_script
from investigations.models import Case, CaseExport

COPIED = ("exchange_id", "account_id", "occurred_at", "prompt", "response")


class BagWriter:
    """Writes the whole bag of an export into a folder; times come from the rows, never from the clock."""

    def __init__(self, export: CaseExport, folder: Path, seal: SealFacts, public_pem: str = "") -> None:
        self.export, self.case, self.folder, self.data = export, export.case, folder, folder / "data"
        self.seal, self.public_pem = seal, public_pem
        self.bates = Bates(settings.BATES_PREFIX, export.case.code, export.number)

    def write(self, checkpoint: Checkpoint | None, say: Callable[[str], None]) -> None:
        """Every file, then the manifests; `say` names the step under way."""
        say("records")
        counts = self.records()
        say("acquisition")
        complete = self.acquisition(counts)
        say("decisions and analysis")
        self.decisions()
        sections = self.analysis()
        say("charts")
        figures = write_figures(self.data / "charts", self.case)
        say("audit")
        head = self.audit(checkpoint)
        statement = statements.system_statement(self.export, stamped=self.seal.stamps)
        write_json(self.data / "legal/system-statement.json", statement)
        say("report")
        written = Written(figures, counts, statement, complete, sections, self.seal, self.bates.stem)
        facts = report_facts(self.export, written)
        write_certifications(self.data, self.export, counts, statement, complete)
        write_json(self.data / "legal/privilege-log.json", privilege_log(self.case))
        report = self.report(facts, figures)
        say("load file")
        self.load_file(report, facts, figures)
        say("description and instructions")
        self.instructions()
        say("digests")
        seal_bag(self.folder, face.bag_info(self.export, self.seal, head))

    def records(self) -> dict[str, int]:
        """The authoritative lines; the reading copy is made from them."""
        records = self.data / "records"
        write_json(self.data / "case.json", content.case_facts(self.export, self.seal.words))
        write_lines(records / "account-events.jsonl", content.account_events(self.case))
        counts = {
            "samples": write_lines(records / "exchanges.jsonl", content.exchanges(self.case)),
            "accounts": write_lines(records / "accounts.jsonl", content.accounts(self.case)),
            "sessions": write_lines(records / "sessions.jsonl", content.session_rows(self.case)),
            "as_received": write_lines(self.data / acquired.AS_RECEIVED, acquired.as_received(self.case)),
        }
        with (records / "exchanges.jsonl").open("rb") as lines:
            rows = ([row[name] for name in COPIED] for row in map(orjson.loads, lines))
            write_reading_copy(self.data / "reading-copies/exchanges.csv", COPIED, rows)
        return counts

    def acquisition(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """How the data was got, what is missing, what could not be read."""
        folder = self.data / "acquisition"
        write_lines(folder / "pulls.jsonl", content.pulls())
        write_lines(folder / "batches.jsonl", acquired.batches())
        write_lines(folder / "quarantine.jsonl", content.quarantined())
        complete = statements.completeness(self.case, n_as_received=counts["as_received"])
        write_json(folder / "completeness.json", complete)
        return complete

    def decisions(self) -> None:
        """What people decided, what each account is told of it, and the notes and exhibits it leans on."""
        folder = self.data / "decisions"
        write_lines(folder / "decisions.jsonl", content.decisions(self.case))
        write_lines(folder / "items.jsonl", content.decision_items(self.case))
        write_lines(folder / "statements-of-reasons.jsonl", content.reasons(self.case))
        write_lines(folder / "appeals.jsonl", content.appeals(self.case))
        write_lines(folder / "notes.jsonl", content.notes(self.case))
        write_lines(folder / "exhibits.jsonl", content.exhibits(self.case))

    def analysis(self) -> tuple[alternatives.Section, ...]:
        """Numbers, how to get them again, how often they are wrong, and the case against the finding."""
        folder = self.data / "analysis"
        write_lines(folder / "scores.jsonl", content.reading_rows(self.case))
        write_lines(folder / "link-judgements.jsonl", content.link_judgements(self.case))
        write_json(folder / "detectors.json", {"runs": [content.fields(run) for run in content.run_rows(self.case)]})
        write_json(folder / "controls.json", controls.controls(self.case))
        write_json(folder / "replay.json", replay.replay(self.case))
        sections = alternatives.sections(self.case)
        with (folder / "alternatives.md").open("w", encoding="utf-8", newline="") as sink:
            sink.writelines(alternatives.as_markdown(self.export, sections))
        return sections

    def audit(self, checkpoint: Checkpoint | None) -> str:
        """The case's chain up to the checkpoint, the checkpoint, custody; returns number and hash of the last entry."""
        folder = self.data / "audit"
        folder.mkdir()
        head = write_chain(folder, self.case, checkpoint.seq if checkpoint else None)
        if checkpoint is not None:
            (folder / "checkpoint.txt").write_bytes(checkpoint.text)
            (folder / "checkpoint.txt.sig").write_bytes(checkpoint.signature)
            (folder / "checkpoint-leaf.txt").write_bytes(checkpoint.leaf)
            write_lines(folder / "earlier-leaves.jsonl", checkpoint.earlier)
            if checkpoint.stamp is not None:
                (folder / "checkpoint.txt.sig.tsr").write_bytes(checkpoint.stamp)
        write_lines(self.data / "custody/custody.jsonl", custody.rows(self.case))
        return head

    def report(self, facts: dict[str, Any], figures: Sequence[PrintedFigure]) -> Report:
        """The report that a judge reads."""
        report = write_report(facts, [figure.svg for figure in figures], at=self.export.requested_at)
        write_json(self.data / "report/report.json", facts)
        (self.data / "report/report.pdf").write_bytes(report.pdf)
        return report

    def load_file(self, report: Report, facts: dict[str, Any], figures: Sequence[PrintedFigure]) -> None:
        """One volume: the report, whose pages carry the first numbers, the figures, a document for each account."""
        at = utc_z(self.export.requested_at)
        marked: dict[str, Any] = {"custodian": settings.LOADFILE_CUSTODIAN}
        with LoadFile(self.data / "loadfile", self.bates, settings.LOADFILE_FIELDS or FIELDS) as volume:
            volume.add_file(
                self.data / "report/report.pdf",
                facts_as_text(facts),
                kind="report",
                title=f"Report of {self.export.name}",
                pages=report.pages,
                at=at,
                redacted=self.differs("report/report.json"),
                **marked,
            )
            for number, figure in enumerate(figures, 1):
                name, title = f"charts/fig-{number:02d}", f"Figure {number}"
                path, redacted = self.data / f"{name}.png", self.differs(f"{name}.json")
                volume.add_file(path, f"{figure.text}\n", kind="chart", title=title, at=at, redacted=redacted, **marked)
            volume.add_accounts(self.data / "records/exchanges.jsonl", self.whole_records(), **marked)

    def differs(self, name: str) -> bool:
        """Whether something was taken out of a file, by the name of its data; of a sealed form nothing is."""
        return False

    def whole_records(self) -> Path | None:
        """The exchanges that those of this form were made from, where it is made from another."""
        return None

    def instructions(self) -> None:
        """How to check the file, the programs for it, and the case in a form that other laboratories read."""
        (self.data / "README-VERIFY.txt").write_text(instructions.readme(self.seal), encoding="utf-8", newline="")
        (self.data / "verify.sh").write_text(instructions.SHELL, encoding="utf-8", newline="")
        (self.data / "verify.py").write_text(verify_script(), encoding="utf-8", newline="")
        if self.public_pem:
            (self.data / "signer.pub.pem").write_text(self.public_pem, encoding="ascii", newline="")
        uco.write_uco(self.data / "case-uco.jsonld", self.data, self.export)


def write_chain(folder: Path, case: Case, last: int | None) -> str:
    """The chain's entries and payloads up to number `last`; returns number and hash of the last one."""
    head = ""
    with (
        (folder / "chain.tsv").open("w", encoding="utf-8", newline="") as lines,
        (folder / "payloads.jsonl").open("w", encoding="utf-8", newline="") as payloads,
    ):
        rows = content.chain(case)
        for event in (rows if last is None else rows.filter(seq__lte=last)).iterator(chunk_size=content.BATCH):
            lines.write(content.chain_line(event))
            payloads.write(f"{event.payload}\n")
            head = f"{event.seq} {event.entry_hash}"
    return head
