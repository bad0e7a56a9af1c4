"""What the page for legal reads: the case file's digests to read out, who had what, and how much is privileged."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from audit.models import AuditEvent
from audit.queries import events
from audit.services import case_chain
from investigations.casefile import custody, produced
from investigations.enums import ExportState, WorkState
from investigations.models import Case, CaseExport, CounselNote, ExportCheck, HandOver, Production
from investigations.queries.cases import case_facts
from investigations.queries.holds import can_confirm, case_holds
from investigations.queries.redactions import redaction_counts
from investigations.words.reading_out import read_out
from staff.enums import Action
from staff.models import User

LISTED = 40


def legal_context(case: Case, *, reader: User) -> dict[str, object]:
    """All that the page for legal shows but its forms."""
    return {
        "facts": case_facts(case),
        "n_counsel_notes": counsel_notes_count(case, reader),
        "redaction_counts": redaction_counts(case) if reader.may(Action.REDACT) else None,
        "custody": custody.events(case).exclude(action="samples.pulled").order_by("-id")[:LISTED],
        "hand_overs": hand_overs(case),
        "holds": [(hold, can_confirm(hold, reader)) for hold in case_holds(case)],
        **legal_exports(case),
    }


def legal_exports(case: Case) -> dict[str, object]:
    """The case files with their form and how many copies went out, and whether one is being written. One query."""
    rows = case.exports.select_related("requested_by", "case", "production__source")
    exports = list(rows.annotate(n_copies=Count("hand_overs")).order_by("-number"))
    return {"exports": exports, "exports_running": any(e.state in ("waiting", "running") for e in exports)}


def hand_overs(case: Case) -> QuerySet[HandOver]:
    """Every copy of a case file of this case that went to somebody, the newest first."""
    rows = HandOver.objects.filter(export__case=case).select_related("export__case", "recorded_by")
    return rows.order_by("-handed_at", "-id")


def casefile_context(export: CaseExport) -> dict[str, object]:
    """All that a case file's page shows but its forms."""
    return {
        "spoken": read_out(export.sha256),
        "production": getattr(export, "production", None),
        "productions": Production.objects.filter(source=export).select_related("export__case"),
        "hand_overs": HandOver.objects.filter(export=export).select_related("recorded_by"),
        "custody": casefile_events(export)[:LISTED],
        "making": export.state in (ExportState.WAITING, ExportState.RUNNING),
        "obstacle": produced.obstacle(export) if export.state == ExportState.READY else "",
        **check_context(export),
    }


def casefile_events(export: CaseExport) -> QuerySet[AuditEvent]:
    """What happened to one case file, the newest first."""
    chain, subject = case_chain(export.case.code), f"casefile:{export.name}"
    return events(chain=chain, subject=subject).order_by("-id")


def check_context(export: CaseExport) -> dict[str, object]:
    """The newest verification of a case file, and whether it runs. One query."""
    check = ExportCheck.objects.filter(export=export).select_related("requested_by").first()
    return {
        "check": check,
        "check_running": check is not None and check.state in (WorkState.WAITING, WorkState.RUNNING),
    }


def counsel_notes_count(case: Case, reader: User) -> int | None:
    """How many privileged notes the case has; None for everybody but counsel."""
    return CounselNote.objects.filter(case=case).count() if reader.may(Action.COUNSEL) else None
