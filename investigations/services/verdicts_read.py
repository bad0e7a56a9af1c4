"""Who was shown a first verdict: whoever was gives no blind second one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Max

from audit.models import AuditEvent
from audit.services import case_chain
from detection.models import Campaign, CampaignMember
from investigations.models import Case, CaseAccount, FlaggedSession, SecondReview
from investigations.services.cases import VIEW_ONCE_IN
from staff.blind import NEVER, last_read, note_read
from staff.models import User

CASE_SHOWN = ("case.viewed", "casefile.downloaded")


def note_verdicts_read(*, sessions: Iterable[FlaggedSession], reader: User) -> None:
    """That a possible second reviewer was shown others' verdicts on these sessions, on a page of one or in a list.

    One event an account until there is a newer verdict. No query where no such verdict is shown, else two; the accounts
    are at hand.
    """
    shown: dict[str, datetime] = {}
    for one in sessions:
        if one.verdict and one.verdict_at and one.verdict_by_id != reader.pk:
            subject = f"account:{one.account}"
            shown[subject] = max(one.verdict_at, shown.get(subject, NEVER))
    note_read(reader, shown)


def note_campaign_verdict_read(*, campaign: Campaign, reader: User) -> None:
    """The same of a campaign's verdict, which tells those of its sessions."""
    review = getattr(campaign, "review", None)
    if review is not None and review.verdict and review.verdict_at and review.verdict_by_id != reader.pk:
        note_read(reader, {f"campaign:{campaign.code}": review.verdict_at})


def not_read(reviews: Sequence[SecondReview], actor: User) -> list[SecondReview]:
    """Those whose first verdict the actor was not shown since it was given, as far as the trail knows. Five queries.

    The page of the account or session, every list of verdicts or labels, its campaign's verdict, the case that holds it
    and a case file of that show it.
    """
    chains, subjects = _case_chains(reviews), _subjects(reviews)
    read = last_read(actor, {subject for some in subjects.values() for subject in some})
    own = AuditEvent.objects.filter(actor=actor.audit_name).order_by()
    viewed = own.filter(action__in=CASE_SHOWN, chain__in={chain for some in chains.values() for chain in some})
    in_case = dict(viewed.values_list("chain").annotate(at=Max("at")))
    return [
        one
        for one in reviews
        if all(read.get(subject, NEVER) < one.first_at for subject in subjects[one.pk])
        # Looks at a case are written down once an hour, so that one from just before may be followed by one that is not.
        and all(in_case.get(chain, NEVER) < one.first_at - VIEW_ONCE_IN for chain in chains[one.pk])
    ]


def _subjects(reviews: Sequence[SecondReview]) -> dict[int, set[str]]:
    """For each review the subjects under which the trail says that its first verdict was read. One query."""
    of_account = defaultdict(set)
    members = CampaignMember.objects.filter(account__in={one.session.account_id for one in reviews})
    for account, code in members.values_list("account_id", "campaign__code"):
        of_account[account].add(f"campaign:{code}")
    return {one.pk: {f"account:{one.session.account}", *of_account[one.session.account_id]} for one in reviews}


def _case_chains(reviews: Sequence[SecondReview]) -> dict[int, set[str]]:
    """For each review the chains of the cases that hold its account, or are about its campaign. Two queries."""
    accounts = {one.session.account_id for one in reviews}
    campaigns = {one.session.campaign_id for one in reviews if one.session.campaign_id}
    held = CaseAccount.objects.filter(account__in=accounts).values_list("account_id", "case__code")
    about = Case.objects.filter(campaign__in=campaigns).values_list("campaign_id", "code")
    by_account: dict[int, set[str]] = defaultdict(set)
    by_campaign: dict[int | None, set[str]] = defaultdict(set)
    for account, code in held:
        by_account[account].add(case_chain(code))
    for campaign, code in about:
        by_campaign[campaign].add(case_chain(code))
    return {one.pk: by_account[one.session.account_id] | by_campaign[one.session.campaign_id] for one in reviews}
