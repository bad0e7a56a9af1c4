"""Reading what runs concluded, for the desk, the API and investigations."""

from __future__ import annotations

from collections.abc import Iterable

import ibis.expr.types as ir
from django.db.models import QuerySet

from core.errors import NotFound
from detection.enums import ACCUSED, RunKind, RunState
from detection.models import AccountScore, Campaign, CampaignMember, DetectionRun, Unit
from detection.selectors import picked
from traffic.lake import of_accounts


def campaign_units(campaign: Campaign) -> QuerySet[Unit]:
    """The units of a campaign in its last run, strongest first."""
    return campaign.units.filter(run=campaign.last_run).select_related("template").order_by("-score", "key")


def accused_members(campaign: Campaign) -> QuerySet[CampaignMember]:
    """Core and associate accounts of a campaign, most exchanges first."""
    return campaign.members.filter(tier__in=ACCUSED).select_related("account").order_by("-k", "account__account_id")


def flagged_accounts(run: DetectionRun) -> QuerySet[AccountScore]:
    """The accounts that a run put before an investigator: core, associate, lead, or over an outside threshold."""
    return run.account_scores.filter(flagged=True).select_related("account", "campaign").order_by("-score", "pk")


def campaign_exchanges(campaign: Campaign, exchanges: ir.Table, *, accounts: Iterable[str] | None = None) -> ir.Table:
    """The exchanges of the lake in any unit of the campaign, by some accounts (core and associates by default)."""
    names = list(accounts) if accounts is not None else [m.account.account_id for m in accused_members(campaign)]
    selectors = [unit.selector for unit in campaign_units(campaign)]
    own = of_accounts(exchanges, names)
    return own.filter(picked(own, selectors))


def runs() -> QuerySet[DetectionRun]:
    """Every run, for the detection page; keyed by `-id`."""
    return DetectionRun.objects.all()


def latest_finished_run() -> DetectionRun | None:
    """The newest live run that finished; back-tests, shadow runs and repeats are for comparison alone."""
    return runs().filter(state=RunState.FINISHED, kind=RunKind.LIVE).order_by("-id").first()


def get_campaign(code: str) -> Campaign:
    """One campaign. Raises NotFound."""
    campaign = Campaign.objects.filter(code=code).first()
    if campaign is None:
        raise NotFound(f"There is no campaign {code}.")
    return campaign


def get_run(run_id: int) -> DetectionRun:
    """One run. Raises NotFound."""
    run = runs().filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"There is no run {run_id}.")
    return run


def units(run: DetectionRun) -> QuerySet[Unit]:
    """The units that a run tested, for its page; keyed by `-score,id`."""
    return run.units.select_related("template", "campaign")
