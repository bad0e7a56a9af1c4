"""From the lake to what the campaign page's charts show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow.compute as pc
from django.db.models import Count, Q

from accounts.enums import StatusOrigin
from accounts.models import StatusChange
from core.clock import DAY, HOUR, from_us, to_us
from core.errors import InvalidInput
from detection.enums import ACCUSED
from detection.models import Campaign
from detection.queries.conclusions import campaign_exchanges, campaign_units
from investigations.charts import bars, screen
from investigations.charts.frames import (
    ActivityFrame,
    CapabilityFrame,
    Mark,
    VolumeFrame,
    activity_frame,
    capability_frame,
    volume_frame,
)
from investigations.charts.handoffs import handoffs
from investigations.enums import ItemState
from investigations.models import Decision
from traffic.kept import kept_reading
from traffic.lake import Lake
from traffic.queries import model_releases
from traffic.tagging import RULES, TAGGING_VERSION

CHARTS = ("activity", "volume", "capability")
ROWS = 20_000
HOURLY_DAYS = 7
CLOSURE_DAYS = 6
CLOSURE_SHARE = 0.05
CLOSING = ("restricted", "suspended", "terminated", "closed")


def campaign_chart(campaign: Campaign, name: str, *, theme: str, by: str = "day", start: str = "") -> dict[str, Any]:
    """Figure, table and words of the chart `name`: activity (by day, or by hour over a week), volume or capability.

    Raises InvalidInput for another name, theme, step or first day.
    """
    _check(name=(name, CHARTS), theme=(theme, tuple(screen.THEMES)), by=(by, ("day", "hour")))
    if name == "capability":
        return bars.capability(capability(campaign), theme)
    if name == "volume":
        return screen.volume(volume(campaign), theme)
    if by == "hour":
        return screen.activity(hourly(campaign, _first_day(campaign, start)), theme)
    frame = activity(campaign)
    return screen.activity(replace(frame, marks=(*frame.marks, *handoffs(frame))), theme)


def _check(**given: tuple[str, Sequence[str]]) -> None:
    for argument, (value, allowed) in given.items():
        if value not in allowed:
            raise InvalidInput(argument, value, f"it is one of {', '.join(allowed)}")


def _first_day(campaign: Campaign, start: str) -> datetime:
    """The first of the seven days that are drawn by the hour: as given, else two days before the first enforcement."""
    if start:
        try:
            return datetime.combine(date.fromisoformat(start), time(), tzinfo=UTC)
        except ValueError:
            raise InvalidInput("start", start, "it is a day such as 2026-05-18") from None
    acted = [mark.at_us for mark in marks(campaign) if mark.kind in ("enforcement", "closure")]
    first = from_us(min(acted)) - timedelta(days=2) if acted else campaign.started_at
    return datetime.combine(max(first, campaign.started_at).date(), time(), tzinfo=UTC)


def hourly(campaign: Campaign, start: datetime) -> ActivityFrame:
    """Exchanges of core and associate accounts in the campaign's units, by UTC hour over seven days from `start`."""
    end = min(start + timedelta(days=HOURLY_DAYS), campaign.ended_at + timedelta(microseconds=1))
    table = Lake().exchanges(start=max(start, campaign.started_at), end=end)
    table = campaign_exchanges(campaign, table, accounts=_accused(campaign))
    cells = _cells(table, HOUR, "%Y-%m-%dT%H")
    return activity_frame("Who was active in which hour", cells, limit=ROWS, marks=marks(campaign))


def activity(campaign: Campaign) -> ActivityFrame:
    """Exchanges of core and associate accounts in the campaign's units, by UTC day."""
    found = _kept(campaign, "activity", _account_days)
    ids, days, counts = tuple(found["account_ids"]), tuple(found["days"]), tuple(map(tuple, found["counts"]))
    return ActivityFrame(found["title"], ids, days, counts, found["shown_of"], tuple(marks(campaign)))


def _account_days(table: ir.Table) -> dict[str, Any]:
    found = activity_frame("Who was active when", _cells(table, DAY, "%Y-%m-%d"), limit=ROWS)
    return {name: getattr(found, name) for name in ("title", "account_ids", "days", "counts", "shown_of")}


