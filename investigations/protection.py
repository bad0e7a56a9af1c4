"""Which accounts are protected, and why: verified organisations, and the list that administrators keep."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.models import ApiAccount
from core.text import one_line
from investigations.models import Protection

VERIFIED = "its organisation is verified by the provider"


def standing_protections() -> QuerySet[Protection]:
    """The list as it stands."""
    return Protection.objects.filter(removed_at=None)


def protected_accounts() -> QuerySet[ApiAccount]:
    """Every protected account."""
    listed = standing_protections()
    return ApiAccount.objects.filter(
        Q(organisation__verified=True)
        | Q(organisation__in=listed.exclude(organisation=None).values("organisation"))
        | Q(pk__in=listed.exclude(account=None).values("account"))
    )


def protected_among(accounts: Iterable[ApiAccount]) -> dict[int, str]:
    """Of accounts with their organisation, the protected ones by key, each with the reason in words. One query."""
    by_account: dict[int, str] = {}
    by_organisation: dict[int, str] = {}
    for entry in standing_protections():
        words = f"{entry.get_ground_display()}: {one_line(entry.reason, 160)}"
        if entry.account_id is not None:
            by_account[entry.account_id] = words
        elif entry.organisation_id is not None:
            by_organisation[entry.organisation_id] = words
    found = {}
    for account in accounts:
        organisation = account.organisation
        if account.pk in by_account:
            found[account.pk] = by_account[account.pk]
        elif organisation is not None and organisation.pk in by_organisation:
            found[account.pk] = by_organisation[organisation.pk]
        elif organisation is not None and organisation.verified is True:
            found[account.pk] = VERIFIED
    return found
