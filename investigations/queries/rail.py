"""The counts beside the pages' names."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from core.counting import Counted, counts
from detection.models import Campaign
from investigations.enums import CaseState, DecisionState
from investigations.models import Case, Decision, FlaggedSession
from investigations.queries.queue import QueueFilter, items
from staff.models import User


@dataclass(frozen=True, slots=True)
class RailCounts:
    """What waits, for one reader; each is counted to 10,000 and no further."""

    mine: Counted
    campaigns: Counted
    sessions: Counted
    cases: Counted
    decisions: Counted


def rail_counts(reader: User) -> RailCounts:
    """Five counts over indexes, one query: items held by the reader, and what is open."""
    undecided = Campaign.objects.filter(Q(review=None) | Q(review__verdict=""), merged_into=None)
    found = counts(
        {
            "mine": items(QueueFilter(show="mine"), reader),
            "campaigns": undecided,
            "sessions": FlaggedSession.objects.filter(verdict=""),
            "cases": Case.objects.visible_to(reader).filter(state=CaseState.OPEN),
            "decisions": Decision.objects.visible_to(reader).filter(state=DecisionState.PROPOSED),
        }
    )
    return RailCounts(**found)
