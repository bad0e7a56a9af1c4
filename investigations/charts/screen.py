"""Frames as Plotly figures in the desk's own colours, with a table of the same numbers and a text alternative. Pure."""

from __future__ import annotations

import html
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any

from core.text import one_line
from investigations.charts.frames import ActivityFrame, Mark, VolumeFrame

# The tokens of desk.css; Plotly cannot read custom properties.
THEMES: dict[str, dict[str, Any]] = {
    "light": {
        "ink": "#57606a",
        "line": "#e3e4e1",
        "ramp": ("#ffffff", "#d7e3f4", "#9dbce4", "#5b8fd0", "#1f5fbf"),
        "bar": "#9dbce4",
        "release": "#0b7a5c",
        "closure": "#b3261e",
        "enforcement": "#b3261e",
        "handoff": "#8a6d00",
    },
    "dark": {
        "ink": "#a3abb5",
        "line": "#2b3038",
        "ramp": ("#1b1e24", "#233246", "#35547f", "#5484c4", "#8fbaff"),
        "bar": "#35547f",
        "release": "#4fc3a1",
        "closure": "#f2857d",
        "enforcement": "#f2857d",
        "handoff": "#e0c04a",
    },
}
DASHES = {"release": "dot", "closure": "dash", "enforcement": "solid", "handoff": "dashdot"}
MAX_ROWS = 60
TABLE_ROWS = 200
MARK_LINES = 3
HOVER = {"day": "%-d %b %Y", "hour": "%-d %b %Y %H:00"}
NEAR_DAYS = 7  # a mark this long after the last day shown is still drawn


def activity(frame: ActivityFrame, theme: str) -> dict[str, Any]:
    """Accounts as rows in order of their first day, UTC days as columns; above 60 accounts, neighbours share a row."""
    if not frame.account_ids:
        return empty(frame.describe())
    days, colours = every_bucket(frame.days), THEMES[theme]
    unit = "hour" if "T" in days[0] else "day"
    rows, labels, size = pooled(frame, days)
    heat = {
        "type": "heatmap",
        "z": rows,
        "x": [middle(day) for day in days],
        "y": list(range(len(rows))),
        "text": [[label] * len(days) for label in labels],
        "colorscale": [[i / (len(colours["ramp"]) - 1), colour] for i, colour in enumerate(colours["ramp"])],
        "zauto": False,  # else the scale starts at the lowest cell and a steady day looks like a pause
        "zmin": 0,
        "zmax": max(map(max, rows)),
        "colorbar": {
            "title": {"text": f"exchanges a {unit} and account", "font": {"size": 11}, "side": "right"},
            "thickness": 8,
            "outlinewidth": 0,
            "len": 0.9,
        },
        "xgap": 1 if len(days) <= 90 else 0,
        "ygap": 1,
        "hovertemplate": f"%{{text}}<br>%{{x|{HOVER[unit]}}} UTC: %{{z:.3~g}} exchanges an account<extra></extra>",
    }
    layout = layout_of(colours, 140 + max(5 * len(rows), 80), frame.marks, days)
    title = f"accounts by first {unit}" if size == 1 else f"accounts by first {unit}, {size} a row"
    layout["yaxis"] = {"title": axis_title(title), "autorange": "reversed", "fixedrange": True, "showgrid": False}
    layout["yaxis"] |= {"showticklabels": False, "ticks": "", "zeroline": False}
    table = {
        "head": ["Account", f"First {unit}, UTC", f"Last {unit}, UTC", f"{unit.capitalize()}s active", "Exchanges"],
        "rows": [_line(frame, i) for i in range(min(len(frame.account_ids), TABLE_ROWS))],
        "note": _note(len(frame.account_ids)),
    }
    return {"figure": {"data": [heat], "layout": layout}, "table": table, "text": words_of(frame)}


