"""What a case file holds, read from one state of the database and streamed row by row."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.db.models import Count, F, Model, QuerySet

from accounts.models import LinkJudgement, StatusChange
from audit.models import AuditEvent
from audit.services import case_chain
from core.canonical import utc_z
from detection.models import DetectionRun, RivalExplanation, SignalReading
from investigations.models import (
    Appeal,
    Case,
    CaseExport,
    Decision,
    DecisionItem,
    FlaggedSession,
    SamplePrompt,
    Statement,
)
from investigations.restricted import UNNAMED, withheld_beside
from traffic.models import Pull, QuarantinedRecord

BATCH = 2000
FORM = "sealed"


def fields(row: Model, *left_out: str) -> dict[str, Any]:
    """Every column of a row under its own name."""
    return {name: getattr(row, name) for name in columns(type(row)) if name not in left_out}


@cache
def columns(model: type[Model]) -> tuple[str, ...]:
    """The names of a model's columns."""
    return tuple(field.attname for field in model._meta.concrete_fields)


def case_facts(export: CaseExport, seal_words: str) -> dict[str, Any]:
    """The case and the export in one document, with what this file is and is not."""
    case = export.case
    return {
        "schema": "stillwatch-case-file-1",
        "form": FORM,
        "seal": seal_words,
        "case": fields(case, "owner_id", "campaign_id") | {"owner": person(case.owner)},
        "campaign": fields(case.campaign) if case.campaign else None,
        "export": {
            "number": export.number,
            "purpose": export.purpose,
            "empty_sections_because": export.override_reason or None,
            "requested_by": person(export.requested_by),
            "requested_at": export.requested_at,
        },
    }


def person(user: Any) -> str | None:
    """How a person is printed in the file."""
    return user.audit_name if user is not None else None


def accounts(case: Case) -> Iterator[dict[str, Any]]:
    """The accounts of the case as the provider's records and the decisions have them."""
    rows = case.case_accounts.select_related("account__organisation").order_by("account__account_id")
    for row in rows.iterator(chunk_size=BATCH):
        organisation = row.account.organisation
        yield fields(row.account, "id", "organisation_id") | {
            "organisation": organisation.name if organisation else None,
            "tier": row.tier,
        }


def account_events(case: Case) -> Iterator[dict[str, Any]]:
    """Each step in the status of an account of the case, with both times."""
    hidden = withheld_beside(case)
    rows = StatusChange.objects.filter(account__case_accounts__case=case).annotate(
        account_name=F("account__account_id")
    )
    for row in rows.order_by("account_name", "occurred_at", "id").iterator(chunk_size=BATCH):
        facts = fields(row, "account_id") | {"account_id": row.account_name}
        yield facts | ({"source": UNNAMED, "reason": ""} if row.source in hidden else {})


def sessions(case: Case) -> QuerySet[FlaggedSession]:
    """The flagged sessions of the case's accounts."""
    return FlaggedSession.objects.filter(account__case_accounts__case=case)


def exchanges(case: Case) -> Iterator[dict[str, Any]]:
    """The sampled exchanges, text untouched as the database holds it; account by account, session by session."""
    order = ("session__account__account_id", "session_id", "position", "id")
    yield from map(_exchange, _lines(case).order_by(*order).iterator(chunk_size=BATCH))


def excerpts(case: Case) -> Iterator[dict[str, Any]]:
    """One sampled exchange an account, in the campaign's units where there is one, by account id."""
    name = "session__account__account_id"
    rows = _lines(case).order_by(name, "-in_unit", "session_id", "position", "id").distinct(name)
    yield from map(_exchange, rows.iterator(chunk_size=50))


def samples(case: Case) -> QuerySet[SamplePrompt]:
    """The sampled exchanges of the case's accounts."""
    return SamplePrompt.objects.filter(session__account__case_accounts__case=case)


def _lines(case: Case) -> QuerySet[SamplePrompt, dict[str, Any]]:
    """Columns, not objects: a hundred thousand of them would take longer to make than to write."""
    return samples(case).values(*columns(SamplePrompt), "session__account__account_id")


def _exchange(row: dict[str, Any]) -> dict[str, Any]:
    account = row.pop("session__account__account_id")
    return row | {"session": f"S-{row['session_id']:06d}", "account_id": account}


def session_rows(case: Case) -> Iterator[dict[str, Any]]:
    """Why each session was flagged and what a person said of it."""
    rows = sessions(case).select_related("account", "verdict_by").order_by("id")
    for row in rows.iterator(chunk_size=BATCH):
        yield fields(row, "account_id", "assignee_id", "verdict_by_id") | {
            "session": str(row),
            "account_id": row.account.account_id,
            "verdict_by": person(row.verdict_by),
        }


def decisions(case: Case) -> Iterator[dict[str, Any]]:
    """Decisions in the order they were proposed, with votes, exhibits and what they reverse; accounts stand apart."""
    rows = Decision.objects.filter(case=case).select_related("proposed_by", "reverses").order_by("id")
    for row in rows.iterator(chunk_size=100):
        states = row.items.order_by("state").values_list("state").annotate(n=Count("pk"))
        yield fields(row, "proposed_by_id", "reverses_id") | {
            "proposed_by": person(row.proposed_by),
            "reverses": row.reverses.code if row.reverses else None,
            "exhibits": list(row.exhibits.order_by("number").values_list("number", flat=True)),
            "approvals": [
                fields(vote, "by_id", "decision_id") | {"by": person(vote.by)}
                for vote in row.approvals.select_related("by").order_by("id")
            ],
            "accounts_by_state": dict(states),
        }


