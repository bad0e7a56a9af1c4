"""What the case file says about the system that made it: proof of running, completeness of the data, control figures."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max, Min, Sum

from audit.queries import verify
from audit.services import case_chain
from core.canonical import file_sha256
from core.errors import Unavailable
from detection.enums import RunKind, RunState
from detection.models import DetectionRun
from investigations.casefile import acquired, content
from investigations.casefile.fonts import report_fonts
from investigations.models import Case, CaseExport
from traffic.enums import FileKind, PullState
from traffic.models import LakeFile, Pull, PulledFile

LIBRARIES = ("django", "celery", "duckdb", "ibis-framework", "pyarrow", "numpy", "scipy", "matplotlib", "typst")
FAULTY_PULLS = (PullState.FAILED, PullState.INCOMPLETE, PullState.CANCELLED)
KNOWN = (  # what is known to touch figures of a case file, at this version; a repair takes its line out
    "A JSON object with a repeated key is read with its last value; the digest and the kept bytes are of the whole record.",
    "Where one source gives no text, the exchange that came first is kept; the text of a later origin stays with its source.",
)
ATTESTED = {
    True: "an outside authority attested by when this file and its checkpoint were signed",
    False: "no outside time stamp",
}
Span = tuple[datetime, datetime] | None


def period(case: Case) -> Span:
    """First to last moment that the case speaks of: its campaign's, else its flagged sessions'."""
    if case.campaign:
        return case.campaign.started_at, case.campaign.ended_at
    found = content.sessions(case).aggregate(first=Min("started_at"), last=Max("ended_at"))
    return (found["first"], found["last"]) if found["first"] else None


def system_statement(export: CaseExport, *, stamped: bool) -> dict[str, Any]:
    """What ran, on what, and what went wrong on the way. Raises Unavailable if the case's audit chain is broken."""
    checked = verify(case_chain(export.case.code))
    if checked.faults:
        raise Unavailable(f"The audit trail of {export.case.code} does not verify: {checked.faults[0]}.")
    lock = settings.BASE_DIR / "requirements.txt"
    return {
        "product": "Stillwatch",
        "version": settings.VERSION,
        "commit": commit(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "postgres": _one("SHOW server_version"),
        "database_encoding": _one("SHOW server_encoding"),
        "libraries": {name: version(name) for name in LIBRARIES},
        "report_fonts": report_fonts().facts(),
        "lock_file": {"name": lock.name, "sha256": file_sha256(lock) if lock.is_file() else "unknown"},
        "migrations": sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()),
        "self_test": {
            "what": "every entry of the case's audit chain recomputed from its payload, and its head compared",
            "chain": case_chain(export.case.code),
            "entries": checked.events,
            "faults": 0,
        },
        "incidents": incidents(export),
        "clocks": f"event times are the sources' claims; audit times are the database's clock; {ATTESTED[stamped]}",
        "clock_offset": acquired.clock_offset(),
        "known_faults": KNOWN,
    }


def commit() -> str:
    """The source's commit, with `-dirty` if files differ from it; unknown where there is no repository."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return answer.stdout.strip() or "unknown"


def incidents(export: CaseExport) -> dict[str, Any]:
    """Pulls and detection runs that did not end well, from the case's period to this export."""
    span = period(export.case)
    since = span[0] if span else export.case.opened_at
    pulls = Pull.objects.filter(requested_at__range=(since, export.requested_at))
    asked = DetectionRun.objects.filter(requested_at__range=(since, export.requested_at), kind=RunKind.LIVE)
    runs = asked.filter(state=RunState.FAILED)
    faulty = pulls.filter(state__in=FAULTY_PULLS).select_related("source").order_by("id")
    quarantined = pulls.values("source__slug").annotate(n=Sum("n_quarantined")).filter(n__gt=0).order_by("source__slug")
    return {
        "from": since,
        "to": export.requested_at,
        "pulls": pulls.count(),
        "pulls_not_finished_well": [
            {"pull": p.pk, "source": p.source.slug, "state": p.state, "message": p.message, "at": p.requested_at}
            for p in faulty.iterator(chunk_size=500)
        ],
        "quarantined_by_source": {row["source__slug"]: row["n"] for row in quarantined},
        "detection_runs_failed": [
            {"run": r.pk, "message": r.message, "at": r.requested_at} for r in runs.order_by("id")
        ],
    }


def completeness(case: Case, *, n_as_received: int) -> dict[str, Any]:
    """Whether every pull adds up, what is missing from the lake in the case's period, and which files were not read out."""
    span = period(case)
    digests = content.samples(case).exclude(raw_sha256="").order_by().values("raw_sha256").distinct().count()
    files = PulledFile.objects.filter(done=False).select_related("source").order_by("source__slug", "path")
    return {
        "rule": "received = stored + known + further_origin + quarantined; of the stored, conflict marks the same id "
        "with other content",
        "pulls": [*_sums()],
        "not_read_to_the_end": [
            {"source": f.source.slug, "path": f.path, "records_read": f.cursor, "because": f.message}
            for f in files.iterator(chunk_size=500)
        ],
        "period": {"from": span[0], "to": span[1]} if span else None,
        "days_without_exchanges": gaps(span),
        "gaps_are": "UTC days of the period on which the lake holds no exchange of anyone",
        "as_received": {
            "file": f"data/{acquired.AS_RECEIVED}",
            "records": n_as_received,
            "records_of_the_sampled_exchanges": digests,
            "a_record_is_missing_where": "it was erased, its retention ended, or its source gives no bytes of a row (Parquet)",
        },
        "rows_expected": {"value": None, "reason": "sources give no expected counts"},
    }


def _sums() -> Iterator[dict[str, Any]]:
    names = ("n_received", "n_stored", "n_known", "n_further_origin", "n_conflict", "n_quarantined")
    for pull in Pull.objects.select_related("source").order_by("id").iterator(chunk_size=content.BATCH):
        counts = {name.removeprefix("n_"): getattr(pull, name) for name in names}
        rest = counts["received"] - sum(counts[k] for k in ("stored", "known", "further_origin", "quarantined"))
        yield (
            {"pull": pull.pk, "source": pull.source.slug, "state": pull.state}
            | counts
            | {
                "unaccounted": rest,
                "adds_up": rest == 0,
            }
        )


def gaps(span: Span) -> list[str] | None:
    """UTC days of the span on which no listed lake file holds an exchange; None without a span."""
    if span is None:
        return None
    first, last = (moment.astimezone(UTC).date() for moment in span)
    held: set[date | None] = set(
        LakeFile.objects.filter(kind=FileKind.EXCHANGES, day__range=(first, last), n_rows__gt=0)
        .values_list("day", flat=True)
        .distinct()
    )
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day.isoformat() for day in days if day not in held]


def _one(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return str(cursor.fetchone()[0])
