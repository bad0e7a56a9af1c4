"""Accounts as the desk shows them."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import ApiAccount
from core.errors import NotFound
from detection.models import AccountScore, CampaignMember, OutsideScore
from investigations.models import DecisionItem, FlaggedSession


def accounts(*, text: str = "", status: str = "") -> QuerySet[ApiAccount]:
    """Accounts with their organisation, narrowed by the start of the id or organisation; keyed by `account_id`."""
    found = ApiAccount.objects.select_related("organisation")
    if status:
        found = found.filter(status_decided=status) | found.filter(status_decided="", status_pulled=status)
    if text:
        found = found.filter(account_id__startswith=text) | found.filter(organisation__name__istartswith=text)
    return found


def get_account(account_id: str) -> ApiAccount:
    """One account by the provider's id. Raises NotFound."""
    found = ApiAccount.objects.select_related("organisation").filter(account_id=account_id).first()
    if found is None:
        raise NotFound("There is no account with this id.", account_id=account_id)
    return found


def account_context(account: ApiAccount) -> dict[str, object]:
    """All that the account page lists. Seven queries."""
    shared = {}
    if account.payment_fp:
        shared["payment"] = ApiAccount.objects.filter(payment_fp=account.payment_fp).exclude(pk=account.pk).count()
    return {
        "memberships": CampaignMember.objects.filter(account=account).select_related("campaign"),
        "scores": AccountScore.objects.filter(account=account).select_related("run", "campaign").order_by("-run")[:10],
        "outside": OutsideScore.objects.filter(account=account).order_by("-occurred_at")[:20],
        "sessions": FlaggedSession.objects.filter(account=account)
        .select_related("campaign")
        .order_by("-started_at")[:50],
        "statuses": account.status_changes.all()[:50],
        "decisions": DecisionItem.objects.filter(account=account).select_related("decision__case").order_by("-id")[:20],
        "shared": shared,
    }
