"""Accounts as the desk shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import ApiAccount
from core.counting import Counted, counts
from core.errors import NotFound
from detection.enums import RunKind
from detection.models import AccountScore, CampaignMember, OutsideScore
from investigations.models import DecisionItem, FlaggedSession
from investigations.queries.account_reading import account_links
from investigations.queries.quality import blind
from investigations.restricted import withhold
from staff.models import User
from staff.restrictions import readable_by

FINGERPRINT_SHOWN = 10
# Identifier, its name on the page, whether it is a fingerprint that is shortened.
IDENTIFIERS = (
    ("payment_fp", "Payment", True),
    ("phone_fp", "Telephone", True),
    ("device_fp", "Device", True),
    ("email_domain", "E-mail domain", False),
    ("email_pattern", "E-mail pattern", False),
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier, shortened, with how many other accounts bear it, counted to a limit (None where it is not known)."""

    label: str
    value: str
    shared: Counted | None


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account in figures, beyond what the lists show."""

    n_campaigns: int
    n_sessions: int
    n_decided: int


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


def account_context(account: ApiAccount, *, reader: User) -> dict[str, Any]:
    """All that the account page lists. Twelve queries, thirteen where a decision changed the status."""
    memberships = list(CampaignMember.objects.filter(account=account).select_related("campaign").order_by("-id"))
    flags = FlaggedSession.objects.filter(account=account)
    flagged = flags.aggregate(n=Count("pk"), decided=Count("pk", filter=~Q(verdict="")))
    sessions = list(flags.select_related("account", "campaign", "assignee").order_by("-started_at", "-id")[:20])
    blind(sessions, reader)
    return {
        "facts": AccountFacts(len(memberships), flagged["n"], flagged["decided"]),
        "memberships": memberships,
        "scores": list(
            AccountScore.objects.filter(account=account, run__kind=RunKind.LIVE)
            .select_related("run", "campaign")
            .order_by("-run")[:10]
        ),
        "outside": list(OutsideScore.objects.filter(account=account).order_by("-occurred_at")[:20]),
        "sessions": sessions,
        "statuses": withhold(list(account.status_changes.all()[:50]), reader),
        "decisions": list(
            DecisionItem.objects.filter(readable_by(reader, "decision__case__"), account=account)
            .select_related("decision__case", "decision__reverses")
            .order_by("-id")[:20]
        ),
        "identifiers": identifiers(account),
        "links": account_links(account),
    }


def identifiers(account: ApiAccount) -> list[Identifier]:
    """The account's identifiers, fingerprints shortened, each with how many others bear it. One query."""
    known = {name: getattr(account, name) for name, _, _ in IDENTIFIERS if getattr(account, name)}
    others = ApiAccount.objects.exclude(pk=account.pk)
    shared = counts({name: others.filter(**{name: value}) for name, value in known.items()})
    return [
        Identifier(label, _shortened(getattr(account, name), fingerprint), shared.get(name))
        for name, label, fingerprint in IDENTIFIERS
    ]


def _shortened(value: str, fingerprint: bool) -> str:
    return f"{value[:FINGERPRINT_SHOWN]}…" if fingerprint and len(value) > FINGERPRINT_SHOWN + 1 else value
