"""A chart on paper: SVG and PNG with nothing in them that differs from one writing to the next."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from core.clock import DAY, from_us
from core.figures import compact, percent
from core.text import one_line
from investigations.charts.frames import ActivityFrame, Frame, Mark, VolumeFrame

BLUE = "#1d5fa8"
# Kinds differ by colour and by dashes, so that a copy in grey still tells them apart.
MARKS: dict[str, tuple[str, Any]] = {
    "release": ("#0b7a5c", (0, (1, 1.5))),
    "closure": ("#8a5a00", (0, (5, 2))),
    "enforcement": ("#b3261e", "-"),
}
NAMED_ROWS = 25
POOLED_ROWS = 150  # about what the height of the drawing can tell apart
_RC: Any = {"svg.hashsalt": "stillwatch", "svg.fonttype": "path", "text.parse_math": False, "font.size": 9}


def draw(frame: Frame) -> tuple[bytes, bytes]:
    """(SVG, PNG) of the frame; byte-equal for equal frames."""
    with matplotlib.rc_context(_RC):
        marks = frame.marks if isinstance(frame, ActivityFrame | VolumeFrame) else ()
        figure = Figure(figsize=(7.2, 3.8 + 0.16 * len(marks)), layout="constrained")
        _draw(frame, figure)
        figure.suptitle(one_line(frame.title), fontsize=10, x=0.01, ha="left")
        svg, png = io.BytesIO(), io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png, format="png", dpi=144, metadata={"Software": None})
    return svg.getvalue(), png.getvalue()


def _draw(frame: Frame, figure: Figure) -> None:
    if isinstance(frame, ActivityFrame):
        _activity(frame, figure) if frame.account_ids and frame.days else _nothing(figure)
    elif isinstance(frame, VolumeFrame):
        _volume(frame, figure) if frame.buckets else _nothing(figure)
    elif not frame.labels:
        _nothing(figure)
    else:
        axes = figure.subplots()
        labels = [one_line(label, 40) for label in frame.labels]
        bars = axes.barh(range(len(labels)), frame.counts, color=BLUE)
        axes.bar_label(
            bars, [f"{n:,} ({percent(n / max(frame.total, 1))})" for n in frame.counts], padding=3, fontsize=8
        )
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        axes.margins(x=0.18)
        axes.xaxis.set_major_formatter(_COUNT)
        axes.set_xlabel(f"exchanges with the tag, of {frame.total:,}; one exchange may have several")


def _activity(frame: ActivityFrame, figure: Figure) -> None:
    axes: Any = figure.subplots()
    days = _every_day(frame.days[0], frame.days[-1])
    column = {day: place for place, day in enumerate(days)}
    cells = np.zeros((len(frame.account_ids), len(days)))
    cells[:, [column[day] for day in frame.days]] = frame.counts
    few = len(frame.account_ids) <= NAMED_ROWS
    size = -(-len(cells) // POOLED_ROWS)
    starts = range(0, len(cells), size)
    pooled = np.array([cells[start : start + size].mean(axis=0) for start in starts])
    bounds = (-0.5, len(days) - 0.5, len(starts) * size - 0.5, -0.5)
    image = axes.imshow(pooled, aspect="auto", cmap="Blues", vmin=0, interpolation="nearest", extent=bounds)
    axes.set_ylim(len(cells) - 0.5, -0.5)
    figure.colorbar(image, ax=axes, label="exchanges a day", shrink=0.8)
    names = [one_line(name, 24) for name in frame.account_ids]
    if few:
        axes.set_yticks(range(len(names)), names)
    else:
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    shown = f"{len(names):,} of {frame.shown_of:,} accounts"
    axes.set_ylabel(f"{shown}, by first day" + (f"\n(each row the mean of {size})" if size > 1 else ""))
    _time(axes, figure, days, frame.marks)


def _volume(frame: VolumeFrame, figure: Figure) -> None:
    days = _every_day(frame.buckets[0], frame.buckets[-1])
    column = {day: place for place, day in enumerate(days)}
    places = [column[day] for day in frame.buckets]
    known = bool(frame.output_tokens)
    panels = figure.subplots(2, 1, sharex=True) if known else [figure.subplots()]
    panels[0].bar(places, frame.exchanges, color=BLUE)
    panels[0].set_ylabel("exchanges a day")
    if known:
        panels[1].bar(places, frame.output_tokens, color="#5b8fd0")
        panels[1].set_ylabel("output tokens a day")
    else:
        panels[0].set_title("output tokens: not known for every exchange", fontsize=8, loc="right")
    for panel in panels:
        panel.yaxis.set_major_formatter(_COUNT)
        panel.set_xlim(-0.6, len(days) - 0.4)
    for panel in panels[:-1]:
        _lines(panel, days, frame.marks, numbered=True)
    _time(panels[-1], figure, days, frame.marks, numbered=not known)


def _time(axes: Any, figure: Figure, days: list[str], marks: tuple[Mark, ...], *, numbered: bool = True) -> None:
    """The time axis with its marks, numbered on the drawing and named below it."""
    _days(axes, tuple(days))
    _lines(axes, days, marks, numbered=numbered)
    if marks:
        lines = [figure_line(number, mark, days) for number, mark in enumerate(marks, 1)]
        figure.supxlabel("\n".join(lines), fontsize=7.5, x=0.01, ha="left")


def figure_line(number: int, mark: Mark, days: list[str]) -> str:
    """A mark as the drawing's legend names it."""
    outside = "" if 0 <= _place(mark, days) + 0.5 <= len(days) else " (outside the days shown)"
    return f"[{number}] {from_us(mark.at_us):%Y-%m-%d %H:%M} UTC  {mark.kind}: {one_line(mark.label, 80)}{outside}"


def _lines(axes: Any, days: list[str], marks: tuple[Mark, ...], *, numbered: bool) -> None:
    for number, mark in enumerate(marks, 1):
        place = _place(mark, days)
        if not 0 <= place + 0.5 <= len(days):
            continue
        colour, dashes = MARKS[mark.kind]
        axes.axvline(place, color=colour, linestyle=dashes, linewidth=1.3)
        if numbered:
            text = axes.annotate(
                f"[{number}]", (place, 1.01), xycoords=("data", "axes fraction"), ha="center", color=colour, fontsize=7
            )
            text.set_in_layout(False)


def _place(mark: Mark, days: list[str]) -> float:
    """Where the moment lies when the column of a day is centred on its number."""
    first = date.fromisoformat(days[0]).toordinal() - date(1970, 1, 1).toordinal()
    return mark.at_us / DAY - first - 0.5


def _days(axes: Any, days: tuple[str, ...]) -> None:
    step = max(1, -(-len(days) // 9))
    axes.set_xticks(range(0, len(days), step), days[::step], rotation=30, ha="right")
    axes.set_xlabel("day (UTC)")


def _every_day(first: str, last: str) -> list[str]:
    """All days between, so that a day without exchanges takes its room."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=n)).isoformat() for n in range((end - start).days + 1)]


def _nothing(figure: Figure) -> None:
    axes: Any = figure.subplots()
    axes.text(0.5, 0.5, "no exchanges to show", ha="center", va="center", transform=axes.transAxes)
    axes.set_axis_off()


_COUNT = FuncFormatter(lambda value, _: compact(int(value)) if value == int(value) else "")
