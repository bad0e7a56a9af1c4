"""What a campaign took, from the lake and the price list."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
from django.db.models import Q

from detection.enums import ACCUSED, Tier
from detection.models import Campaign
from detection.queries.conclusions import campaign_units
from detection.selectors import picked
from investigations.measures.harvest import Harvest, Price, Share, estimate
from traffic.kept import kept_reading
from traffic.lake import Lake
from traffic.models import ListPrice

UNKNOWN_MODEL = "model not known"


def campaign_harvest(campaign: Campaign) -> Harvest:
    """The estimate of a campaign's harvest over its period. Five queries; the lake is read once for what it depends on."""
    tiers = dict(campaign.members.filter(tier__in=ACCUSED).order_by("pk").values_list("account__account_id", "tier"))
    selectors = [unit.selector for unit in campaign_units(campaign)]
    start, end = campaign.started_at, campaign.ended_at + timedelta(microseconds=1)
    rows = kept_reading(
        about=f"harvest:{campaign.code}",
        version=1,
        start=start,
        end=end,
        inputs={"tiers": tiers, "selectors": selectors},
        read=lambda: _sums(start, end, tiers, selectors),
    )
    shares = [Share("core" if row.pop("core") else "associate", row.pop("label"), **row) for row in rows]
    return estimate(shares, prices(campaign, {share.model for share in shares}))


def _sums(start: datetime, end: datetime, tiers: dict[str, str], selectors: list[dict[str, object]]) -> list[Any]:
    """Exchanges and output tokens, inside the units and all, by whether the account is core and by model."""
    members = pa.table({"account_id": list(tiers), "core": [tier == Tier.CORE for tier in tiers.values()]})
    table = Lake().exchanges(start=start, end=end).inner_join(ibis.memtable(members), "account_id")
    table = table.mutate(
        inside=picked(table, selectors).cast("int64"),
        label=table.model.fill_null(UNKNOWN_MODEL),
        unknown=table.n_output_tokens.isnull().cast("int64"),
        tokens=table.n_output_tokens.fill_null(0).cast("int64"),
    )
    rows = table.group_by("core", "label").agg(
        n_inside=table.inside.sum(),
        tokens_inside=(table.inside * table.tokens).sum(),
        unknown_inside=(table.inside * table.unknown).sum(),
        n_all=table.count(),
        tokens_all=table.tokens.sum(),
        unknown_all=table.unknown.sum(),
    )
    return list(rows.to_pyarrow().to_pylist())


def prices(campaign: Campaign, models: set[str]) -> dict[str, Price]:
    """The list prices of some models that held at any time in the campaign's period. One query."""
    named = [model for model in models if "\x00" not in model]  # the lake keeps what Postgres could not compare
    rows = ListPrice.objects.filter(Q(valid_from__lte=campaign.ended_at.date()), model__in=named)
    found: dict[str, list[tuple[bool, float]]] = {}
    for row in rows.order_by("model", "valid_from"):
        within = row.valid_from > campaign.started_at.date()
        found.setdefault(row.model, []).append((within, float(row.output_usd_per_mtok)))
    held = {model: _held(listed) for model, listed in found.items()}
    return {model: Price(usd[-1], min(usd), max(usd)) for model, usd in held.items()}


def _held(listed: list[tuple[bool, float]]) -> list[float]:
    """The last price from before the period, and those that came within it."""
    before = [usd for within, usd in listed if not within]
    return [*before[-1:], *(usd for within, usd in listed if within)]