def volume(frame: VolumeFrame, theme: str) -> dict[str, Any]:
    """Exchanges a UTC day as bars, the harvest so far in output tokens as a line on its own axis where all are known."""
    if not frame.buckets:
        return empty(frame.describe())
    colours, days = THEMES[theme], every_day(frame.buckets)
    exchanges = dict(zip(frame.buckets, frame.exchanges, strict=True))
    bars: dict[str, Any] = {
        "type": "bar",
        "x": [middle(day) for day in days],
        "y": [exchanges.get(day, 0) for day in days],
    }
    bars |= {"marker": {"color": colours["bar"]}}
    bars["hovertemplate"] = "%{x|%-d %b %Y} UTC: %{y:,} exchanges<extra></extra>"
    layout = layout_of(colours, 260, frame.marks, days)
    data: list[dict[str, Any]] = [bars]
    axis = {"gridcolor": colours["line"], "zeroline": False, "fixedrange": True, "rangemode": "tozero", "nticks": 6}
    layout["yaxis"] = axis | {"title": axis_title("exchanges a day (bars)"), "tickformat": ",d"}
    harvest = list(accumulate(frame.output_tokens))
    if harvest:
        so_far = dict(zip(frame.buckets, harvest, strict=True))
        line: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": bars["x"], "yaxis": "y2"}
        line["y"] = list(accumulate((so_far.get(day, 0) for day in days), max))
        line |= {"line": {"color": colours["ink"], "width": 1.5}}
        data.append(line | {"hovertemplate": "%{x|%-d %b %Y} UTC: %{y:,} output tokens so far<extra></extra>"})
        layout["yaxis2"] = axis | {
            "title": axis_title("output tokens so far (line)"),
            "overlaying": "y",
            "side": "right",
        }
        layout["yaxis2"] |= {"showgrid": False, "tickmode": "auto", "tickformat": "~s"}
    rows = [
        [day, count, *((frame.output_tokens[i], harvest[i]) if harvest else ("not known", "not known"))]
        for i, (day, count) in enumerate(zip(frame.buckets, frame.exchanges, strict=True))
    ]
    table = {"head": ["Day, UTC", "Exchanges", "Output tokens", "Output tokens so far"], "rows": rows, "note": ""}
    return {"figure": {"data": data, "layout": layout}, "table": table, "text": words_of(frame)}


def pooled(frame: ActivityFrame, days: list[str]) -> tuple[list[list[float]], list[str], int]:
    """At most 60 rows: neighbours in order of first day are averaged, and the row's label says how many it holds."""
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
        first = inert(frame.account_ids[start])
        labels.append(first if len(part) == 1 else f"{len(part)} accounts from {first}")
    return rows, labels, size


