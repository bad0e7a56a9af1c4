"""The queue: what a person looks at now, for everyone who reviews."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from detection.enums import Level, RunState
from detection.models import AccountScore, Campaign, DetectionRun
from investigations.enums import DecisionState
from investigations.models import Decision, FlaggedSession
from staff.enums import Action
from staff.models import User
from traffic.enums import PullState
from traffic.models import Pull, Source

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything above the list of flagged sessions."""

    campaigns: list[Campaign]
    my_sessions: list[FlaggedSession]
    leads: list[AccountScore]
    approvals: list[Decision]
    run: DetectionRun | None
    state: str
    """Why a queue is empty: no_source, pulling, running, failed, no_run, or clear."""
    detail: str


def desk(reader: User) -> Desk:
    """The reader's own work, open campaigns, leads and waiting approvals. Seven queries, whatever they hold."""
    runs = list(DetectionRun.objects.order_by("-id")[:5])
    finished = next((run for run in runs if run.state == RunState.FINISHED), None)
    state, detail = _standing(runs)
    return Desk(
        campaigns=list(open_campaigns(reader)[:SHOWN]),
        my_sessions=list(flagged_sessions(mine=reader, state="open").order_by("-strength", "-id")[:SHOWN]),
        leads=list(leads(finished)[:SHOWN]),
        approvals=list(approvals(reader)[:SHOWN]),
        run=finished,
        state=state,
        detail=detail,
    )


def open_campaigns(reader: User) -> QuerySet[Campaign]:
    """Campaigns without a verdict, the reader's own first, then by strength."""
    mine = Q(review__assignee=reader)
    rows = Campaign.objects.exclude(level=Level.NONE).exclude(review__verdict__gt="")
    return rows.select_related("review__assignee").alias(mine=mine).order_by("-mine", "-score", "code")


def flagged_sessions(
    *, state: str = "", mine: User | None = None, unclaimed: bool = False, campaign: str = "", verdict: str = ""
) -> QuerySet[FlaggedSession]:
    """Flagged sessions narrowed by what the address says; `state` is open or done."""
    rows = FlaggedSession.objects.select_related("account__organisation", "campaign", "assignee")
    if state == "open":
        rows = rows.filter(verdict="")
    elif state == "done":
        rows = rows.exclude(verdict="")
    if mine is not None:
        rows = rows.filter(assignee=mine)
    if unclaimed:
        rows = rows.filter(assignee=None)
    if campaign:
        rows = rows.filter(campaign__code=campaign)
    return rows.filter(verdict=verdict) if verdict else rows


def leads(run: DetectionRun | None) -> QuerySet[AccountScore]:
    """Single accounts that the last finished run ranks high against their stratum; no campaign."""
    rows = AccountScore.objects.filter(run=run, lead=True) if run else AccountScore.objects.none()
    return rows.select_related("account__organisation").order_by("-score", "id")


def approvals(reader: User) -> QuerySet[Decision]:
    """Proposals that another person made and this one may vote on."""
    if not reader.may(Action.APPROVE):
        return Decision.objects.none()
    waiting = Decision.objects.filter(state=DecisionState.PROPOSED).exclude(proposed_by=reader)
    return waiting.select_related("case", "proposed_by").order_by("proposed_at", "id")


def next_session(after: FlaggedSession, reader: User) -> FlaggedSession | None:
    """The next open session in the order of the queue that nobody else holds."""
    free = flagged_sessions(state="open").filter(Q(assignee=None) | Q(assignee=reader)).exclude(pk=after.pk)
    below = Q(strength__lt=after.strength) | Q(strength=after.strength, pk__lt=after.pk)
    ordered = free.order_by("-strength", "-id")
    return ordered.filter(below).first() or ordered.first()


def next_campaign(after: Campaign, reader: User) -> Campaign | None:
    """The next open campaign by strength."""
    below = Q(score__lt=after.score) | Q(score=after.score, code__gt=after.code)
    others = open_campaigns(reader).exclude(pk=after.pk).order_by("-score", "code")
    return others.filter(below).first() or others.first()


def _standing(runs: list[DetectionRun]) -> tuple[str, str]:
    pull = Pull.objects.filter(state__in=(PullState.WAITING, PullState.RUNNING)).select_related("source").first()
    if pull is not None:
        share = f"{100 * pull.bytes_done / pull.bytes_total:.0f} % read, " if pull.bytes_total else ""
        return "pulling", f"{pull.source.name}: {share}{pull.n_received:,} records so far"
    if runs and runs[0].state in (RunState.WAITING, RunState.RUNNING):
        return "running", runs[0].progress or runs[0].get_state_display()
    if runs and runs[0].state == RunState.FAILED:
        return "failed", runs[0].message
    if not runs:
        return ("no_run", "") if Source.objects.exists() else ("no_source", "")
    return "clear", ""