def _cells(table: ir.Table, step: int, form: str) -> Iterable[tuple[str, str, int]]:
    """Account, step of time as it is written, and exchanges."""
    found = table.group_by("account_id", step=table.ts_us // step).agg(n=table.count()).to_pyarrow()
    written = {at: from_us(at * step).strftime(form) for at in pc.unique(found["step"]).to_pylist()}
    accounts, steps, counts = (found[name].to_pylist() for name in ("account_id", "step", "n"))
    return zip(accounts, (written[at] for at in steps), counts, strict=True)


def volume(campaign: Campaign) -> VolumeFrame:
    """Exchanges and output tokens in the campaign's units, by UTC day; the title says how many tokens are not known."""
    rows = _kept(campaign, "volume", _days)
    n, n_unknown = sum(row["n"] for row in rows), sum(row["unknown"] for row in rows)
    title = "Exchanges and output tokens a day"
    if n_unknown:
        title += f" (output tokens not known for {n_unknown:,} of {n:,} exchanges)"
    cells = ((_iso(row["day"]), row["n"], None if n_unknown == n else row["tokens"] or 0) for row in rows)
    return volume_frame(title, cells, marks=marks(campaign))


def _days(table: ir.Table) -> list[dict[str, int]]:
    unknown = table.n_output_tokens.isnull().cast("int64").sum()
    daily = table.group_by(day=table.ts_us // DAY)
    daily = daily.agg(n=table.count(), tokens=table.n_output_tokens.sum(), unknown=unknown)
    return list(daily.order_by("day").to_pyarrow().to_pylist())


def capability(campaign: Campaign) -> CapabilityFrame:
    """What the campaign's exchanges ask for, by task tag; an exchange may carry several tags or none."""
    counted = _kept(campaign, f"capability:{TAGGING_VERSION}", _tagged)
    rows = [(rule.name.replace("_", " "), counted[rule.name] or 0) for rule in RULES]
    rows.append(("no task tag", counted["none"] or 0))
    return capability_frame("What the exchanges ask for", [row for row in rows if row[1]], total=counted["total"])


def _tagged(table: ir.Table) -> dict[str, int]:
    tags = table.task_tags.cast("int64")
    found = {rule.name: ((tags & ibis.literal(1 << rule.bit, "int64")) != 0).cast("int64").sum() for rule in RULES}
    counted = table.agg(total=table.count(), none=(tags == 0).cast("int64").sum(), **found)
    return dict(counted.to_pyarrow().to_pylist()[0])


def marks(campaign: Campaign) -> list[Mark]:
    """Model releases, closures by the provider and enforcement here, within the campaign's days. Three queries."""
    span = (campaign.started_at, campaign.ended_at + timedelta(days=1))
    releases = model_releases().filter(released_at__range=span)
    found = [Mark(to_us(one.released_at), f"{one.model} released", "release") for one in releases]
    closures = StatusChange.objects.filter(
        account__memberships__campaign=campaign,
        account__memberships__tier__in=ACCUSED,
        origin=StatusOrigin.PULLED,
        status__in=CLOSING,
        occurred_at__range=span,
    )
    found += closure_marks(
        (to_us(at) for at in closures.values_list("occurred_at", flat=True)), campaign.n_core + campaign.n_associate
    )
    decided = (
        Decision.objects.filter(case__campaign=campaign, case__restriction=None, enforced_at__isnull=False)
        .select_related("reverses")
        .annotate(n_hit=Count("items", filter=Q(items__state__in=(ItemState.DONE, ItemState.REVERSED))))
        .order_by("enforced_at")
    )
    for decision in decided[:10]:
        label = f"{decision.what}: {decision.n_hit:,} account{'' if decision.n_hit == 1 else 's'}"
        found += [Mark(to_us(decision.enforced_at), label, "enforcement")] if decision.enforced_at else []
    return found


def closure_marks(times_us: Iterable[int], n_accounts: int) -> list[Mark]:
    """The days on which the provider closed at least 5 % of the accounts, the largest six; each at its first closure.

    >>> [mark.label for mark in closure_marks([0, 1, DAY], 40)]
    ['provider closed 2 accounts']
    """
    times = sorted(times_us)
    by_day = Counter(at // DAY for at in times)
    first = {at // DAY: at for at in reversed(times)}
    large = [day for day, n in by_day.most_common(CLOSURE_DAYS) if n >= max(CLOSURE_SHARE * n_accounts, 1)]
    return [
        Mark(first[day], f"provider closed {by_day[day]:,} account{'s' if by_day[day] != 1 else ''}", "closure")
        for day in sorted(large)
    ]


def _kept(campaign: Campaign, what: str, read: Callable[[ir.Table], Any]) -> Any:
    """What `read` makes of the accused accounts' exchanges in the campaign's units: read once for what it depends on."""
    names = _accused(campaign)
    start, end = campaign.started_at, campaign.ended_at + timedelta(microseconds=1)
    return kept_reading(
        about=f"{what}:{campaign.code}",
        version=1,
        start=start,
        end=end,
        inputs={"accounts": names, "selectors": [unit.selector for unit in campaign_units(campaign)]},
        read=lambda: read(campaign_exchanges(campaign, Lake().exchanges(start=start, end=end), accounts=names)),
    )


def _accused(campaign: Campaign) -> list[str]:
    accused = campaign.members.filter(tier__in=ACCUSED)
    return sorted(accused.values_list("account__account_id", flat=True))


def _iso(day: int) -> str:
    return from_us(int(day) * DAY).date().isoformat()