def every_bucket(buckets: tuple[str, ...]) -> list[str]:
    """All days, or all hours, from the first to the last.

    >>> every_bucket(("2026-05-01T22", "2026-05-02T00"))
    ['2026-05-01T22', '2026-05-01T23', '2026-05-02T00']
    """
    if "T" not in buckets[0]:
        return every_day(buckets)
    first, last = (datetime.fromisoformat(f"{bucket}:00") for bucket in (buckets[0], buckets[-1]))
    n = int((last - first).total_seconds() // 3600)
    return [f"{first + timedelta(hours=i):%Y-%m-%dT%H}" for i in range(n + 1)]


def every_day(days: tuple[str, ...]) -> list[str]:
    """All days from the first to the last, so that a pause is seen as one.

    >>> every_day(("2026-05-01", "2026-05-03"))
    ['2026-05-01', '2026-05-02', '2026-05-03']
    """
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    return [(first + timedelta(days=i)).isoformat() for i in range((last - first).days + 1)]


def middle(bucket: str) -> str:
    """The middle of a UTC day or hour: a cell or bar then covers its own, and a mark falls where it belongs."""
    return f"{bucket.replace('T', ' ')}:30" if "T" in bucket else f"{bucket} 12:00"


def _line(frame: ActivityFrame, i: int) -> list[Any]:
    active = [day for day, n in zip(frame.days, frame.counts[i], strict=True) if n]
    return [one_line(frame.account_ids[i], 60), active[0], active[-1], len(active), sum(frame.counts[i])]


def _note(n_accounts: int) -> str:
    return f"The first {TABLE_ROWS:,} of {n_accounts:,} accounts by first day." if n_accounts > TABLE_ROWS else ""


def words_of(frame: ActivityFrame | VolumeFrame) -> str:
    """The frame in words with its marks, since the marks are drawn only."""
    if not frame.marks:
        return frame.describe()
    told = "; ".join(f"{_moment(mark)} UTC {one_line(mark.label, 80)}" for mark in frame.marks)
    return f"{frame.describe()} Marked: {told}."


def layout_of(colours: dict[str, Any], height: int, marks: tuple[Mark, ...], days: list[str]) -> dict[str, Any]:
    # A mark far from the days shown would squeeze them; it stays in the words below the chart.
    ordered = sorted((mark for mark in marks if days[0][:10] <= _moment(mark)[:10] <= _later(days[-1][:10])), key=_at)
    lines = min(len(ordered), MARK_LINES)
    return {
        "height": height,
        "margin": {"l": 56, "r": 64, "t": 12 + 16 * lines, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": colours["ink"], "size": 11, "family": "ui-sans-serif, system-ui, sans-serif"},
        "showlegend": False,
        "bargap": 0.15,
        "xaxis": {
            "type": "date",
            "showgrid": False,
            "fixedrange": True,
            "zeroline": False,
            "tickformat": "%-d %b",
            "range": [days[0].replace("T", " "), _end(days, ordered)],
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": colours["line"],
            "title": axis_title(f"{'hour' if 'T' in days[0] else 'day'}, UTC ({span(days)})"),
        },
        "shapes": [_stroke(mark, colours) for mark in ordered],
        "annotations": [_caption(mark, i, colours, days) for i, mark in enumerate(ordered)],
    }


def axis_title(text: str) -> dict[str, Any]:
    """An axis title in the size of the ticks: it names what they count and does not compete with the card's heading."""
    return {"text": text, "font": {"size": 11}, "standoff": 10}


def span(days: list[str]) -> str:
    """First and last day as people write them.

    >>> span(["2026-09-06", "2026-09-22"]), span(["2025-12-30T00", "2026-01-02T23"])
    ('6 Sep to 22 Sep 2026', '30 Dec 2025 to 2 Jan 2026')
    """
    first, last = date.fromisoformat(days[0][:10]), date.fromisoformat(days[-1][:10])
    return f"{first:%-d %b}{'' if first.year == last.year else f' {first.year}'} to {last:%-d %b %Y}"


def _end(days: list[str], marks: list[Mark]) -> str:
    """Where the time axis ends: after the last bucket and mark. Left to itself it makes room for the words of the marks."""
    last = days[-1].replace("T", " ") + ":59" if "T" in days[-1] else f"{days[-1]} 23:59"
    return max(last, *(_moment(mark) for mark in marks)) if marks else last


def _stroke(mark: Mark, colours: dict[str, Any]) -> dict[str, Any]:
    at, stroke = _moment(mark), {"color": colours[mark.kind], "dash": DASHES[mark.kind], "width": 1.5}
    return {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": stroke}


def _caption(mark: Mark, i: int, colours: dict[str, Any], days: list[str]) -> dict[str, Any]:
    """A mark's words at its line: neighbours stand on different lines, and those near the right edge lead up to it."""
    at = _moment(mark)
    side = "right" if at[:10] > days[len(days) // 2][:10] else "left"
    return {
        "x": at,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 14 * (i % MARK_LINES),
        "xanchor": side,
        "text": inert(mark.label),
        "showarrow": False,
        "font": {"color": colours[mark.kind], "size": 11},
    }


def _at(mark: Mark) -> int:
    return mark.at_us


def _later(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=NEAR_DAYS)).isoformat()


def _moment(mark: Mark) -> str:
    return datetime.fromtimestamp(mark.at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")


def inert(text: str) -> str:
    """Text of others as Plotly prints it: Plotly reads some HTML in labels, so none may reach it."""
    return html.escape(one_line(text, 40), quote=False)


def empty(text: str) -> dict[str, Any]:
    return {"figure": None, "table": None, "text": text}
