"""The queue: what an investigator looks at now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from detection.enums import RunKind, RunState
from detection.models import Campaign, DetectionRun
from investigations.enums import DecisionState
from investigations.models import Decision, FlaggedSession
from staff.enums import Action
from staff.models import User
from staff.permissions import can
from traffic.enums import PullState
from traffic.models import Pull, Source

FRONT = 12


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """How the list of flagged sessions is narrowed; every field stands in the address."""

    show: str = "open"
    campaign: str = ""
    account: str = ""

    SHOWN = ("open", "mine", "unclaimed", "decided", "all")


@dataclass(frozen=True, slots=True)
class Front:
    """The top of the queue: my work, campaigns without a verdict, approvals that wait for me."""

    mine: tuple[FlaggedSession, ...]
    campaigns: tuple[Campaign, ...]
    approvals: tuple[Decision, ...]
    leads: tuple[FlaggedSession, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Why the queue may be empty."""

    n_sources: int
    pull: Pull | None
    run: DetectionRun | None
    last_finished: datetime | None


def front(reader: User) -> Front:
    """Four queries."""
    open_sessions = sessions(SessionFilter("open"), reader)
    approvals: tuple[Decision, ...] = ()
    if can(reader, Action.APPROVE):
        waiting = Decision.objects.visible_to(reader).filter(state=DecisionState.PROPOSED).exclude(proposed_by=reader)
        approvals = tuple(waiting.select_related("case", "proposed_by", "reverses").order_by("proposed_at")[:FRONT])
    undecided = Campaign.objects.filter(Q(review=None) | Q(review__verdict=""), merged_into=None)
    undecided = undecided.select_related("review__assignee")
    return Front(
        mine=tuple(open_sessions.filter(assignee=reader).order_by("-strength", "-id")[:FRONT]),
        campaigns=tuple(undecided.order_by("-score", "id")[:FRONT]),
        approvals=approvals,
        leads=tuple(open_sessions.filter(campaign=None).order_by("-strength", "-id")[:FRONT]),
    )


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
        found = found.exclude(verdict="")
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
