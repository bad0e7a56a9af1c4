"""From the lake to what a chart shows, for the campaign page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.clock import DAY, from_us, to_us
from core.errors import InvalidInput, Unavailable
from detection.enums import Tier
from detection.models import Campaign
from detection.queries import campaign_exchanges
from investigations.charts import screen
from investigations.charts.frames import ActivityFrame, Mark, VolumeFrame, activity_frame, volume_frame
from investigations.models import Decision
from traffic.lake import Lake
from traffic.queries import model_releases

ROWS = 20_000


def campaign_chart(campaign: Campaign, name: str, *, theme: str) -> dict[str, Any]:
    """Figure, table and words of the chart `name`: activity or volume. Raises InvalidInput for another name."""
    if name not in _CHARTS:
        raise InvalidInput("name", name, f"it is one of {', '.join(_CHARTS)}")
    if theme not in screen.THEMES:
        raise InvalidInput("theme", theme, f"it is one of {', '.join(screen.THEMES)}")
    return _CHARTS[name](campaign, theme)


def activity(campaign: Campaign) -> ActivityFrame:
    """Exchanges of core and associate accounts in the campaign's units, by UTC day."""
    rows = _daily(campaign).group_by("account_id", "day").agg(n=lambda t: t.count()).to_pyarrow().to_pylist()
    cells = ((row["account_id"], _iso(row["day"]), row["n"]) for row in rows)
    return activity_frame("Who was active when", cells, limit=ROWS, marks=_marks(campaign))


def volume(campaign: Campaign) -> VolumeFrame:
    """Exchanges and output tokens in the campaign's units, by UTC day."""
    table = _daily(campaign)
    daily = table.group_by("day").agg(n=table.count(), tokens=table.n_output_tokens.sum())
    cells = ((_iso(row["day"]), row["n"], row["tokens"]) for row in daily.order_by("day").to_pyarrow().to_pylist())
    return volume_frame("Exchanges a day", cells, marks=_marks(campaign))


def _daily(campaign: Campaign) -> Any:
    accused = campaign.members.filter(tier__in=(Tier.CORE, Tier.ASSOCIATE))
    names = list(accused.values_list("account__account_id", flat=True))
    try:
        table = campaign_exchanges(campaign, Lake().exchanges(), accounts=names)
        return table.mutate(day=table.ts_us // DAY)
    except OSError as error:
        raise Unavailable(f"The lake cannot be read now: {error}.") from error


def _marks(campaign: Campaign) -> list[Mark]:
    releases = model_releases().filter(released_at__range=(campaign.started_at, campaign.ended_at))
    marks = [Mark(to_us(r.released_at), f"{r.model} released", "release") for r in releases]
    decided = Decision.objects.filter(case__campaign=campaign, enforced_at__isnull=False)
    marks += [
        Mark(to_us(d.enforced_at), f"{d.get_action_display()}: {d.n_accounts:,} accounts", "enforcement")
        for d in decided.order_by("enforced_at")[:10]
        if d.enforced_at
    ]
    return marks


def _iso(day: int) -> str:
    return from_us(int(day) * DAY).date().isoformat()


def _synchrony(campaign: Campaign, theme: str) -> dict[str, Any]:
    return screen.synchrony(activity(campaign), theme)


def _volume(campaign: Campaign, theme: str) -> dict[str, Any]:
    return screen.volume(volume(campaign), theme)


_CHARTS: dict[str, Callable[[Campaign, str], dict[str, Any]]] = {"activity": _synchrony, "volume": _volume}
