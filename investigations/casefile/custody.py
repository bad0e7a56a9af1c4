"""Who took, saw, asked for, was given or carried away the evidence of a case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from audit.models import SYSTEM_CHAIN, AuditEvent
from audit.services import case_chain
from investigations.models import Case, SamplePrompt

OF_THE_CASE = (
    "case.viewed",
    "exhibit.pinned",
    "sample.revealed",
    "casefile.requested",
    "casefile.exported",
    "casefile.failed",
    "casefile.downloaded",
    "casefile.production_requested",
    "casefile.produced",
    "casefile.handed_over",
    "casefile.checked",
    "redaction.added",
    "redaction.accepted",
    "redaction.rejected",
    "reidentification_map.downloaded",
)
ELSEWHERE = "another case"  # whose name and reason are no business of this one's reader


def events(case: Case) -> QuerySet[AuditEvent]:
    """Events of the case's own chain, and what happened to its samples elsewhere: drawn by a worker, read by people."""
    samples = SamplePrompt.objects.filter(session__account__case_accounts__case=case)
    revealed = Q(action="sample.revealed", subject__in=samples.values(subject=_named("sample:", "pk")))
    drawn = Q(action="samples.pulled", subject__in=samples.values(subject=_named("run:", "session__run_id")))
    own = Q(chain=case_chain(case.code), action__in=OF_THE_CASE)
    return AuditEvent.objects.filter(own | revealed | drawn).order_by("at", "chain", "seq")


def rows(case: Case) -> Iterator[dict[str, Any]]:
    """One line an event, with the digests by which the holder of the whole trail finds it again."""
    ours = {case_chain(case.code), SYSTEM_CHAIN}
    for event in events(case).iterator(chunk_size=2000):
        own = event.chain in ours
        yield {
            "chain": event.chain if own else ELSEWHERE,
            "seq": event.seq if own else None,
            "at": event.at,
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "facts": event.facts if own else {k: v for k, v in event.facts.items() if k in ("session", "exchange")},
            "payload_sha256": event.payload_sha256,
            "entry_hash": event.entry_hash,
        }


def _named(kind: str, field: str) -> Concat:
    return Concat(Value(kind), Cast(F(field), CharField()))
