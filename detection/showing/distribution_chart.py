"""A signal's values over the units of a run as a Plotly figure, with the table of the same numbers and words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.figures import p_value

# The tokens of desk.css; Plotly cannot read custom properties.
THEMES: dict[str, dict[str, str]] = {
    "light": {"ink": "#57606a", "line": "#e3e4e1", "confirmed": "#b4460f", "honest": "#0b7a5c", "open": "#9dbce4"},
    "dark": {"ink": "#a3abb5", "line": "#2b3038", "confirmed": "#f0935c", "honest": "#4fc3a1", "open": "#35547f"},
}
ROWS = {"confirmed": 2, "honest": 1, "open": 0}
WORDS = {"confirmed": "confirmed", "honest": "honest", "open": "not judged"}
MOST = 2_000
LANES = 9


def distribution(
    title: str, value_unit: str, values: Sequence[tuple[int, str, float, float | None]], n_units: int, theme: str
) -> dict[str, Any]:
    """Units as dots, one row for each standing. `values`: (unit number, standing, value, p) where the signal has a value.

    Above 2,000 units every row keeps its own quantiles: units in order of value, evenly spaced. Raises KeyError for a theme
    that is not light or dark.
    """
    words = _words(title, values, n_units)
    if not values:
        return {"figure": None, "table": None, "text": words}
    colours = THEMES[theme]
    shown = {standing: _thinned([v for v in values if v[1] == standing]) for standing in ROWS}
    data = [_dots(standing, shown[standing], colours) for standing in ROWS if shown[standing]]
    rows = [
        [f"unit {unit}", WORDS[standing], round(value, 6), p_value(p)]
        for unit, standing, value, p in sorted(values, key=lambda v: (-ROWS[v[1]], -v[2], v[0]))[:MOST]
    ]
    table = {"head": ["Unit", "People say", value_unit or "value", "p"], "rows": rows, "note": ""}
    return {"figure": {"data": data, "layout": _layout(value_unit, colours)}, "table": table, "text": words}


def _thinned(values: list[tuple[int, str, float, float | None]]) -> list[tuple[int, str, float, float | None]]:
    ordered = sorted(values, key=lambda v: (v[2], v[0]))
    most = MOST // len(ROWS)
    if len(ordered) <= most:
        return ordered
    return [ordered[i * (len(ordered) - 1) // (most - 1)] for i in range(most)]


def _dots(standing: str, values: list[tuple[int, str, float, float | None]], colours: dict[str, str]) -> dict[str, Any]:
    """Neighbours in value stand in different lanes of their row, so that ties are seen as many."""
    lanes = [(i % LANES - LANES // 2) / LANES * 0.6 for i in range(len(values))]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [value for _, _, value, _ in values],
        "y": [ROWS[standing] + lane for lane in lanes],
        "text": [f"unit {unit}, {'no p' if p is None else f'p {p_value(p)}'}" for unit, _, _, p in values],
        "hovertemplate": "%{text}: %{x:.4~g}<extra>" + WORDS[standing] + "</extra>",
        "marker": {"color": colours[standing], "size": 7, "opacity": 0.75},
    }


def _layout(value_unit: str, colours: dict[str, str]) -> dict[str, Any]:
    return {
        "height": 260,
        "margin": {"l": 84, "r": 16, "t": 12, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": colours["ink"], "size": 11, "family": "ui-sans-serif, system-ui, sans-serif"},
        "showlegend": False,
        "xaxis": {
            "title": {"text": value_unit or "value"},
            "gridcolor": colours["line"],
            "zeroline": False,
            "fixedrange": True,
        },
        "yaxis": {
            "tickvals": list(ROWS.values()),
            "ticktext": [WORDS[standing] for standing in ROWS],
            "range": [-0.5, 2.5],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
    }


def _words(title: str, values: Sequence[tuple[int, str, float, float | None]], n_units: int) -> str:
    """The figure in words: how many units of each standing, and their middle value."""
    parts = []
    for standing, word in WORDS.items():
        own = sorted(value for _, name, value, _ in values if name == standing)
        if own:
            parts.append(f"{len(own)} {word}, middle value {own[len(own) // 2]:.3g}")
    told = "; ".join(parts) or "none"
    return f"{title}: calculable on {len(values)} of {n_units} units ({told})."
