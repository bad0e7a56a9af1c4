"""Review: claiming, verdicts, tags and assignment of flagged sessions and campaigns, one or thousands in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.urls import reverse

from audit.services import Event, record, record_many
from core.clock import now
from core.errors import Conflict, InvalidInput
from core.text import storable
from detection.enums import LabelKind, Tier
from detection.models import Campaign, Label
from investigations import policies
from investigations.enums import Verdict
from investigations.models import CampaignReview, FlaggedSession
from staff.enums import Action, NoticeKind
from staff.models import User
from staff.notices import notify
from staff.permissions import check

LABEL_OF = {
    Verdict.TRUE_POSITIVE: LabelKind.CONFIRMED,
    Verdict.BENIGN_POSITIVE: LabelKind.CLEARED,
    Verdict.FALSE_POSITIVE: LabelKind.CLEARED,
}


@transaction.atomic
def claim_sessions(*, sessions: Collection[FlaggedSession], actor: User) -> int:
    """Take sessions to work on; Conflict names who has one already, and then none is taken."""
    check(actor, Action.REVIEW)
    locked = _lock(sessions)
    for session in locked:
        policies.check_free(session.assignee, actor, str(session))
    return _update(locked, actor, "session.claimed", {}, assignee=actor)


@transaction.atomic
def release_sessions(*, sessions: Collection[FlaggedSession], actor: User) -> int:
    """Put one's own sessions back; a lead may put back anyone's."""
    check(actor, Action.REVIEW)
    locked = _lock(sessions)
    for session in locked:
        policies.check_reassign(session.assignee, actor, str(session))
    return _update(locked, actor, "session.released", {}, assignee=None)


@transaction.atomic
def assign_sessions(*, sessions: Collection[FlaggedSession], assignee: User, actor: User) -> int:
    """Give sessions to a person who may review."""
    check(actor, Action.REVIEW)
    if not assignee.may(Action.REVIEW):
        raise InvalidInput("assignee", assignee.username, "it is a person who may review")
    locked = _lock(sessions)
    for session in locked:
        policies.check_reassign(session.assignee, actor, str(session))
    if locked:
        _tell_assignee(locked, assignee, actor)
    return _update(locked, actor, "session.assigned", {"to": assignee.username}, assignee=assignee)


@transaction.atomic
def tag_sessions(*, sessions: Collection[FlaggedSession], tags: Collection[str], actor: User) -> int:
    """Add tags to sessions."""
    check(actor, Action.REVIEW)
    wanted = {storable(tag.strip()) for tag in tags if tag.strip()}
    if not wanted or any(len(tag) > 40 for tag in wanted):
        raise InvalidInput("tags", sorted(wanted), "give at least one tag of 1 to 40 characters")
    locked = _lock(sessions)
    for session in locked:
        session.tags = sorted({*session.tags, *wanted})
    FlaggedSession.objects.bulk_update(locked, ["tags"], batch_size=500)
    return _record(locked, actor, "session.tagged", {"tags": sorted(wanted)})


@transaction.atomic
def set_verdict_many(
    *, sessions: Collection[FlaggedSession], verdict: str, reason: str, actor: User, expected: str | None = None
) -> int:
    """A person's verdict on flags, with the reason; the accounts' labels follow. `expected` is the verdict they saw."""
    check(actor, Action.REVIEW)
    _check_verdict(verdict, reason)
    locked = _lock(sessions)
    for session in locked:
        policies.check_free(session.assignee, actor, str(session))
        if expected is not None and session.verdict != expected:
            raise Conflict(
                f"{session} has the verdict {session.get_verdict_display()} by {session.verdict_by} meanwhile."
            )
    given = {"verdict": verdict, "verdict_reason": storable(reason), "verdict_by": actor, "verdict_at": now()}
    count = _update(locked, actor, "verdict.given", {"verdict": verdict, "reason": reason}, **given)
    accounts = {session.account_id for session in locked}
    latest = FlaggedSession.objects.filter(account__in=accounts).exclude(verdict__in=("", Verdict.UNDETERMINED))
    newest = (
        latest.order_by("account_id", "-verdict_at", "-id").distinct("account_id").values_list("account_id", "verdict")
    )
    _sync_labels(accounts, dict(newest), "verdict", reason, actor)
    return count


def set_verdict(
    *, session: FlaggedSession, verdict: str, reason: str, actor: User, expected: str | None = None
) -> None:
    """A verdict on one flag."""
    set_verdict_many(sessions=[session], verdict=verdict, reason=reason, actor=actor, expected=expected)


@transaction.atomic
def claim_campaign(*, campaign: Campaign, actor: User) -> CampaignReview:
    """Take a campaign to review."""
    check(actor, Action.REVIEW)
    review = _review(campaign)
    policies.check_free(review.assignee, actor, campaign.code)
    return _save_review(review, actor, "campaign.claimed", {}, assignee=actor)


@transaction.atomic
def release_campaign(*, campaign: Campaign, actor: User) -> CampaignReview:
    """Put a campaign back."""
    check(actor, Action.REVIEW)
    review = _review(campaign)
    policies.check_reassign(review.assignee, actor, campaign.code)
    return _save_review(review, actor, "campaign.released", {}, assignee=None)


@transaction.atomic
def set_campaign_verdict(*, campaign: Campaign, verdict: str, reason: str, actor: User) -> CampaignReview:
    """A person's verdict on a campaign; its core and associate accounts are labelled."""
    check(actor, Action.REVIEW)
    _check_verdict(verdict, reason)
    review = _review(campaign)
    policies.check_free(review.assignee, actor, campaign.code)
    facts: dict[str, Any] = {"verdict": verdict, "reason": reason}
    given = {"verdict": verdict, "verdict_reason": storable(reason), "verdict_by": actor, "verdict_at": now()}
    _save_review(review, actor, "verdict.given", facts, **given)
    members = campaign.members.filter(tier__in=(Tier.CORE, Tier.ASSOCIATE))
    accounts = set(members.values_list("account_id", flat=True))
    _sync_labels(accounts, dict.fromkeys(accounts, verdict), f"verdict on {campaign.code}", reason, actor)
    return review


