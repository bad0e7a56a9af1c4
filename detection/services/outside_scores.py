"""Scores of outside classifiers, taken in beside ours under their own name and version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from django.db import connection, transaction

from accounts.models import ApiAccount
from audit.services import record
from core.clock import now
from core.errors import InvalidInput
from detection.models import OutsideScore
from staff.enums import Action
from staff.permissions import Actor, check

LOCK = 0x5711_05C0  # one number for deliveries of scores in Postgres' space of advisory locks
Key = tuple[str, str, int, datetime]


@dataclass(frozen=True, slots=True)
class OutsideScoreRow:
    """What an outside classifier says about one account or session."""

    subject_kind: str
    subject_id: str
    account_id: str
    score: float
    occurred_at: datetime | None = None


Refused = list[tuple[OutsideScoreRow, str]]


def receive_outside_scores(
    *, rows: Sequence[OutsideScoreRow], name: str, version: str, actor: Actor
) -> tuple[int, Refused]:
    """Store scores of an outside classifier beside ours; returns how many were new, and the rows refused with the reason.

    A score for the same subject and moment is known when it is the same number; a different number is refused, within one
    delivery too. A session is its account's: two accounts may use one conversation id.
    """
    check(actor, Action.SUBMIT_SCORES)
    if not name.strip() or len(name) > 64 or len(version) > 64:
        raise InvalidInput("name", name, "a name of 1 to 64 characters and a version of at most 64")
    good, refused = _readable(rows, now())
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        fresh, differing = _new_among(good, _standing(good, name, version))
        facts = {"name": name, "version": version, "received_by": actor.audit_name}
        OutsideScore.objects.bulk_create([_score(row, key, facts) for row, key in fresh], batch_size=2_000)
        refused += differing
        counts: dict[str, Any] = {"new": len(fresh), "refused": len(refused)}
        record(actor=actor, action="scores.received", subject=f"scores:{name}", version=version, **counts)
    return len(fresh), refused


def _readable(rows: Iterable[OutsideScoreRow], moment: datetime) -> tuple[list[tuple[OutsideScoreRow, Key]], Refused]:
    """Rows with a known account and a finite number, by what they are about; the others with the reason."""
    rows = list(rows)
    names = {row.account_id for row in rows}
    known = dict(ApiAccount.objects.filter(account_id__in=names).values_list("account_id", "pk"))
    good: list[tuple[OutsideScoreRow, Key]] = []
    refused: Refused = []
    for row in rows:
        if row.account_id not in known:
            refused.append((row, f"account_id: {row.account_id!r} is not known"))
        elif not isfinite(row.score):
            refused.append((row, f"score: {row.score} is not allowed; it is a finite number"))
        else:
            key = (row.subject_kind, row.subject_id, known[row.account_id], row.occurred_at or moment)
            good.append((row, key))
    return good, refused


def _standing(rows: Sequence[tuple[OutsideScoreRow, Key]], name: str, version: str) -> dict[Key, float]:
    """The scores that stand for the subjects and moments of these rows. One query."""
    found = OutsideScore.objects.filter(name=name, version=version)
    found = found.filter(account__in={key[2] for _, key in rows}, occurred_at__in={key[3] for _, key in rows})
    names = ("subject_kind", "subject_id", "account_id", "occurred_at", "score")
    return {(kind, subject, account, at): score for kind, subject, account, at, score in found.values_list(*names)}


def _new_among(
    rows: Iterable[tuple[OutsideScoreRow, Key]], standing: dict[Key, float]
) -> tuple[list[tuple[OutsideScoreRow, Key]], Refused]:
    """Rows about which nothing stands yet, and those that contradict what stands."""
    said = dict(standing)
    fresh: list[tuple[OutsideScoreRow, Key]] = []
    refused: Refused = []
    for row, key in rows:
        if key not in said:
            said[key] = row.score
            fresh.append((row, key))
        elif said[key] != row.score:
            why = f"score: {row.score:g} is not allowed; {said[key]:g} stands for this subject at this moment"
            refused.append((row, why))
    return fresh, refused


def _score(row: OutsideScoreRow, key: Key, facts: dict[str, str]) -> OutsideScore:
    kind, subject, account_pk, occurred_at = key
    return OutsideScore(
        subject_kind=kind,
        subject_id=subject,
        account_id=account_pk,
        score=row.score,
        occurred_at=occurred_at,
        **facts,
    )
