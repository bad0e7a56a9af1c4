"""A campaign's history as its page shows it: what each live run changed, and how the campaign stands now."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Func, JSONField, QuerySet

from core.errors import NotFound
from core.paging import Page, keyset_page
from detection.enums import Level
from detection.models import Campaign, CampaignChange

NAMED = 12
PAGE_SIZE = 25


class FirstAccounts(Func):
    """The first account ids of a change: a campaign may have 25,000, and a page names a few."""

    function = "jsonb_path_query_array"
    template = f"%(function)s(%(expressions)s, '$[0 to {NAMED - 1}]')"
    output_field = JSONField()


@dataclass(frozen=True, slots=True)
class History:
    """A campaign, the changes on this page, newest first, and whether a look has certified it as it stands."""

    campaign: Campaign
    changes: Page[CampaignChange]

    @property
    def certified(self) -> bool:
        """Whether it is certified, and the look that said so is known."""
        return self.campaign.level == Level.CERTIFIED and self.campaign.certified_run_id is not None


def campaign_history(code: str, *, after: str | None = None) -> History:
    """The history of a campaign. For who sees evidence. Two queries. Raises NotFound."""
    campaign = Campaign.objects.select_related("merged_into", "split_from").filter(code=code).first()
    if campaign is None:
        raise NotFound(f"There is no campaign {code}.")
    return History(campaign, keyset_page(_changes(campaign), key="-id", after=after, size=PAGE_SIZE))


def _changes(campaign: Campaign) -> QuerySet[CampaignChange]:
    rows = campaign.changes.select_related("other", "run").defer("accounts", "facts")
    return rows.annotate(named=FirstAccounts("accounts"))
