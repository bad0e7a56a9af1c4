"""Opening a case with its first exhibit already pinned."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from accounts.models import ApiAccount
from detection.models import Campaign
from investigations.enums import ExhibitKind
from investigations.models import Case, FlaggedSession
from investigations.services.cases import open_case
from investigations.services.exhibits import pin_exhibit
from staff.models import User


@transaction.atomic
def open_campaign_case(
    *, campaign: Campaign, title: str, reason: str, actor: User, accounts: Collection[ApiAccount] = ()
) -> Case:
    """Open a case on a campaign, on the given members or on all core and associate accounts; the campaign is exhibit 1."""
    case = open_case(title=title, summary=reason, campaign=campaign, accounts=accounts, actor=actor)
    pin_exhibit(case=case, kind=ExhibitKind.CAMPAIGN, ref=campaign.code, reason=reason, actor=actor)
    return case


@transaction.atomic
def open_session_case(*, session: FlaggedSession, title: str, reason: str, actor: User) -> Case:
    """Open a case on the account of a flagged session; the session is exhibit 1."""
    case = open_case(title=title, summary=reason, sessions=[session], actor=actor)
    pin_exhibit(case=case, kind=ExhibitKind.SESSION, ref=str(session), reason=reason, actor=actor)
    return case
