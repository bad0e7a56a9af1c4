"""Blind second reviews: drawn at random with a recorded seed, claimed by one person, given once."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from audit.services import record
from core.clock import now
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.text import storable
from investigations.enums import Verdict
from investigations.measures.agreement import draw
from investigations.models import FlaggedSession, ReviewDraw, SecondReview
from investigations.policies import check_words
from investigations.queries.blind import campaigns_judged_blind
from investigations.services.verdicts_read import not_read
from staff.enums import Action
from staff.models import User
from staff.permissions import Actor, Worker, check

WORKER = Worker("quality")
CHUNK = 50


@transaction.atomic
def draw_second_reviews(*, actor: Actor = WORKER) -> ReviewDraw | None:
    """Draw from the verdicts given since the last draw; None where there are none, or the share is 0."""
    if isinstance(actor, User):
        check(actor, Action.VIEW_QUALITY)
    share, moment = settings.SECOND_REVIEW_SHARE, now()
    last = ReviewDraw.objects.select_for_update().order_by("-id").first()
    given = FlaggedSession.objects.exclude(verdict="").filter(verdict_by__isnull=False, verdict_at__lte=moment)
    if last is not None:
        given = given.filter(verdict_at__gt=last.up_to)
    frame = {str(session): session for session in given.select_related("verdict_by").order_by("id")}
    if not frame or share == 0:
        return None
    seed = secrets.token_hex(16)
    chosen = draw(list(frame), share=share, seed=seed)
    made = ReviewDraw.objects.create(
        drawn_at=moment, drawn_by=actor.audit_name, share=share, seed=seed, after=last.up_to if last else None,
        up_to=moment, n_frame=len(frame), n_drawn=len(chosen),
    )  # fmt: skip
    SecondReview.objects.bulk_create(
        [_review(made, frame[name]) for name in sorted(chosen)], ignore_conflicts=True, batch_size=1000
    )
    facts = {"share": share, "seed": seed, "n_frame": len(frame), "n_drawn": len(chosen), "drawn": sorted(chosen)[:500]}
    record(actor=actor, action="second_reviews.drawn", subject=f"draw:{made.pk}", **facts)
    return made


@transaction.atomic
def claim_next(*, actor: User) -> SecondReview | None:
    """The reader's open second review, else the oldest that nobody has, whose verdict is neither theirs nor was shown to them.

    None is none.
    """
    check(actor, Action.REVIEW)
    open_ones = SecondReview.objects.filter(done_at=None)
    mine = open_ones.filter(reviewer=actor).order_by("id").first()
    if mine is not None:
        return mine
    found = _free_for(actor)
    if found is None:
        return None
    found.reviewer, found.claimed_at = actor, now()
    found.save(update_fields=("reviewer", "claimed_at"))
    about = {"session": str(found.session), "account": str(found.session.account)}
    campaigns = campaigns_judged_blind(found)
    record(
        actor=actor, action="second_review.claimed", subject=f"second_review:{found.pk}", campaigns=campaigns, **about
    )
    return found


@transaction.atomic
def release_second_review(*, review: SecondReview, actor: User) -> None:
    """Give an open second review back."""
    locked = _mine(review, actor)
    locked.reviewer = locked.claimed_at = None
    locked.save(update_fields=("reviewer", "claimed_at"))
    record(actor=actor, action="second_review.released", subject=f"second_review:{locked.pk}")


@transaction.atomic
def give_second_verdict(*, review: SecondReview, verdict: str, reason: str, actor: User) -> SecondReview:
    """The second person's word. It changes neither the first verdict nor the accounts' labels."""
    if verdict not in Verdict.values:
        raise InvalidInput("verdict", verdict, f"it is one of {', '.join(Verdict.values)}")
    check_words(reason=reason)
    locked = _mine(review, actor)
    locked.verdict, locked.reason, locked.done_at = verdict, storable(reason), now()
    locked.save(update_fields=("verdict", "reason", "done_at"))
    facts = {"session": str(locked.session), "verdict": verdict, "first": locked.first_verdict, "reason": reason}
    record(actor=actor, action="second_verdict.given", subject=f"second_review:{locked.pk}", **facts)
    return locked


def _free_for(actor: User) -> SecondReview | None:
    free = SecondReview.objects.filter(done_at=None, reviewer=None).exclude(first_by=actor).order_by("id")
    last = 0
    while some := list(free.filter(pk__gt=last).select_related("session__account")[:CHUNK]):
        for review in not_read(some, actor):
            locked = free.select_for_update(skip_locked=True, of=("self",)).filter(pk=review.pk).first()
            if locked is not None:
                return locked
        last = some[-1].pk
    return None


def _mine(review: SecondReview, actor: User) -> SecondReview:
    check(actor, Action.REVIEW)
    rows = SecondReview.objects.select_for_update(of=("self",)).select_related("session")
    locked = rows.filter(Q(pk=review.pk)).first()
    if locked is None:
        raise NotFound(f"There is no second review {review.pk}.")
    if locked.first_by_id == actor.pk:
        raise NotAllowed("The first verdict is yours; another person gives the second.")
    if locked.done_at is not None:
        raise Conflict(f"This second review is done since {locked.done_at:%Y-%m-%d %H:%M} UTC.")
    if locked.reviewer_id != actor.pk:
        raise Conflict("Somebody else holds this second review, or nobody does.")
    return locked


def _review(made: ReviewDraw, session: FlaggedSession) -> SecondReview:
    assert session.verdict_by is not None and session.verdict_at is not None  # the frame holds no other
    return SecondReview(
        draw=made, session=session, first_verdict=session.verdict, first_by=session.verdict_by,
        first_at=session.verdict_at,
    )  # fmt: skip
