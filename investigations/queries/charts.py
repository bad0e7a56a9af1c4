"""From the lake to what the campaign page's charts show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import ibis.expr.types as ir

from accounts.enums import StatusOrigin
from accounts.models import StatusChange
from core.clock import DAY, HOUR, from_us, to_us
from core.errors import InvalidInput
from detection.enums import ACCUSED
from detection.models import Campaign
from detection.queries import campaign_exchanges
from investigations.charts import bars, screen
from investigations.charts.frames import ActivityFrame, Mark, VolumeFrame, activity_frame, volume_frame
from investigations.charts.handoffs import handoffs
from investigations.models import Decision
from traffic.lake import Lake
from traffic.queries import model_releases

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
        from investigations.casefile.figures import capability  # reads this module for the other two figures

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
    end = start + timedelta(days=HOURLY_DAYS)
    table = _daily(campaign)
    table = table.filter((table.ts_us >= to_us(start)) & (table.ts_us < to_us(end)))
    table = table.mutate(hour=table.ts_us // HOUR)
    rows = table.group_by("account_id", "hour").agg(n=table.count()).to_pyarrow().to_pylist()
    cells = ((row["account_id"], f"{from_us(row['hour'] * HOUR):%Y-%m-%dT%H}", row["n"]) for row in rows)
    return activity_frame("Who was active in which hour", cells, limit=ROWS, marks=marks(campaign))


def activity(campaign: Campaign) -> ActivityFrame:
    """Exchanges of core and associate accounts in the campaign's units, by UTC day."""
    table = _daily(campaign)
    daily = table.group_by("account_id", "day").agg(n=table.count()).to_pyarrow().to_pylist()
    cells = ((row["account_id"], _iso(row["day"]), row["n"]) for row in daily)
    return activity_frame("Who was active when", cells, limit=ROWS, marks=marks(campaign))


def volume(campaign: Campaign) -> VolumeFrame:
    """Exchanges and output tokens in the campaign's units, by UTC day; the title says how many tokens are not known."""
    table = _daily(campaign)
    unknown = table.n_output_tokens.isnull().cast("int64").sum()
    daily = table.group_by("day").agg(n=table.count(), tokens=table.n_output_tokens.sum(), unknown=unknown)
    rows = daily.order_by("day").to_pyarrow().to_pylist()
    n, n_unknown = sum(row["n"] for row in rows), sum(row["unknown"] for row in rows)
    title = "Exchanges and output tokens a day"
    if n_unknown:
        title += f" (output tokens not known for {n_unknown:,} of {n:,} exchanges)"
    cells = ((_iso(row["day"]), row["n"], None if n_unknown == n else row["tokens"] or 0) for row in rows)
    return volume_frame(title, cells, marks=marks(campaign))


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
        .order_by("enforced_at")
    )
    for decision in decided[:10]:
        label = f"{decision.what}: {decision.n_accounts:,} account{'' if decision.n_accounts == 1 else 's'}"
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


def _daily(campaign: Campaign) -> ir.Table:
    accused = campaign.members.filter(tier__in=ACCUSED)
    names = list(accused.values_list("account__account_id", flat=True))
    end = campaign.ended_at + timedelta(microseconds=1)
    table = campaign_exchanges(campaign, Lake().exchanges(start=campaign.started_at, end=end), accounts=names)
    return table.mutate(day=table.ts_us // DAY)


def _iso(day: int) -> str:
    return from_us(int(day) * DAY).date().isoformat()
