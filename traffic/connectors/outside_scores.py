"""Scores of outside classifiers, for accounts or sessions, as detection's sink takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.text import storable
from traffic.connectors.base import RejectedRecord, shown
from traffic.connectors.small import Row, as_moment, as_number, as_text, pick

SUBJECTS = ("account", "session")


@dataclass(frozen=True, slots=True)
class OutsideScoreRecord:
    """What a classifier says about one account or session, under its own name and version."""

    subject_kind: str
    subject_id: str
    classifier: str
    version: str
    score: float
    scored_at: datetime | None
    reason: str


def outside_score(row: Row, settings: Mapping[str, Any]) -> OutsideScoreRecord:
    """One row as an outside score. Subject: `account_id` or `session_id`, or `subject_kind` with `subject_id`."""
    values = row.values
    kind = as_text(pick(values, settings, "subject_kind"), "subject_kind")
    subject = as_text(pick(values, settings, "subject_id"), "subject_id")
    if subject is None:
        for kind_given in SUBJECTS:
            found = as_text(pick(values, settings, f"{kind_given}_id"), f"{kind_given}_id")
            if found:
                kind, subject = kind_given, found
    if kind not in SUBJECTS:
        raise RejectedRecord(f"subject_kind: {shown(kind)} is none of {', '.join(SUBJECTS)}")
    name = as_text(pick(values, settings, "classifier", "name"), "classifier")
    if not subject or not name:
        raise RejectedRecord(f"{'classifier' if subject else 'subject_id'}: it is missing")
    return OutsideScoreRecord(
        subject_kind=kind,
        subject_id=storable(subject),
        classifier=storable(name),
        version=storable(as_text(pick(values, settings, "version"), "version") or ""),
        score=as_number(pick(values, settings, "score"), "score", -1e9, 1e9),
        scored_at=as_moment(pick(values, settings, "scored_at", "at"), "scored_at"),
        reason=storable(as_text(pick(values, settings, "reason"), "reason") or ""),
    )
