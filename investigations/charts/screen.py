"""Frames as Plotly figures in the desk's own colours, with a table of the same numbers and a text alternative. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from investigations.charts.frames import ActivityFrame, Mark, VolumeFrame

THEMES: dict[str, dict[str, Any]] = {
    "light": {
        "ink": "#57606a",
        "line": "#e3e4e1",
        "ramp": ("#ffffff", "#d7e3f4", "#9dbce4", "#5b8fd0", "#1f5fbf"),
        "release": "#0b7a5c",
        "enforcement": "#b3261e",
    },
    "dark": {
        "ink": "#a3abb5",
        "line": "#2b3038",
        "ramp": ("#1b1e24", "#233246", "#35547f", "#5484c4", "#8fbaff"),
        "release": "#4fc3a1",
        "enforcement": "#f2857d",
    },
}
MAX_ROWS = 60
TABLE_ROWS = 200


def synchrony(frame: ActivityFrame, theme: str) -> dict[str, Any]:
    """Accounts as rows in order of their first day, UTC days as columns; above 60 accounts, neighbours share a row."""
    if not frame.account_ids:
        return _empty(frame.describe())
    days = _every_day(frame.days)
    rows, labels = _pooled(frame, days)
    colours = THEMES[theme]
    heat = {
        "type": "heatmap",
        "z": rows,
        "x": days,
        "y": labels,
        "colorscale": _steps(colours["ramp"]),
        "showscale": True,
        "colorbar": {"title": {"text": "exchanges<br>a day"}, "thickness": 8, "outlinewidth": 0, "len": 0.6},
        "xgap": 1,
        "ygap": 1 if len(rows) <= MAX_ROWS // 2 else 0,
        "hovertemplate": "%{y}<br>%{x} UTC: %{z:.3~g} exchanges an account<extra></extra>",
    }
    height = 120 + 7 * len(rows)
    layout = _layout(colours, height, frame.marks, days)
    layout["yaxis"] = {"visible": False, "autorange": "reversed", "fixedrange": True, "type": "category"}
    table = {
        "head": ["Account", "First day", "Last day", "Days active", "Exchanges"],
        "rows": [_line(frame, i) for i in range(min(len(frame.account_ids), TABLE_ROWS))],
    }
    return {"figure": {"data": [heat], "layout": layout}, "table": table, "text": frame.describe()}


def volume(frame: VolumeFrame, theme: str) -> dict[str, Any]:
    """Exchanges a UTC day as bars, their running total as a line on its own axis."""
    if not frame.buckets:
        return _empty(frame.describe())
    colours = THEMES[theme]
    total, running = 0, []
    for count in frame.exchanges:
        total += count
        running.append(total)
    x = list(frame.buckets)
    bars = {"type": "bar", "x": x, "y": list(frame.exchanges), "name": "a day", "marker": {"color": colours["ramp"][3]}}
    bars["hovertemplate"] = "%{x} UTC: %{y:,} exchanges<extra></extra>"
    line = {"type": "scatter", "mode": "lines", "x": x, "y": running, "yaxis": "y2", "name": "in all"}
    line |= {"line": {"color": colours["ink"], "width": 1.5}, "hovertemplate": "%{y:,} in all<extra></extra>"}
    layout = _layout(colours, 240, frame.marks, x)
    axis = {"gridcolor": colours["line"], "zeroline": False, "fixedrange": True, "rangemode": "tozero"}
    layout["yaxis"] = axis | {"title": {"text": "exchanges a day"}}
    layout["yaxis2"] = axis | {
        "title": {"text": "in all (line)"},
        "overlaying": "y",
        "side": "right",
        "showgrid": False,
    }
    tokens = frame.output_tokens or (None,) * len(x)
    rows = [[d, n, t if t is not None else "not known"] for d, n, t in zip(x, frame.exchanges, tokens, strict=True)]
    table = {"head": ["Day (UTC)", "Exchanges", "Output tokens"], "rows": rows}
    return {"figure": {"data": [bars, line], "layout": layout}, "table": table, "text": frame.describe()}


def _pooled(frame: ActivityFrame, days: list[str]) -> tuple[list[list[float]], list[str]]:
    """At most 60 rows: neighbours in order of first day are averaged, and the row says how many it holds."""
    column = {day: i for i, day in enumerate(days)}
    size = -(-len(frame.account_ids) // MAX_ROWS)
    rows, labels = [], []
    for start in range(0, len(frame.account_ids), size):
        part = frame.counts[start : start + size]
        row = [0.0] * len(days)
        for counts in part:
            for day, count in zip(frame.days, counts, strict=True):
                row[column[day]] += count / len(part)
        rows.append(row)
        first = frame.account_ids[start]
        labels.append(first if len(part) == 1 else f"{len(part)} accounts from {first}")
    return rows, labels


def _line(frame: ActivityFrame, i: int) -> list[Any]:
    active = [day for day, n in zip(frame.days, frame.counts[i], strict=True) if n]
    return [frame.account_ids[i], active[0], active[-1], len(active), sum(frame.counts[i])]


def _every_day(days: tuple[str, ...]) -> list[str]:
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    return [(first + timedelta(days=i)).isoformat() for i in range((last - first).days + 1)]


def _steps(ramp: tuple[str, ...]) -> list[list[Any]]:
    return [[i / (len(ramp) - 1), colour] for i, colour in enumerate(ramp)]


def _layout(colours: dict[str, Any], height: int, marks: tuple[Mark, ...], days: list[str]) -> dict[str, Any]:
    shapes, notes = [], []
    for order, mark in enumerate(marks):
        at = datetime.fromtimestamp(mark.at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")
        colour = colours["release" if mark.kind == "release" else "enforcement"]
        dash = "dot" if mark.kind == "release" else "solid"
        shapes.append(
            {
                "type": "line",
                "x0": at,
                "x1": at,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": colour, "dash": dash, "width": 1.5},
            }
        )
        notes.append(
            {
                "x": at,
                "y": 1 + 0.05 * (order % 2),
                "yref": "paper",
                "yanchor": "bottom",
                "text": mark.label,
                "showarrow": False,
                "font": {"color": colour, "size": 11},
            }
        )
    return {
        "height": height,
        "margin": {"l": 56, "r": 64, "t": 36, "b": 32},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": colours["ink"], "size": 11, "family": "ui-sans-serif, system-ui, sans-serif"},
        "showlegend": False,
        "xaxis": {
            "type": "date",
            "showgrid": False,
            "fixedrange": True,
            "zeroline": False,
            "title": {"text": "day, UTC"},
        },
        "shapes": shapes,
        "annotations": notes,
    }


def _empty(text: str) -> dict[str, Any]:
    return {"figure": None, "table": None, "text": text}
