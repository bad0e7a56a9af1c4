"""What a person may not read in the trail yet, because they owe their own word on it.

Whoever may still vote on a proposal reads no other vote; whoever holds a blind second review reads no first verdict, on
whatever it was given. The
trail itself says who owes what, so pages of every floor ask here and none needs to know of cases or reviews.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from audit.models import AuditEvent
from audit.services import Event, record_many
from staff.enums import Action
from staff.models import User
from staff.permissions import can

TOLD_LATER = ("vote.cast", "attempt.refused", "statement.edited")  # of a proposal, while others can still vote
SETTLED = ("decision.approved", "decision.refused", "decision.withdrawn")
OWN_WORD = ("decision.proposed", "vote.cast")
TAKEN = "second_review.claimed"
READ = "verdict.read"
NEVER = datetime.min.replace(tzinfo=UTC)
SECOND_REVIEW = (TAKEN, "second_review.released", "second_verdict.given")


@dataclass(frozen=True, slots=True)
class Owed:
    """What a person has taken to judge without knowing the first verdict: a flagged session, its account and campaigns."""

    session: str
    account: str
    campaigns: tuple[str, ...] = ()


def owed_second_review(reader: User) -> Owed | None:
    """The blind second review that the reader holds: one at most, since the next is taken after the last. Two queries."""
    if not can(reader, Action.REVIEW):
        return None
    own = AuditEvent.objects.filter(actor=reader.audit_name, action__in=SECOND_REVIEW).order_by()
    last = max(own.values_list("action").annotate(last=Max("pk")), key=lambda pair: pair[1], default=("", 0))
    if last[0] != TAKEN:
        return None
    facts = AuditEvent.objects.get(pk=last[1]).facts
    return Owed(str(facts.get("session", "")), str(facts.get("account", "")), tuple(facts.get("campaigns", ())))


def without_votes_owed(events: QuerySet[AuditEvent], reader: User) -> QuerySet[AuditEvent]:
    """Events without the votes on, rewordings of and refused attempts at, a proposal that the reader may still vote on."""
    if not can(reader, Action.APPROVE):
        return events
    same = AuditEvent.objects.filter(subject=OuterRef("subject"))
    told = Exists(same.filter(action__in=SETTLED)) | Exists(same.filter(action__in=OWN_WORD, actor=reader.audit_name))
    return events.exclude(Q(action__in=TOLD_LATER, subject__startswith="decision:") & ~told)


def without_what_is_owed(events: QuerySet[AuditEvent], reader: User) -> QuerySet[AuditEvent]:
    """Events without those votes, and without the first verdict that the reader is to judge blind, on whatever it was given."""
    events, owed = without_votes_owed(events, reader), owed_second_review(reader)
    if owed is not None:
        given = AuditEvent.objects.filter(subject=f"session:{owed.session}", action="verdict.given")
        for at, actor in given.exclude(actor=reader.audit_name).values_list("at", "actor"):
            events = events.exclude(action="verdict.given", at=at, actor=actor)
        of_campaigns = Q(action="verdict.given", subject__in=[f"campaign:{code}" for code in owed.campaigns])
        events = events.exclude(of_campaigns & ~Q(actor=reader.audit_name))
        # Why somebody pinned it tells what they think of it; which case that is, the trail does not say here.
        events = events.exclude(Q(action="exhibit.pinned") & ~Q(actor=reader.audit_name))
    return events


def last_read(reader: User, subjects: set[str]) -> dict[str, datetime]:
    """When the reader was last shown others' verdicts on these subjects of the trail, as far as it knows. One query."""
    own = AuditEvent.objects.filter(actor=reader.audit_name, action=READ, subject__in=subjects).order_by()
    return dict(own.values_list("subject").annotate(at=Max("at")))


def note_read(reader: User, shown: Mapping[str, datetime]) -> None:
    """That a possible second reviewer was shown others' verdicts, by subject with the moment of the newest.

    One event a subject until there is a newer verdict. No query where none was shown.
    """
    if not shown or not can(reader, Action.REVIEW):
        return
    known = last_read(reader, set(shown))
    new = [Event(READ, subject) for subject, given in sorted(shown.items()) if known.get(subject, NEVER) < given]
    if new:
        record_many(actor=reader, events=new)
