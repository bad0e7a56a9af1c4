"""The facts that the certification drafts are filled with, from what the case file itself holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db.models import Count, Max, Min

from core.canonical import file_sha256, utc_z
from core.text import one_line
from investigations.casefile import content
from investigations.casefile.certifications import BagFile, CertificationFacts, certifications
from investigations.casefile.records import write_json
from investigations.models import Case, CaseExport
from traffic.models import Pull

CERTIFIED = ("records", "acquisition", "decisions", "analysis")
LISTED = 40
FACTS = "certification-facts.json"


def write_certifications(
    data: Path,
    export: CaseExport,
    counts: Mapping[str, int],
    statement: Mapping[str, Any],
    complete: Mapping[str, Any],
) -> None:
    """Write the three drafts into data/legal; the record files that they name must be there already."""
    facts = certification_facts(data, export, counts, statement, complete)
    _write(data, facts)


def rewrite_certifications(
    sealed: Path, data: Path, export: CaseExport, form: str, source: str, clean: Callable[[Any], Any]
) -> None:
    """The drafts of a form made from a sealed one: its facts as `clean` leaves them, with this form's own names and digests."""
    known = clean(json.loads((sealed / "legal" / FACTS).read_bytes()))
    own = {
        "export": export.name,
        "form": form,
        "requested_by": export.requested_by.audit_name,
        "requested_at": utc_z(export.requested_at),
        "derived_from": source,
        "files": [*_files(data)],
    }
    _write(data, CertificationFacts(**{**known, **own}))


def _write(data: Path, facts: CertificationFacts) -> None:
    write_json(data / "legal" / FACTS, asdict(facts))
    for name, text in certifications(facts).items():
        (data / "legal" / name).write_text(text, encoding="utf-8")


def certification_facts(
    data: Path,
    export: CaseExport,
    counts: Mapping[str, int],
    statement: Mapping[str, Any],
    complete: Mapping[str, Any],
) -> CertificationFacts:
    """What the drafts state; every list is cut with a word on how many more there are."""
    case, test = export.case, statement["self_test"]
    return CertificationFacts(
        case=case.code,
        export=export.name,
        form=content.FORM,
        requested_by=export.requested_by.audit_name,
        requested_at=utc_z(export.requested_at),
        opened_at=utc_z(case.opened_at),
        owner=case.owner.audit_name,
        product=statement["product"],
        version=statement["version"],
        commit=statement["commit"],
        platform=f"{statement['machine']}, Python {statement['python']}, Postgres {statement['postgres']}",
        tools=statement["libraries"],
        sources=_cut(_sources()),
        counts={**counts, **_sums(complete)},
        gaps=_cut(iter(complete["days_without_exchanges"] or ())),
        incidents=_cut(_incidents(statement["incidents"])),
        runs=_cut(_runs(case)),
        people=_cut(_people(case)),
        self_test=f"{test['what']}: {test['entries']:,} entries of {test['chain']}, {test['faults']} faults",
        clocks=statement["clocks"],
        files=[*_files(data)],
    )


def _sums(complete: Mapping[str, Any]) -> dict[str, int]:
    pulls = complete["pulls"]
    names = ("received", "stored", "known", "further_origin", "quarantined")
    return {name: sum(pull[name] for pull in pulls) for name in names} | {
        "pulls": len(pulls),
        "astray": sum(not pull["adds_up"] for pull in pulls),
    }


def _sources() -> Iterator[str]:
    rows = Pull.objects.values("source__slug", "source__connector", "connector_version").annotate(
        n=Count("pk"), first=Min("requested_at"), last=Max("requested_at")
    )
    for row in rows.order_by("source__slug", "connector_version"):
        version = f" version {row['connector_version']}" if row["connector_version"] else ""
        yield (
            f"{row['source__slug']}, connector {row['source__connector']}{version}: {row['n']:,} pulls, asked for from "
            f"{utc_z(row['first'])} to {utc_z(row['last'])}"
        )


def _incidents(found: Mapping[str, Any]) -> Iterator[str]:
    for pull in found["pulls_not_finished_well"]:
        yield f"pull {pull['pull']} of {pull['source']}: {pull['state']}. {one_line(pull['message'], 200)}"
    for source, count in found["quarantined_by_source"].items():
        yield f"{count:,} records of {source} could not be read and are in quarantine"
    for run in found["detection_runs_failed"]:
        yield f"detection run {run['run']} failed: {one_line(run['message'], 200)}"


def _runs(case: Case) -> Iterator[str]:
    for run in content.run_rows(case):
        asked = utc_z(run.requested_at)
        yield f"run {run.pk}, asked for at {asked} by {one_line(run.requested_by, 80)}, code {run.code_version}"


def _people(case: Case) -> Iterator[str]:
    rows = content.chain(case).order_by().values("actor").annotate(n=Count("pk"), first=Min("at"), last=Max("at"))
    for row in rows.order_by("actor"):
        span = f"{utc_z(row['first'])} to {utc_z(row['last'])}"
        yield f"{one_line(row['actor'], 80)}: {row['n']:,} entries from {span}"


def _files(data: Path) -> Iterator[BagFile]:
    """The record files by name; one that only stands for a person's eye is no record."""
    for part in CERTIFIED:
        for path in sorted((data / part).glob("*.jsonl")):
            yield BagFile(path.relative_to(data.parent).as_posix(), file_sha256(path), path.stat().st_size)


def _cut(items: Iterator[str]) -> list[str]:
    found = list(items)
    more = len(found) - LISTED
    return [*found[:LISTED], f"and {more:,} more, all in the case file"] if more > 0 else found
