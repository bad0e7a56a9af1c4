"""From the lake to the charts of one account and of one template."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from accounts.enums import StatusOrigin
from accounts.models import ApiAccount
from core.clock import DAY, from_us, to_us
from core.errors import InvalidInput
from detection.models import Unit
from detection.queries.templates import get_template, latest_units
from detection.selectors import picked
from investigations.charts import bars, screen
from investigations.charts.frames import ActivityFrame, Mark, activity_frame
from traffic.lake import Lake

ROWS = 20_000
MARKS = 8


def account_chart(account: ApiAccount, *, theme: str) -> dict[str, Any]:
    """Figure, table and words of an account's days. Raises InvalidInput for another theme."""
    _check(theme)
    return bars.account_days(account_days(account), theme)


def account_days(account: ApiAccount) -> bars.DaysFrame:
    """All exchanges of an account in the lake by UTC day, parted by whether a unit of one of its campaigns holds them."""
    units = Unit.objects.filter(campaign__members__account=account).order_by("-run_id", "-score")
    latest = units.first()
    selectors = list(units.filter(run=latest.run_id).values_list("selector", flat=True)) if latest else []
    table = Lake().account_exchanges([account.account_id])
    table = table.mutate(day=table.ts_us // DAY, inside=picked(table, selectors).cast("int64"))
    daily = table.group_by("day").agg(n=table.count(), inside=table.inside.sum()).to_pyarrow().to_pylist()
    rows = [(from_us(r["day"] * DAY).date().isoformat(), r["inside"] or 0, r["n"] - (r["inside"] or 0)) for r in daily]
    return bars.days_frame("Exchanges a day", rows, marks=_status_marks(account))


def _status_marks(account: ApiAccount) -> list[Mark]:
    changes = account.status_changes.order_by("-occurred_at")[:MARKS]
    return [
        Mark(
            to_us(change.occurred_at),
            f"{'provider: ' if change.origin == StatusOrigin.PULLED else ''}{change.get_status_display()}",
            "closure" if change.origin == StatusOrigin.PULLED else "enforcement",
        )
        for change in changes
    ]


def template_chart(template_id: int, *, theme: str) -> dict[str, Any]:
    """Figure, table and words of who sent a template when. Raises InvalidInput for another theme, NotFound."""
    _check(theme)
    return screen.activity(template_days(template_id), theme)


def template_days(template_id: int) -> ActivityFrame:
    """Exchanges that the template's newest live units hold, of every account that sent it, by UTC day."""
    units = latest_units(get_template(template_id))
    if not units:
        return activity_frame("Who sent this template", [])
    run, lake = units[0].run, Lake()
    end = run.window_end + timedelta(microseconds=1) if run.window_end else None
    table = lake.exchanges(start=run.window_start, end=end)
    table = table.filter(picked(table, [unit.selector for unit in units]))
    table = table.mutate(day=table.ts_us // DAY)
    daily = table.group_by("account_id", "day").agg(n=table.count()).to_pyarrow().to_pylist()
    cells = ((row["account_id"], from_us(row["day"] * DAY).date().isoformat(), row["n"]) for row in daily)
    return activity_frame("Who sent this template", cells, limit=ROWS)


def _check(theme: str) -> None:
    if theme not in screen.THEMES:
        raise InvalidInput("theme", theme, f"it is one of {', '.join(screen.THEMES)}")
