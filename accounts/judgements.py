"""Judgements on links: what people say of two accounts stands through every later run, the negative word too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.enums import Judgement
from accounts.models import ApiAccount, LinkJudgement
from audit.services import record
from core.clock import now
from core.errors import Conflict, InvalidInput, NotFound
from core.text import storable
from staff.enums import Action
from staff.permissions import Actor, check

LONGEST_REASON = 4_000


@dataclass(frozen=True, slots=True)
class StandingJudgements:
    """The pairs of account ids on which a person's word stands, each in order and all sorted; undecided ones are in neither."""

    same: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()


@transaction.atomic
def judge_link(
    *, account_id: str, other_id: str, judgement: str, reason: str, actor: Actor, expected: int | None = None
) -> LinkJudgement:
    """Say whether one operator holds both accounts, with the reason.

    `expected` is the number of the judgement that the person saw (0: none). Raises InvalidInput, NotFound for an unknown
    account, Conflict when somebody judged the pair meanwhile.
    """
    check(actor, Action.REVIEW)
    _check_words(judgement, reason)
    first, second = _lock_pair(account_id, other_id)
    standing = pair_history(first, second).first()
    if expected is not None and expected != (standing.pk if standing else 0):
        raise Conflict(f"{standing or 'The pair'}; somebody judged this link meanwhile. Read it and judge again.")
    given = LinkJudgement.objects.create(
        first=first,
        second=second,
        judgement=judgement,
        reason=storable(reason.strip()),
        given_by=actor.audit_name,
        given_at=now(),
    )
    facts: dict[str, Any] = {
        "accounts": [first.account_id, second.account_id],
        "judgement": judgement,
        "reason": given.reason,
    }
    before = standing.judgement if standing else None
    record(actor=actor, action="link.judged", subject=f"link:{given.pk}", before=before, **facts)
    return given


def _check_words(judgement: str, reason: str) -> None:
    if judgement not in Judgement.values:
        raise InvalidInput("judgement", judgement, f"it is one of {', '.join(Judgement.values)}")
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput("reason", reason, f"give the facts that you judge by, in 1 to {LONGEST_REASON} characters")


def _lock_pair(account_id: str, other_id: str) -> tuple[ApiAccount, ApiAccount]:
    """Both accounts, locked, in the order of the pair: two people who judge it at once follow each other."""
    if account_id == other_id:
        raise InvalidInput("other_id", other_id, "it is another account than account_id")
    names = (account_id, other_id)
    locked = list(ApiAccount.objects.select_for_update(of=("self",)).filter(account_id__in=names).order_by("pk"))
    known = {account.account_id for account in locked}
    for name in names:
        if name not in known:
            raise NotFound(f"There is no account {name!r} here; paste the provider's account id.")
    return locked[0], locked[1]


# --- Reading --------------------------------------------------------------------------------------------------------------


def pair_history(account: ApiAccount, other: ApiAccount) -> QuerySet[LinkJudgement]:
    """Every word on a pair, the one that stands first."""
    first, second = sorted((account.pk, other.pk))
    return LinkJudgement.objects.filter(first=first, second=second).order_by("-id")


def standing_judgements(
    *, judgement: str = "", account_id: str = "", as_of: datetime | None = None
) -> QuerySet[LinkJudgement]:
    """The latest word on each pair, for reviewers; keyed by `-id`. Narrowed by what it says and by one of its accounts."""
    if judgement and judgement not in Judgement.values:
        raise InvalidInput("judgement", judgement, f"it is one of {', '.join(Judgement.values)}, or left out")
    every = LinkJudgement.objects.filter(given_at__lte=as_of) if as_of else LinkJudgement.objects.all()
    latest = every.order_by("first", "second", "-id").distinct("first", "second").values("pk")
    rows = LinkJudgement.objects.filter(pk__in=latest).select_related("first", "second")
    if account_id:
        rows = rows.filter(Q(first__account_id=account_id) | Q(second__account_id=account_id))
    return rows.filter(judgement=judgement) if judgement else rows


def judgements_for_run(as_of: datetime | None = None) -> StandingJudgements:
    """The judgements that stood at a moment (now by default), as a detection run reads them. One query."""
    same, apart = [], []
    rows = standing_judgements(as_of=as_of).values_list("first__account_id", "second__account_id", "judgement")
    for one, other, word in rows:
        pair = (min(one, other), max(one, other))
        if word == Judgement.SAME_OPERATOR:
            same.append(pair)
        elif word == Judgement.NOT_SAME:
            apart.append(pair)
    return StandingJudgements(tuple(sorted(same)), tuple(sorted(apart)))


def standing_words(pairs: set[tuple[str, str]]) -> dict[tuple[str, str], LinkJudgement]:
    """The latest word on each of some pairs of account ids, under the pair as given and turned round. One query."""
    names = {name for pair in pairs for name in pair}
    rows = standing_judgements().filter(first__account_id__in=names, second__account_id__in=names)
    found = {}
    for row in rows:
        one, other = row.first.account_id, row.second.account_id
        found[one, other] = found[other, one] = row
    return found
