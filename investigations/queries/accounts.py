"""Accounts as their page reads them, for everyone who may see evidence."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.models import ApiAccount, StatusChange
from core.errors import NotFound
from detection.models import AccountScore, CampaignMember, OutsideScore
from investigations.models import DecisionItem, FlaggedSession

LATEST = 20


@dataclass(frozen=True, slots=True)
class AccountView:
    """Everything that the house knows of one account."""

    account: ApiAccount
    identifiers: list[tuple[str, str, int]]
    """Word, shortened fingerprint, accounts that share it."""
    changes: list[StatusChange]
    scores: list[AccountScore]
    outside: list[OutsideScore]
    memberships: list[CampaignMember]
    sessions: list[FlaggedSession]
    items: list[DecisionItem]


def accounts(*, find: str = "", status: str = "") -> QuerySet[ApiAccount]:
    """Accounts by id, organisation or e-mail domain (any part) and by the provider's status."""
    rows = ApiAccount.objects.select_related("organisation")
    if find:
        part = Q(account_id__icontains=find) | Q(organisation__name__icontains=find) | Q(email_domain__icontains=find)
        rows = rows.filter(part)
    return rows.filter(status_pulled=status) if status else rows


def get_account(account_id: str) -> ApiAccount:
    """One account by the provider's id. Raises NotFound."""
    account = ApiAccount.objects.select_related("organisation").filter(account_id=account_id).first()
    if account is None:
        raise NotFound(f"There is no account {account_id!r}.")
    return account


def account_view(account: ApiAccount) -> AccountView:
    """Profile, history, scores, memberships, sessions and decisions. At most ten queries."""
    return AccountView(
        account=account,
        identifiers=_identifiers(account),
        changes=list(account.status_changes.all()[:LATEST]),
        scores=list(account.scores.select_related("run", "campaign").order_by("-run_id")[:LATEST]),
        outside=list(account.outside_scores.order_by("-occurred_at", "-id")[:LATEST]),
        memberships=list(account.memberships.select_related("campaign").order_by("tier", "-k")),
        sessions=list(account.flagged_sessions.select_related("campaign", "assignee").order_by("-started_at")[:LATEST]),
        items=list(account.decision_items.select_related("decision__case").order_by("-id")[:LATEST]),
    )


def _identifiers(account: ApiAccount) -> list[tuple[str, str, int]]:
    found = []
    for name, word in (("payment_fp", "payment"), ("phone_fp", "phone"), ("device_fp", "device")):
        value = getattr(account, name)
        if value:
            found.append((word, value, ApiAccount.objects.filter(**{name: value}).count()))
    return found
