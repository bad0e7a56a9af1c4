"""A chart on paper: SVG and PNG with nothing in them that differs from one writing to the next."""

from __future__ import annotations

import io
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib.figure import Figure

from core.text import one_line
from investigations.charts.frames import ActivityFrame, Frame, VolumeFrame

_RC: Any = {"svg.hashsalt": "stillwatch", "svg.fonttype": "path", "text.parse_math": False, "font.size": 9}


def draw(frame: Frame) -> tuple[bytes, bytes]:
    """(SVG, PNG) of the frame; byte-equal for equal frames."""
    with matplotlib.rc_context(_RC):
        figure = Figure(figsize=(7.2, 3.8), layout="constrained")
        axes = figure.subplots()
        _draw(frame, figure, axes)
        axes.set_title(one_line(frame.title), fontsize=10, loc="left")
        svg, png = io.BytesIO(), io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png, format="png", dpi=144, metadata={"Software": None})
    return svg.getvalue(), png.getvalue()


def _draw(frame: Frame, figure: Figure, axes: Any) -> None:
    if isinstance(frame, ActivityFrame):
        _activity(frame, figure, axes)
    elif isinstance(frame, VolumeFrame):
        places = range(len(frame.buckets))
        axes.bar(places, frame.exchanges, color="#1d5fa8")
        _days(axes, frame.buckets)
        axes.set_ylabel("exchanges")
    else:
        labels = [one_line(label, 40) for label in frame.labels]
        axes.barh(range(len(labels)), frame.counts, color="#1d5fa8")
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        axes.set_xlabel(f"exchanges (of {frame.total:,})")


def _activity(frame: ActivityFrame, figure: Figure, axes: Any) -> None:
    if not frame.account_ids or not frame.days:
        axes.text(0.5, 0.5, "no exchanges to show", ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    image = axes.imshow(frame.counts, aspect="auto", cmap="Blues", vmin=0, interpolation="nearest")
    figure.colorbar(image, ax=axes, label="exchanges")
    _days(axes, frame.days)
    few = len(frame.account_ids) <= 25
    names = [one_line(name, 24) for name in frame.account_ids]
    axes.set_yticks(range(len(names)) if few else [], names if few else [])
    axes.set_ylabel(f"{len(names):,} of {frame.shown_of:,} accounts, by first day")


def _days(axes: Any, days: tuple[str, ...]) -> None:
    step = max(1, len(days) // 8)
    axes.set_xticks(range(0, len(days), step), days[::step], rotation=30, ha="right")
    axes.set_xlabel("day (UTC)")
