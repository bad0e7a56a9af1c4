"""Review: verdicts and tags of flagged sessions and campaigns, one or thousands in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction

from core.clock import now
from core.errors import Conflict, InvalidInput
from core.text import storable
from detection.enums import ACCUSED, LabelKind
from detection.models import Campaign, Label
from investigations import policies
from investigations.enums import Verdict
from investigations.models import CampaignReview, FlaggedSession, QueueItem
from investigations.queries.quality import check_not_blind
from investigations.services.flag_rows import lock_review, lock_sessions, record_sessions, save_review, update_sessions
from staff.enums import Action
from staff.models import User
from staff.permissions import check

LABEL_OF = {
    Verdict.TRUE_POSITIVE: LabelKind.CONFIRMED,
    Verdict.BENIGN_POSITIVE: LabelKind.CLEARED,
    Verdict.FALSE_POSITIVE: LabelKind.CLEARED,
}


@transaction.atomic
def tag_sessions(*, sessions: Collection[FlaggedSession], tags: Collection[str], actor: User) -> int:
    """Add tags to sessions."""
    check(actor, Action.REVIEW)
    wanted = {storable(tag.strip()) for tag in tags if tag.strip()}
    if not wanted or any(len(tag) > 40 for tag in wanted):
        raise InvalidInput("tags", sorted(wanted), "give at least one tag of 1 to 40 characters")
    locked = lock_sessions(sessions)
    for session in locked:
        session.tags = sorted({*session.tags, *wanted})
    FlaggedSession.objects.bulk_update(locked, ["tags"], batch_size=500)
    return record_sessions(locked, actor, "session.tagged", {"tags": sorted(wanted)})


@transaction.atomic
def set_verdict_many(
    *, sessions: Collection[FlaggedSession], verdict: str, reason: str, actor: User, expected: str | None = None
) -> int:
    """A person's verdict on flags, with the reason; the accounts' labels follow. `expected` is the verdict they saw."""
    check(actor, Action.REVIEW)
    _check_verdict(verdict, reason)
    locked = lock_sessions(sessions)
    check_not_blind(locked, actor)
    for session in locked:
        policies.check_free(session.assignee, actor, str(session), until=session.claim_until)
        if expected is not None and session.verdict != expected:
            raise Conflict(
                f"{session} has the verdict {session.get_verdict_display()} by {session.verdict_by} meanwhile."
            )
    given = {"verdict": verdict, "verdict_reason": storable(reason), "verdict_by": actor, "verdict_at": now()}
    count = update_sessions(locked, actor, "verdict.given", {"verdict": verdict, "reason": reason}, **given)
    accounts = {session.account_id for session in locked}
    latest = FlaggedSession.objects.filter(account__in=accounts).exclude(verdict__in=("", Verdict.UNDETERMINED))
    newest = (
        latest.order_by("account_id", "-verdict_at", "-id").distinct("account_id").values_list("account_id", "verdict")
    )
    _sync_labels(accounts, dict(newest), "verdict", reason, actor)
    return count


@transaction.atomic
def set_group_verdict(*, item: QueueItem, verdict: str, reason: str, up_to: int, n: int, actor: User) -> int:
    """One verdict on all open flagged sessions of an account that the person saw: `n` of them, none newer than `up_to`.

    Conflict when somebody said something of one meanwhile. What was flagged since stays open.
    """
    check(actor, Action.REVIEW)
    sessions = list(FlaggedSession.objects.filter(account=item.account_id, verdict="", pk__lte=up_to).only("pk"))
    if len(sessions) != n:
        raise Conflict(f"Of the {n} open sessions that you saw {len(sessions)} are open now; look again.")
    return set_verdict_many(sessions=sessions, verdict=verdict, reason=reason, actor=actor, expected="")


def set_verdict(
    *, session: FlaggedSession, verdict: str, reason: str, actor: User, expected: str | None = None
) -> None:
    """A verdict on one flag."""
    set_verdict_many(sessions=[session], verdict=verdict, reason=reason, actor=actor, expected=expected)


@transaction.atomic
def set_campaign_verdict(*, campaign: Campaign, verdict: str, reason: str, actor: User) -> CampaignReview:
    """A person's verdict on a campaign; its core and associate accounts are labelled."""
    check(actor, Action.REVIEW)
    _check_verdict(verdict, reason)
    review = lock_review(campaign)
    policies.check_free(review.assignee, actor, campaign.code, until=review.claim_until)
    facts: dict[str, Any] = {"verdict": verdict, "reason": reason}
    given = {"verdict": verdict, "verdict_reason": storable(reason), "verdict_by": actor, "verdict_at": now()}
    save_review(review, actor, "verdict.given", facts, **given)
    members = campaign.members.filter(tier__in=ACCUSED)
    accounts = set(members.values_list("account_id", flat=True))
    _sync_labels(accounts, dict.fromkeys(accounts, verdict), f"verdict on {campaign.code}", reason, actor)
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
