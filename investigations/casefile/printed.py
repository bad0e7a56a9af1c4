"""What stands in the report: cut to what a person reads, each cut said where it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from core.canonical import utc_z
from core.figures import p_value
from core.text import one_line
from detection.models import RivalExplanation, SignalReading
from investigations.casefile import content, custody, face, front, instructions
from investigations.casefile.alternatives import Section
from investigations.casefile.figures import PrintedFigure
from investigations.casefile.sealing import SealFacts
from investigations.models import Case, CaseExport

Row = Sequence[str | None]
READINGS, RIVALS, ACCOUNTS, SAMPLES, LISTED, WORDS = 40, 30, 60, 20, 40, 600


@dataclass(frozen=True, slots=True)
class Written:
    """What was written before the report, and is told in it."""

    figures: Sequence[PrintedFigure]
    counts: Mapping[str, int]
    statement: Mapping[str, Any]
    complete: Mapping[str, Any]
    sections: Sequence[Section]
    seal: SealFacts
    bates_stem: str


def report_facts(export: CaseExport, written: Written) -> dict[str, Any]:
    """Everything that the report's template prints, as plain values."""
    case, figures, counts = export.case, written.figures, written.counts
    return {
        "case": case.code,
        "number": str(export.number),
        "name": export.name,
        "title": one_line(case.title, 300),
        "summary": one_line(case.summary, 1500),
        "bates": written.bates_stem,
        "seal": written.seal.words,
        "seal_sentence": face.seal_sentence(written.seal),
        "face": face.face_rows(export, written.seal),
        "front": front.front(export, counts, written.complete, written.sections),
        "limits": face.LIMITS,
        "verify": instructions.in_short(),
        "figures": [
            {"file": f"fig-{n:02d}.svg", "text": f"Figure {n}. {figure.text} Data: data/charts/fig-{n:02d}.csv."}
            for n, figure in enumerate(figures, 1)
        ],
        "against": [
            {"title": section.title, "rows": _against(section), "file": "data/analysis/alternatives.md"}
            for section in written.sections
        ],
        "acquisition": _acquisition(written.complete, written.statement),
        "system": _system(written.statement),
    } | _tables(case, counts)


def _tables(case: Case, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "readings": _cut(_readings(case), READINGS, content.readings(case).count(), "data/analysis/scores.jsonl"),
        "rivals": _cut(
            ([f"{r.story} ({_unit(r)})", r.finding, r.because] for r in content.rivals(case).iterator(chunk_size=100)),
            RIVALS,
            content.rivals(case).count(),
            "data/analysis/alternatives.md",
        ),
        "accounts": _cut(_accounts(case), ACCOUNTS, counts["accounts"], "data/records/accounts.jsonl"),
        "decisions": _cut(_decisions(case), LISTED, case.decisions.count(), "data/decisions/decisions.jsonl"),
        "exhibits": _cut(_exhibits(case), LISTED, case.exhibits.count(), "data/decisions/exhibits.jsonl"),
        "notes": _cut(_notes(case), LISTED, case.notes.count(), "data/decisions/notes.jsonl"),
        "custody": _custody_table(case),
        "samples": {
            "rows": list(islice(_samples(case), SAMPLES)),
            "note": f"One exchange of each of the first {SAMPLES} accounts, of {counts['samples']:,} sampled exchanges. "
            "Whole and uncut: data/records/exchanges.jsonl."
            if counts["samples"]
            else "",
        },
    }


def _against(section: Section) -> list[str]:
    shown = [one_line(line, WORDS) for line in section.lines[:LISTED]] or [section.empty]
    left = len(section.lines) - LISTED
    return [*shown, f"{left:,} more stand in the file."] if left > 0 else shown


def _cut(rows: Iterable[Row], limit: int, total: int, place: str) -> dict[str, Any]:
    """The first rows, and a sentence that says how many there are and where all of them stand."""
    shown = list(islice(rows, limit))
    note = "Nothing is left out." if len(shown) == total else f"The first {len(shown):,} of {total:,} are shown."
    return {"rows": shown, "note": f"{note} Whole and uncut: {place}." if total else ""}


def _readings(case: Case) -> Iterator[Row]:
    for r in content.readings(case).iterator(chunk_size=100):
        name = f"{r.signal} {r.title} ({_unit(r)})" + (": formed the unit, not counted" if r.formation else "")
        yield [name, r.sentence, p_value(r.p), one_line(r.benign, WORDS)]


def _unit(row: SignalReading | RivalExplanation) -> str:
    return f"{one_line(str(row.unit), 60)}, run {row.unit.run_id}"


def _accounts(case: Case) -> Iterator[Row]:
    for row in content.accounts(case):
        status = row["status_pulled"] + (f"; here: {row['status_decided']}" if row["status_decided"] else "")
        created = utc_z(row["created_at"])[:10] if row["created_at"] else None
        yield [row["account_id"], row["tier"] or "none", row["organisation"], row["country"] or None, created, status]


