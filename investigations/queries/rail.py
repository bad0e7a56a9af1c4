"""The counts beside the desk's sections: true for this reader, one query, kept for a few seconds."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db.models import Count, IntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from detection.enums import Level
from detection.models import Campaign
from investigations.enums import CaseState, DecisionState
from investigations.models import CampaignReview, Case, Decision, FlaggedSession
from staff.models import User

KEPT_S = 10


def rail_counts(reader: User) -> dict[str, int]:
    """Open work by section. At most one query; a count is at most ten seconds old."""
    key = f"rail:{reader.pk}"
    counts = cache.get(key)
    if counts is None:
        names = ("sessions_mine", "campaigns_mine", "campaigns", "sessions", "cases", "decisions")
        row = User.objects.filter(pk=reader.pk).values_list(*(_number(rows) for rows in _work(reader))).first()
        counts = dict(zip(names, row or (0,) * len(names), strict=True))
        counts["mine"] = counts["sessions_mine"] + counts["campaigns_mine"] + counts["decisions"]
        cache.set(key, counts, KEPT_S)
    return dict(counts)


def _work(reader: User) -> tuple[QuerySet[Any], ...]:
    return (
        FlaggedSession.objects.filter(verdict="", assignee=reader),
        CampaignReview.objects.filter(verdict="", assignee=reader),
        Campaign.objects.exclude(level=Level.NONE).exclude(review__verdict__gt=""),
        FlaggedSession.objects.filter(verdict=""),
        Case.objects.filter(state=CaseState.OPEN),
        Decision.objects.filter(state=DecisionState.PROPOSED).exclude(proposed_by=reader),
    )


def _number(rows: QuerySet[Any]) -> Coalesce:
    one = rows.order_by().annotate(_all=Value(1)).values("_all").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(one, output_field=IntegerField()), 0)
