"""Who was shown a first verdict: whoever was gives no blind second one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.db.models import Max

from accounts.models import ApiAccount
from audit.models import AuditEvent
from audit.services import case_chain, record
from investigations.models import Case, CaseAccount, FlaggedSession, SecondReview
from investigations.services.cases import VIEW_ONCE_IN
from staff.enums import Action
from staff.models import User
from staff.permissions import can

NEVER = datetime.min.replace(tzinfo=UTC)
CASE_SHOWN = ("case.viewed", "casefile.downloaded")


def note_verdict_read(*, account: ApiAccount, sessions: Iterable[FlaggedSession], reader: User) -> None:
    """That a possible second reviewer was shown others' verdicts on an account: one event until there is a newer verdict.

    No query where no such verdict is shown.
    """
    shown = [one.verdict_at for one in sessions if one.verdict and one.verdict_at and one.verdict_by_id != reader.pk]
    if not shown or not can(reader, Action.REVIEW):
        return
    about = {"actor": reader.audit_name, "action": "verdict.read", "subject": f"account:{account}"}
    if not AuditEvent.objects.filter(at__gte=max(shown), **about).exists():
        record(actor=reader, action="verdict.read", subject=f"account:{account}")


def not_read(reviews: Sequence[SecondReview], actor: User) -> list[SecondReview]:
    """Those whose first verdict the actor was not shown since it was given, as far as the trail knows. Four queries.

    The page of the account or session, the case that holds it, and a case file of that show it. A list does too, and leaves
    no trace.
    """
    chains = _case_chains(reviews)
    own = AuditEvent.objects.filter(actor=actor.audit_name).order_by()
    read = own.filter(action="verdict.read", subject__in={f"account:{one.session.account}" for one in reviews})
    viewed = own.filter(action__in=CASE_SHOWN, chain__in={chain for some in chains.values() for chain in some})
    on_page = dict(read.values_list("subject").annotate(at=Max("at")))
    in_case = dict(viewed.values_list("chain").annotate(at=Max("at")))
    return [
        one
        for one in reviews
        if on_page.get(f"account:{one.session.account}", NEVER) < one.first_at
        # Looks at a case are written down once an hour, so that one from just before may be followed by one that is not.
        and all(in_case.get(chain, NEVER) < one.first_at - VIEW_ONCE_IN for chain in chains[one.pk])
    ]


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