def _decisions(case: Case) -> Iterator[Row]:
    for d in content.decisions(case):
        votes = "; ".join(f"{vote['by']}: {'yes' if vote['approved'] else 'no'}" for vote in d["approvals"])
        became = ", ".join(f"{n:,} {state}" for state, n in d["accounts_by_state"].items())
        words = (
            f"Reason: {one_line(d['reason'], WORDS)}",
            f"Benign reading: {one_line(d['benign_reading'], WORDS)}",
            f"Clause: {one_line(d['clause'], 200)}",
        )
        reverses = f", reverses {d['reverses']}" if d["reverses"] else ""
        yield [
            f"{d['code']} {d['action']}{reverses}",
            f"{d['state']}; {became or 'no account'}",
            d["proposed_by"],
            "\n".join(words),
            votes or "none",
        ]


def _exhibits(case: Case) -> Iterator[Row]:
    for row in content.exhibits(case):
        what, by = f"{row['kind']} {row['ref']}: {one_line(row['title'], 200)}", row["pinned_by"]
        yield [str(row["number"]), what, one_line(row["reason"], 300), f"{by}, {_minute(row['pinned_at'])}"]


def _notes(case: Case) -> Iterator[Row]:
    for row in content.notes(case):
        yield [_minute(row["written_at"]), row["author"], one_line(row["text"], WORDS)]


def _custody_table(case: Case) -> dict[str, Any]:
    """What people did; the draws of the sampling worker are counted."""
    people = custody.events(case).exclude(action="samples.pulled").count()
    draws = custody.events(case).count() - people
    table = _cut(_custody(case), LISTED, people, "data/custody/custody.jsonl")
    return table | {"note": f"{table['note']} Besides, workers drew samples in {draws:,} steps, all in that file."}


def _custody(case: Case) -> Iterator[Row]:
    for row in custody.rows(case):
        why = row["facts"].get("reason") or row["facts"].get("purpose") or row["facts"].get("message") or ""
        if row["action"] != "samples.pulled":
            yield [_minute(row["at"]), row["actor"], f"{row['action']} {row['subject']}", one_line(str(why), 200)]


def _samples(case: Case) -> Iterator[Row]:
    for row in content.excerpts(case):
        who = f"{row['account_id']}, {row['session']}, exchange {row['position']}"
        yield [row["exchange_id"], who, one_line(row["prompt"], 400), one_line(row["response"], 400)]


def _acquisition(complete: Mapping[str, Any], statement: Mapping[str, Any]) -> list[list[str]]:
    pulls, days = complete["pulls"], complete["days_without_exchanges"]
    total = {
        name: sum(pull[name] for pull in pulls)
        for name in ("received", "stored", "known", "further_origin", "quarantined")
    }
    astray = sum(not pull["adds_up"] for pull in pulls)
    kept = complete["as_received"]
    whole = kept["records"] == kept["records_of_the_sampled_exchanges"]
    unread, troubled = complete["not_read_to_the_end"], statement["incidents"]["pulls_not_finished_well"]
    return [
        ["Pulls", f"{len(pulls):,}; {len(troubled):,} since the case's period began did not finish well"],
        ["Records received", f"{total['received']:,}"],
        ["Of these stored", f"{total['stored']:,}"],
        ["Already known; known from another source", f"{total['known']:,}; {total['further_origin']:,}"],
        ["Unreadable, in quarantine", f"{total['quarantined']:,}"],
        [
            "Records of sampled exchanges kept byte for byte",
            f"{kept['records']:,} of {kept['records_of_the_sampled_exchanges']:,}"
            + ("" if whole else f"; a record is missing where {kept['a_record_is_missing_where']}"),
        ],
        ["Pulls whose counts do not add up", f"{astray:,}"],
        ["Files not read to the end", f"{len(unread):,}"],
        ["Days of the period without any exchange", _days(days)],
        ["Records that the sources should have given", complete["rows_expected"]["reason"]],
    ]


def _days(days: Sequence[str] | None) -> str:
    if days is None:
        return "no period: the case has neither campaign nor flagged session"
    return f"{len(days):,}" + (f": {', '.join(days[:10])}{' and more' if len(days) > 10 else ''}" if days else "")


def _system(statement: Mapping[str, Any]) -> list[list[str]]:
    test, clock = statement["self_test"], statement["clock_offset"]
    apart = (
        f"{clock['least']:,} to {clock['most']:,} µs, {clock['samples']:,} samples"
        if clock["samples"]
        else "no samples"
    )
    return [
        ["Version, commit", f"{statement['version']}, {statement['commit']}"],
        ["Python, Postgres", f"{statement['python']}, {statement['postgres']}"],
        ["Digest of the lock file", statement["lock_file"]["sha256"]],
        ["Migrations applied", f"{len(statement['migrations']):,}"],
        ["Workers' clocks against the database's", apart],
        ["Self-test at export", f"{test['entries']:,} entries of {test['chain']} recomputed, {test['faults']} faults"],
    ]


def _minute(moment: Any) -> str:
    return utc_z(moment)[:16].replace("T", " ")
