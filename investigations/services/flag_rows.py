"""Flagged sessions and reviews, locked and written with their events; what claims and verdicts share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from audit.services import Event, record, record_many
from detection.models import Campaign
from investigations.models import CampaignReview, FlaggedSession, QueueItem


def lock_sessions(sessions: Collection[FlaggedSession]) -> list[FlaggedSession]:
    """The sessions as they are now, locked in order of id.

    Two queries: one that waits for a lock sees the row anew, but its joins as they were before.
    """
    rows = FlaggedSession.objects.filter(pk__in=[session.pk for session in sessions]).order_by("pk")
    locked = list(rows.select_for_update().values_list("pk", flat=True))
    return list(rows.filter(pk__in=locked).select_related("assignee", "verdict_by"))


def lock_groups(sessions: Collection[FlaggedSession]) -> list[QueueItem]:
    """The queue's items of the sessions' accounts, locked in order of id; always after the sessions themselves."""
    rows = QueueItem.objects.filter(account__in={session.account_id for session in sessions}).order_by("pk")
    locked = list(rows.select_for_update().values_list("pk", flat=True))
    return list(rows.filter(pk__in=locked).select_related("assignee", "account"))


def update_sessions(
    locked: list[FlaggedSession], actor: object, action: str, facts: dict[str, Any], **fields: object
) -> int:
    """Write the same fields to locked sessions, with one event each. How many."""
    FlaggedSession.objects.filter(pk__in=[session.pk for session in locked]).update(**fields)
    return record_sessions(locked, actor, action, facts)


def record_sessions(locked: list[FlaggedSession], actor: object, action: str, facts: dict[str, Any]) -> int:
    """One event a session. How many."""
    record_many(actor=actor, events=[Event(action, f"session:{session}", facts) for session in locked])
    return len(locked)


def lock_review(campaign: Campaign) -> CampaignReview:
    """The people's side of a campaign as it is now, locked; made if there is none."""
    CampaignReview.objects.get_or_create(campaign=campaign)
    CampaignReview.objects.select_for_update().get(campaign=campaign)
    return CampaignReview.objects.select_related("assignee").get(campaign=campaign)


def save_review(
    review: CampaignReview, actor: object, action: str, facts: dict[str, Any], **fields: object
) -> CampaignReview:
    """Write fields to a locked review, with its event."""
    for name, value in fields.items():
        setattr(review, name, value)
    review.save()
    record(actor=actor, action=action, subject=f"campaign:{review.campaign.code}", **facts)
    return review
