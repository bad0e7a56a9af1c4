"""Who saw a case and what each did, from its own audit chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, QuerySet

from audit.models import AuditEvent
from audit.services import case_chain
from investigations.models import Case
from investigations.queries.blind import without_others_reasons
from staff.blind import without_votes_owed
from staff.models import User

SEEN = ("case.viewed", "sample.revealed", "exchange.revealed", "casefile.downloaded")


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person or worker on the case's chain: how often they looked, what they did, when first and last."""

    actor: str
    n_views: int
    n_texts: int
    n_files: int
    did: tuple[tuple[str, int], ...]
    first: datetime
    last: datetime


def people_of(case: Case, reader: User) -> list[PersonLine]:
    """Everyone on the chain, who was there last first, as far as the reader may know before their own vote. One query."""
    rows = without_votes_owed(AuditEvent.objects.filter(chain=case_chain(case.code)), reader)
    counted = rows.order_by().values("actor", "action")
    counted = counted.annotate(n=Count("pk"), first=Min("at"), last=Max("at"))
    by_actor: dict[str, list[Mapping[str, Any]]] = {}
    for row in counted:
        by_actor.setdefault(row["actor"], []).append(row)
    lines = [_line(actor, actions) for actor, actions in by_actor.items()]
    return sorted(lines, key=lambda line: line.last, reverse=True)


def chain_events(case: Case, reader: User, *, actor: str = "", seen_only: bool = False) -> QuerySet[AuditEvent]:
    """The chain's events, newest first when keyed by `-seq`, of one actor, or readings alone; no vote before the reader's."""
    rows = without_votes_owed(AuditEvent.objects.filter(chain=case_chain(case.code)), reader)
    rows = without_others_reasons(rows, case, reader)
    if actor:
        rows = rows.filter(actor=actor)
    return rows.filter(action__in=SEEN) if seen_only else rows


def _line(actor: str, actions: list[Mapping[str, Any]]) -> PersonLine:
    counts = {row["action"]: row["n"] for row in actions}
    did = tuple(sorted(((a, n) for a, n in counts.items() if a not in SEEN), key=lambda pair: (-pair[1], pair[0])))
    return PersonLine(
        actor=actor,
        n_views=counts.get("case.viewed", 0),
        n_texts=counts.get("sample.revealed", 0) + counts.get("exchange.revealed", 0),
        n_files=counts.get("casefile.downloaded", 0),
        did=did,
        first=min(row["first"] for row in actions),
        last=max(row["last"] for row in actions),
    )