def _lock(sessions: Collection[FlaggedSession]) -> list[FlaggedSession]:
    rows = FlaggedSession.objects.select_for_update(of=("self",)).select_related("assignee", "verdict_by")
    return list(rows.filter(pk__in=[session.pk for session in sessions]).order_by("pk"))


def _update(locked: list[FlaggedSession], actor: User, action: str, facts: dict[str, Any], **fields: object) -> int:
    FlaggedSession.objects.filter(pk__in=[session.pk for session in locked]).update(**fields)
    return _record(locked, actor, action, facts)


def _record(locked: list[FlaggedSession], actor: User, action: str, facts: dict[str, Any]) -> int:
    record_many(actor=actor, events=[Event(action, f"session:{session}", facts) for session in locked])
    return len(locked)


def _tell_assignee(given: list[FlaggedSession], assignee: User, actor: User) -> None:
    first, n = given[0], len(given)
    path = reverse("investigations:session", args=[first.pk]) if n == 1 else reverse("investigations:sessions")
    notify(
        people=[assignee],
        kind=NoticeKind.ASSIGNED,
        subject=str(first),
        n=n,
        path=path if n == 1 else f"{path}?show=mine",
        key=f"{first}:{now():%Y%m%dT%H%M%S.%f}",
        actor=actor,
    )


def _review(campaign: Campaign) -> CampaignReview:
    CampaignReview.objects.get_or_create(campaign=campaign)
    rows = CampaignReview.objects.select_for_update(of=("self",)).select_related("assignee")
    return rows.get(campaign=campaign)


def _save_review(
    review: CampaignReview, actor: User, action: str, facts: dict[str, Any], **fields: object
) -> CampaignReview:
    for name, value in fields.items():
        setattr(review, name, value)
    review.save()
    record(actor=actor, action=action, subject=f"campaign:{review.campaign.code}", **facts)
    return review


def _check_verdict(verdict: str, reason: str) -> None:
    if verdict not in Verdict.values:
        raise InvalidInput("verdict", verdict, f"it is one of {', '.join(Verdict.values)}")
    policies.check_words(reason=reason)


def _sync_labels(accounts: set[int], verdicts: dict[int, str], basis: str, reason: str, actor: User) -> None:
    """One standing label of this basis an account, of the kind that the newest verdict says; undetermined says none."""
    wanted = {pk: LABEL_OF[Verdict(v)] for pk, v in verdicts.items() if v in LABEL_OF}
    standing = Label.objects.filter(account__in=accounts, basis=basis, withdrawn_at=None)
    stale = [label for label in standing if wanted.get(label.account_id) != label.kind]
    kept = {label.account_id for label in standing if wanted.get(label.account_id) == label.kind}
    Label.objects.filter(pk__in=[label.pk for label in stale]).update(withdrawn_at=now())
    Label.objects.bulk_create(
        Label(account_id=pk, kind=kind, basis=basis, reason=storable(reason), given_by=actor.audit_name)
        for pk, kind in wanted.items()
        if pk not in kept
    )
