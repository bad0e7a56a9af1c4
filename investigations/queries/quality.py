"""The quality of reviews in figures, each with its n and its window; and what a blind reviewer may not see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from core.clock import now
from core.errors import Conflict, NotFound
from detection.enums import RunKind, RunState
from detection.models import Campaign, DetectionRun
from detection.queries.distributions import SignalOverview, signal_overviews
from investigations.enums import DecisionState
from investigations.measures.agreement import Agreement, agreement, wilson
from investigations.models import Decision, FlaggedSession, ReviewDraw, SecondReview
from staff.models import User

WINDOWS = (30, 90, 365)


@dataclass(frozen=True, slots=True)
class Span:
    """How long something took, in seconds: how many, median, ninth decile."""

    what: str
    n: int
    median_s: float | None
    p90_s: float | None


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest of what is open, its age in seconds and how many are open."""

    what: str
    n: int
    name: str
    age_s: float | None


@dataclass(frozen=True, slots=True)
class Reversals:
    """Decisions that took effect in the window, and how many of them were reversed since, with a 95 % interval."""

    n: int
    k: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """All that the page shows."""

    days: int
    since: datetime
    agreement: Agreement
    disagreements: tuple[SecondReview, ...]
    n_open: int
    draws: tuple[ReviewDraw, ...]
    reversals: Reversals
    spans: tuple[Span, ...]
    oldest: tuple[Oldest, ...]
    run: DetectionRun | None
    signals: tuple[SignalOverview, ...]


def quality(*, days: int, reader: User) -> Quality:
    """The figures of the last so many days. Decisions of restricted cases that do not name the reader are not in them."""
    since = now() - timedelta(days=days)
    done = SecondReview.objects.filter(done_at__gte=since).select_related("session", "first_by", "reviewer")
    reviews = list(done.order_by("-done_at"))
    shown = without_blind(FlaggedSession.objects.filter(pk__in=[one.session_id for one in reviews]), reader)
    known = set(shown.values_list("pk", flat=True))
    run = DetectionRun.objects.filter(kind=RunKind.LIVE, state=RunState.FINISHED).order_by("-id").first()
    return Quality(
        days=days,
        since=since,
        agreement=agreement([(one.first_verdict, one.verdict) for one in reviews]),
        disagreements=tuple(one for one in reviews if one.first_verdict != one.verdict and one.session_id in known)[
            :50
        ],
        n_open=SecondReview.objects.filter(done_at=None).count(),
        draws=tuple(ReviewDraw.objects.all()[:5]),
        reversals=reversals(since, reader),
        spans=(_verdict_span(since), _decision_span(since, reader)),
        oldest=oldest(reader),
        run=run,
        signals=tuple(one for one in signal_overviews(run) if one.n_with_p) if run else (),
    )


def reversals(since: datetime, reader: User) -> Reversals:
    """Of the decisions approved in the window (reversals themselves aside), how many are reversed now. Two queries."""
    done = Decision.objects.visible_to(reader).filter(reverses=None, approved_at__gte=since)
    n, k = done.count(), done.filter(state=DecisionState.REVERSED).count()
    return Reversals(n, k, *wilson(k, n))


def oldest(reader: User) -> tuple[Oldest, ...]:
    """Open flagged sessions, campaigns and proposals, the oldest of each by when it came up. Six queries."""
    sessions = FlaggedSession.objects.filter(verdict="").order_by("flagged_at", "id")
    campaigns = (
        Campaign.objects.exclude(review__verdict__gt="").filter(merged_into=None).order_by("first_run__finished_at")
    )
    proposals = Decision.objects.visible_to(reader).filter(state=DecisionState.PROPOSED).order_by("proposed_at", "id")
    session, campaign, proposal = sessions.first(), campaigns.select_related("first_run").first(), proposals.first()
    return (
        _oldest(
            "flagged sessions without a verdict", sessions.count(), session, session.flagged_at if session else None
        ),
        _oldest(
            "campaigns without a verdict",
            campaigns.count(),
            campaign,
            campaign.first_run.finished_at if campaign else None,
        ),
        _oldest(
            "decisions waiting for approval", proposals.count(), proposal, proposal.proposed_at if proposal else None
        ),
    )


