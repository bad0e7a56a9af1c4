"""Claims: one holder an item. An own claim runs out by itself; what a lead gives somebody stays until it is passed on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from core.clock import now
from core.errors import Conflict, InvalidInput
from detection.models import Campaign
from investigations import policies
from investigations.models import CampaignReview, FlaggedSession, QueueItem
from investigations.services.flag_rows import (
    lock_groups,
    lock_review,
    lock_sessions,
    save_review,
    update_sessions,
)
from staff.enums import Action, NoticeKind
from staff.models import User
from staff.notices import notify
from staff.permissions import Worker, check

WORKER = Worker("queue")


@transaction.atomic
def claim_sessions(*, sessions: Collection[FlaggedSession], actor: User) -> int:
    """Take sessions to work on; Conflict names who has one already, or another of its account, and then none is taken."""
    check(actor, Action.REVIEW)
    locked = lock_sessions(sessions)
    for session in locked:
        policies.check_free(session.assignee, actor, str(session), until=session.claim_until)
    for group in lock_groups(locked):
        policies.check_free(group.assignee, actor, f"Account {group}", until=group.claim_until)
    return update_sessions(locked, actor, "session.claimed", {}, assignee=actor, claim_until=_until())


@transaction.atomic
def release_sessions(*, sessions: Collection[FlaggedSession], actor: User) -> int:
    """Put one's own sessions back; a lead may put back anyone's."""
    check(actor, Action.REVIEW)
    locked = lock_sessions(sessions)
    for session in locked:
        policies.check_reassign(session.assignee, actor, str(session))
    return update_sessions(locked, actor, "session.released", {}, assignee=None, claim_until=None)


@transaction.atomic
def assign_sessions(*, sessions: Collection[FlaggedSession], assignee: User, actor: User) -> int:
    """Give sessions to a person who may review; they are told."""
    check(actor, Action.REVIEW)
    _check_reviewer(assignee)
    locked = lock_sessions(sessions)
    for session in locked:
        policies.check_reassign(session.assignee, actor, str(session))
    if locked:
        first, n = locked[0], len(locked)
        path = reverse("investigations:session", args=[first.pk]) if n == 1 else reverse("investigations:sessions")
        _tell(assignee, actor, str(first), path if n == 1 else f"{path}?show=mine", n=n)
    given = {"to": assignee.username}
    return update_sessions(locked, actor, "session.assigned", given, assignee=assignee, claim_until=None)


@transaction.atomic
def claim_campaign(*, campaign: Campaign, actor: User) -> CampaignReview:
    """Take a campaign to review."""
    check(actor, Action.REVIEW)
    review = lock_review(campaign)
    policies.check_free(review.assignee, actor, campaign.code, until=review.claim_until)
    return save_review(review, actor, "campaign.claimed", {}, assignee=actor, claim_until=_until())


@transaction.atomic
def release_campaign(*, campaign: Campaign, actor: User) -> CampaignReview:
    """Put a campaign back."""
    check(actor, Action.REVIEW)
    review = lock_review(campaign)
    policies.check_reassign(review.assignee, actor, campaign.code)
    return save_review(review, actor, "campaign.released", {}, assignee=None, claim_until=None)


@transaction.atomic
def assign_campaign(*, campaign: Campaign, assignee: User, actor: User) -> CampaignReview:
    """Give a campaign to a person who may review; they are told."""
    check(actor, Action.REVIEW)
    _check_reviewer(assignee)
    review = lock_review(campaign)
    policies.check_reassign(review.assignee, actor, campaign.code)
    _tell(assignee, actor, campaign.code, reverse("investigations:campaign", args=[campaign.code]))
    facts = {"to": assignee.username}
    return save_review(review, actor, "campaign.assigned", facts, assignee=assignee, claim_until=None)


def claim_item(*, item: QueueItem, actor: User) -> None:
    """Take an item of the queue: a campaign, or all open sessions of an account. Conflict names who has it."""
    if item.campaign is not None:
        claim_campaign(campaign=item.campaign, actor=actor)
    elif not claim_sessions(sessions=_open_sessions(item), actor=actor):
        raise Conflict(f"Nothing of {item} is open any more.")


def release_item(*, item: QueueItem, actor: User) -> None:
    """Put an item back."""
    if item.campaign is not None:
        release_campaign(campaign=item.campaign, actor=actor)
    else:
        release_sessions(sessions=_open_sessions(item), actor=actor)


def pass_item(*, item: QueueItem, assignee: User, actor: User) -> None:
    """Give an item to another person who may review: whoever holds it does that, or a lead."""
    if item.campaign is not None:
        assign_campaign(campaign=item.campaign, assignee=assignee, actor=actor)
    else:
        assign_sessions(sessions=_open_sessions(item), assignee=assignee, actor=actor)


def end_expired_claims() -> int:
    """Put back what was claimed too long ago, with an event each. How many sessions and campaigns."""
    return _end_session_claims() + _end_campaign_claims()


@transaction.atomic
def _end_session_claims() -> int:
    rows = FlaggedSession.objects.select_for_update(of=("self",), skip_locked=True).select_related("assignee")
    ran_out = list(rows.filter(claim_until__lte=now(), verdict="").order_by("pk")[:5000])
    return update_sessions(ran_out, WORKER, "claim.ended", {}, assignee=None, claim_until=None)


@transaction.atomic
def _end_campaign_claims() -> int:
    rows = CampaignReview.objects.select_for_update(of=("self",), skip_locked=True).select_related("campaign")
    ran_out = list(rows.filter(claim_until__lte=now(), verdict="").order_by("pk")[:1000])
    for review in ran_out:
        save_review(review, WORKER, "claim.ended", {"held_by": review.assignee_id}, assignee=None, claim_until=None)
    return len(ran_out)


def _open_sessions(item: QueueItem) -> list[FlaggedSession]:
    if item.account is None:
        raise Conflict(f"{item} is voted on, not held: whoever may approve it may vote until it is settled.")
    return list(FlaggedSession.objects.filter(account=item.account, verdict="").only("pk", "account_id"))


def _until() -> datetime:
    return now() + timedelta(hours=settings.CLAIM_HOURS)


def _check_reviewer(assignee: User) -> None:
    if not assignee.may(Action.REVIEW):
        raise InvalidInput("assignee", assignee.username, "it is a person who may review")


def _tell(assignee: User, actor: User, subject: str, path: str, *, n: int = 1) -> None:
    key = f"{subject}:{now():%Y%m%dT%H%M%S.%f}"
    notify(people=[assignee], kind=NoticeKind.ASSIGNED, subject=subject, n=n, path=path, key=key, actor=actor)
