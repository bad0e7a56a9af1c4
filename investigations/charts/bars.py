"""Bars for the screen: what exchanges ask for, and an account's or template's days. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from investigations.charts.frames import CapabilityFrame, Mark
from investigations.charts.screen import THEMES, axis_title, empty, every_day, inert, layout_of, middle


def capability(frame: CapabilityFrame, theme: str) -> dict[str, Any]:
    """Task tags as horizontal bars, the most frequent on top, each with its share written at its end."""
    if not frame.labels:
        return empty(frame.describe())
    colours = THEMES[theme]
    shares = [100 * count / frame.total for count in frame.counts]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": shares,
        "y": [inert(label) for label in frame.labels],
        "marker": {"color": colours["bar"]},
        "text": [f"{share:.1f} %" if share < 10 else f"{share:.0f} %" for share in shares],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": list(frame.counts),
        "hovertemplate": "%{y}: %{customdata:,} exchanges<extra></extra>",
    }
    axis = {"title": axis_title(f"% of {frame.total:,}; one may carry several"), "rangemode": "tozero"}
    layout = {
        "height": 90 + 26 * len(frame.labels),
        "margin": {"l": 8, "r": 48, "t": 8, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": colours["ink"], "size": 11, "family": "ui-sans-serif, system-ui, sans-serif"},
        "showlegend": False,
        "bargap": 0.35,
        "xaxis": axis | {"gridcolor": colours["line"], "zeroline": False, "fixedrange": True},
        "yaxis": {"autorange": "reversed", "automargin": True, "fixedrange": True, "ticks": ""},
    }
    rows = [
        [label, count, f"{share:.1f} %"] for label, count, share in zip(frame.labels, frame.counts, shares, strict=True)
    ]
    table = {"head": ["Task tag", "Exchanges", f"Share of {frame.total:,}"], "rows": rows, "note": ""}
    return {"figure": {"data": [bars], "layout": layout}, "table": table, "text": frame.describe()}


@dataclass(frozen=True, slots=True)
class DaysFrame:
    """Exchanges a UTC day, parted into those inside a campaign's units and the others."""

    title: str
    days: tuple[str, ...]
    inside: tuple[int, ...]
    outside: tuple[int, ...]
    marks: tuple[Mark, ...] = ()

    def describe(self) -> str:
        """The chart in words."""
        if not self.days:
            return f"{self.title}: no exchanges to show."
        told = "".join(f"; {inert(mark.label)}" for mark in self.marks)
        return (
            f"{self.title}: {sum(self.inside) + sum(self.outside):,} exchanges from {self.days[0]} to {self.days[-1]} UTC, "
            f"{sum(self.inside):,} of them in a campaign's units{told}."
        )


def days_frame(title: str, rows: Iterable[tuple[str, int, int]], *, marks: Iterable[Mark] = ()) -> DaysFrame:
    """From (ISO UTC day, exchanges inside, exchanges outside)."""
    inside: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    for day, n_in, n_out in rows:
        inside[day] += n_in
        outside[day] += n_out
    days = tuple(sorted(inside))
    return DaysFrame(title, days, tuple(inside[d] for d in days), tuple(outside[d] for d in days), tuple(marks))


def account_days(frame: DaysFrame, theme: str) -> dict[str, Any]:
    """Stacked bars: inside the units in the strong colour, the rest in the pale one."""
    if not frame.days:
        return empty(frame.describe())
    colours, days = THEMES[theme], every_day(frame.days)
    layout = layout_of(colours, 270, frame.marks, days)
    layout["barmode"] = "stack"
    layout["yaxis"] = {
        "title": axis_title("exchanges a day"),
        "tickformat": ",d",
        "gridcolor": colours["line"],
        "rangemode": "tozero",
    }
    layout["yaxis"] |= {"zeroline": False, "fixedrange": True}
    data = []
    for name, counts, colour in (
        ("in a campaign's units", frame.inside, colours["ramp"][3]),
        ("other exchanges", frame.outside, colours["ramp"][2]),
    ):
        by_day = dict(zip(frame.days, counts, strict=True))
        bar = {"type": "bar", "name": name, "x": [middle(day) for day in days], "y": [by_day.get(d, 0) for d in days]}
        data.append(
            bar
            | {
                "marker": {"color": colour},
                "hovertemplate": "%{x|%-d %b %Y} UTC: %{y:,} %{fullData.name}<extra></extra>",
            }
        )
    layout |= {"showlegend": True, "legend": {"orientation": "h", "x": 0, "y": -0.42}}
    layout["margin"]["b"] = 84
    rows = [[d, i, o] for d, i, o in zip(frame.days, frame.inside, frame.outside, strict=True)]
    table = {"head": ["Day, UTC", "In a campaign's units", "Other exchanges"], "rows": rows, "note": ""}
    return {"figure": {"data": data, "layout": layout}, "table": table, "text": frame.describe()}