def decision_items(case: Case) -> Iterator[dict[str, Any]]:
    """What became of each account of each decision, one line an account."""
    rows = DecisionItem.objects.filter(decision__case=case).select_related("account", "decision")
    for row in rows.order_by("decision_id", "account__account_id").iterator(chunk_size=BATCH):
        yield fields(row, "account_id", "decision_id") | {
            "decision": row.decision.code,
            "account_id": row.account.account_id,
        }


def reasons(case: Case) -> Iterator[dict[str, Any]]:
    """Every version of what each restricted account is told, verbatim, by decision and account; the newest is the one sent."""
    rows = Statement.objects.filter(item__decision__case=case)
    rows = rows.select_related("item__decision", "item__account", "written_by")
    order = ("item__decision_id", "item__account__account_id", "version")
    for row in rows.order_by(*order).iterator(chunk_size=BATCH):
        yield fields(row, "item_id", "written_by_id") | {
            "decision": row.item.decision.code,
            "account_id": row.item.account.account_id,
            "written_by": person(row.written_by),
        }


def appeals(case: Case) -> Iterator[dict[str, Any]]:
    """What customers say against what was done to their accounts, and what became of it."""
    rows = Appeal.objects.filter(item__decision__case=case).select_related("item__decision", "item__account")
    for row in rows.select_related("recorded_by", "judged_by").order_by("id").iterator(chunk_size=BATCH):
        yield fields(row, "item_id", "recorded_by_id", "judged_by_id") | {
            "decision": row.item.decision.code,
            "account_id": row.item.account.account_id,
            "recorded_by": person(row.recorded_by),
            "judged_by": person(row.judged_by),
        }


def link_judgements(case: Case) -> Iterator[dict[str, Any]]:
    """What people said of whether one operator holds two accounts of the case, for and against; the latest on a pair stands."""
    of_case = case.accounts.values("pk")
    rows = LinkJudgement.objects.filter(first__in=of_case, second__in=of_case).select_related("first", "second")
    for row in rows.order_by("id").iterator(chunk_size=BATCH):
        yield fields(row, "first_id", "second_id") | {"first": row.first.account_id, "second": row.second.account_id}


def notes(case: Case) -> Iterator[dict[str, Any]]:
    """Notes as written."""
    for row in case.notes.select_related("author").order_by("id").iterator(chunk_size=BATCH):
        yield fields(row, "author_id") | {"author": person(row.author)}


def exhibits(case: Case) -> Iterator[dict[str, Any]]:
    """Exhibits as they were frozen."""
    for row in case.exhibits.select_related("pinned_by").order_by("number").iterator(chunk_size=10):
        yield fields(row, "pinned_by_id") | {"pinned_by": person(row.pinned_by)}


def readings(case: Case) -> QuerySet[SignalReading]:
    """The signal readings on the units of the case's campaign, newest run and strongest unit first."""
    rows = SignalReading.objects.filter(unit__campaign__cases=case)
    return rows.select_related("unit__run").order_by("-unit__run_id", "-unit__score", "unit_id", "family", "signal")


def reading_rows(case: Case) -> Iterator[dict[str, Any]]:
    """Each reading with its version, parameters and run."""
    for row in readings(case).iterator(chunk_size=500):
        yield fields(row) | {"unit": str(row.unit), "run": row.unit.run_id, "unit_facts": fields(row.unit)}


def rivals(case: Case) -> QuerySet[RivalExplanation]:
    """Innocent stories that were tested on the units, newest run and strongest unit first."""
    rows = RivalExplanation.objects.filter(unit__campaign__cases=case)
    return rows.select_related("unit").order_by("-unit__run_id", "-unit__score", "unit_id", "id")


def run_rows(case: Case) -> QuerySet[DetectionRun]:
    """The detection runs behind the readings."""
    return DetectionRun.objects.filter(units__campaign__cases=case).distinct().order_by("id")


def pulls() -> Iterator[dict[str, Any]]:
    """Every pull, since the population that the signals compare with came in by all of them."""
    for row in Pull.objects.select_related("source").order_by("id").iterator(chunk_size=BATCH):
        yield fields(row) | {"source": row.source.slug, "connector": row.source.connector}


def quarantined() -> Iterator[dict[str, Any]]:
    """Records that could not be read: digest, size and reason. The bytes may hold third persons' text and stay behind."""
    for row in QuarantinedRecord.objects.defer("raw").order_by("id").iterator(chunk_size=500):
        yield {
            name: getattr(row, name) for name in ("id", "pull_id", "path", "line", "raw_size", "raw_sha256", "reason")
        }


def chain(case: Case) -> QuerySet[AuditEvent]:
    """The case's own chain from its first entry."""
    return AuditEvent.objects.filter(chain=case_chain(case.code)).order_by("seq")


def chain_line(event: AuditEvent) -> str:
    """What entry_hash is made of, tab between fields, then the hash. A tab in a name is written `\\t`, `\\` doubled."""
    parts = (event.chain, str(event.seq), utc_z(event.at), event.actor, event.prev_hash, event.payload_sha256)
    return "\t".join((*map(_cell, parts), event.entry_hash)) + "\n"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t")
