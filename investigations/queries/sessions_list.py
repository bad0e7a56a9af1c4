"""Flagged sessions one by one, and why the queue may be empty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from detection.enums import RunKind, RunState
from detection.models import DetectionRun
from investigations.models import FlaggedSession
from investigations.queries.quality import without_blind
from staff.models import User
from traffic.enums import PullState
from traffic.models import Pull, Source


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """How the list of flagged sessions is narrowed; every field stands in the address."""

    show: str = "open"
    campaign: str = ""
    account: str = ""

    SHOWN = ("open", "mine", "unclaimed", "decided", "all")


@dataclass(frozen=True, slots=True)
class Standing:
    """Why the queue may be empty."""

    n_sources: int
    pull: Pull | None
    run: DetectionRun | None
    last_finished: datetime | None


def sessions(narrow: SessionFilter, reader: User) -> QuerySet[FlaggedSession]:
    """Flagged sessions for the queue, keyed by `-strength,-id`."""
    found = FlaggedSession.objects.select_related("account", "campaign", "assignee")
    if narrow.show in ("open", "mine", "unclaimed"):
        found = found.filter(verdict="")
    if narrow.show == "mine":
        found = found.filter(assignee=reader)
    if narrow.show == "unclaimed":
        found = found.filter(assignee=None)
    if narrow.show == "decided":
        found = without_blind(found.exclude(verdict=""), reader)
    if narrow.campaign:
        found = found.filter(campaign__code=narrow.campaign)
    if narrow.account:
        found = found.filter(account__account_id=narrow.account)
    return found


def next_session(reader: User, *, after: FlaggedSession | None = None) -> FlaggedSession | None:
    """The strongest open session that nobody else holds, past the one just done with."""
    found = sessions(SessionFilter("open"), reader).filter(Q(assignee=None) | Q(assignee=reader))
    if after is not None:
        found = found.exclude(pk=after.pk)
        later = found.filter(Q(strength__lt=after.strength) | Q(strength=after.strength, pk__lt=after.pk))
        return later.order_by("-strength", "-id").first() or found.order_by("-strength", "-id").first()
    return found.order_by("-strength", "-id").first()


def standing() -> Standing:
    """What is under way, for the empty queue. Four queries."""
    live = DetectionRun.objects.filter(kind=RunKind.LIVE).order_by("-id")
    run = live.filter(state__in=(RunState.WAITING, RunState.RUNNING)).first()
    finished = live.filter(state=RunState.FINISHED).values_list("finished_at", flat=True)
    pull = Pull.objects.filter(state__in=(PullState.WAITING, PullState.RUNNING)).select_related("source").first()
    return Standing(Source.objects.count(), pull, run, finished.first())