def held_second_review(session: FlaggedSession, reader: User) -> SecondReview | None:
    """The open second review of this session that the reader holds. One query."""
    return SecondReview.objects.filter(session=session, reviewer=reader, done_at=None).first()


def get_second_review(number: int) -> SecondReview:
    """One second review. Raises NotFound."""
    review = SecondReview.objects.select_related("session").filter(pk=number).first()
    if review is None:
        raise NotFound(f"There is no second review {number}.")
    return review


def blind(sessions: Iterable[FlaggedSession], reader: object) -> None:
    """Take out of sessions, in memory, the verdicts that the reader may not know before their own. One query.

    >>> blind([], None)
    """
    rows = list(sessions)
    if not rows:
        return
    accounts = set(_judged_blind(reader))
    for session in rows:
        if session.account_id in accounts and session.verdict and session.verdict_by_id != getattr(reader, "pk", None):
            session.verdict, session.verdict_reason, session.verdict_by, session.verdict_at = "", "", None, None


def without_blind(found: QuerySet[FlaggedSession], reader: object) -> QuerySet[FlaggedSession]:
    """Without the sessions whose verdict the reader may not know yet: for lists that are narrowed by the verdict."""
    own = getattr(reader, "pk", None)
    return found.exclude(Q(account__in=_judged_blind(reader)) & ~Q(verdict="") & ~Q(verdict_by=own))


def check_not_blind(sessions: Iterable[FlaggedSession], actor: User) -> None:
    """Refuse an ordinary verdict on what the actor is to judge blind; it would take the place of the first one."""
    judged = [one for one in sessions if one.verdict and one.verdict_by_id != actor.pk]
    accounts = set(_judged_blind(actor)) if judged else set()
    for session in judged:
        if session.account_id in accounts:
            raise Conflict(
                f"You hold a blind second review of a session of {session}'s account: "
                "give that verdict on its own page, or give it back, first."
            )


def _judged_blind(reader: object) -> QuerySet[SecondReview, Any]:
    """Accounts with a session whose second review the reader holds: one step judges many sessions of an account alike."""
    held = SecondReview.objects.filter(reviewer=getattr(reader, "pk", None), done_at=None)
    return held.values_list("session__account_id", flat=True)


def second_reviews_for(reader: User) -> int:
    """How many open second reviews this person could give: held by them, or free and not of their own verdicts."""
    rows = SecondReview.objects.filter(done_at=None).exclude(first_by=reader)
    return rows.filter(reviewer=None).count() + rows.filter(reviewer=reader).count()


def _oldest(what: str, n: int, row: object, since: datetime | None) -> Oldest:
    age = (now() - since).total_seconds() if since else None
    return Oldest(what, n, str(row) if row else "", age)


def _verdict_span(since: datetime) -> Span:
    rows = FlaggedSession.objects.filter(verdict_at__gte=since).exclude(verdict="")
    return _span("from a flag to its verdict", rows, "flagged_at", "verdict_at")


def _decision_span(since: datetime, reader: User) -> Span:
    rows = Decision.objects.visible_to(reader).filter(approved_at__gte=since)
    return _span("from a proposal to its approval", rows, "proposed_at", "approved_at")


def _span(what: str, rows: object, begin: str, end: str) -> Span:
    """Median and ninth decile in Postgres, so that no row travels. One query."""
    inner, params = rows.order_by().values(begin, end).query.sql_with_params()  # type: ignore[attr-defined]
    seconds = f'extract(epoch FROM "{end}" - "{begin}")'
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY {seconds}), "
            f"percentile_cont(0.9) WITHIN GROUP (ORDER BY {seconds}) FROM ({inner}) AS one",
            params,
        )
        n, median, p90 = cursor.fetchone()
    return Span(what, n, float(median) if median is not None else None, float(p90) if p90 is not None else None)
