"""Figures: the page's colours, a day's cell on its own day, many accounts in few rows, nothing of others read as markup."""

from __future__ import annotations

import json

import pytest

from core.clock import DAY, HOUR
from investigations.charts import screen
from investigations.charts.frames import Mark, activity_frame, volume_frame

MAY_1 = 20_574 * DAY  # 2026-05-01


@pytest.mark.parametrize("theme", screen.THEMES)
def test_a_pause_is_drawn_and_a_cell_covers_its_own_day(theme: str) -> None:
    chart = screen.activity(activity_frame("Who", [("a", "2026-05-01", 2), ("a", "2026-05-03", 4)]), theme)
    heat = chart["figure"]["data"][0]
    assert heat["x"] == ["2026-05-01 12:00", "2026-05-02 12:00", "2026-05-03 12:00"]
    assert heat["z"] == [[2.0, 0.0, 4.0]]
    assert (heat["zauto"], heat["zmin"], heat["zmax"]) == (False, 0, 4.0), "the scale starts at nothing"
    assert [colour for _, colour in heat["colorscale"]] == list(screen.THEMES[theme]["ramp"])
    assert chart["table"]["rows"] == [["a", "2026-05-01", "2026-05-03", 2, 6]]


def test_many_accounts_share_rows_by_first_day_and_the_sum_is_kept() -> None:
    cells = [(f"acct-{n:04d}", f"2026-05-{1 + n % 28:02d}", n % 7 + 1) for n in range(950)]
    chart = screen.activity(activity_frame("Who", cells, limit=20_000), "light")
    heat = chart["figure"]["data"][0]
    assert len(heat["z"]) <= screen.MAX_ROWS
    sizes = [int(row[0].split()[0]) for row in heat["text"]]
    assert sum(sizes) == 950
    drawn = sum(sum(row) * size for row, size in zip(heat["z"], sizes, strict=True))
    assert drawn == pytest.approx(sum(n for _, _, n in cells))
    assert chart["table"]["note"] == "The first 200 of 950 accounts by first day."


def test_names_of_others_never_reach_plotly_as_markup() -> None:
    hostile = '<a href="javascript:x">\u202eacct</a>'
    frame = activity_frame("Who", [(hostile, "2026-05-01", 1)], marks=[Mark(MAY_1, f"{hostile} released", "release")])
    written = json.dumps(screen.activity(frame, "light")["figure"])
    assert "<a" not in written and "&lt;a" in written and "\\u202e" not in written


def test_marks_are_drawn_at_their_moment_and_told_in_words() -> None:
    marks = [
        Mark(MAY_1 + 15 * HOUR, "model-2 released", "release"),
        Mark(MAY_1 + DAY, "suspend: 9 accounts", "enforcement"),
    ]
    chart = screen.volume(volume_frame("Volume", [("2026-05-01", 5, 50), ("2026-05-03", 1, 9)], marks=marks), "dark")
    layout = chart["figure"]["layout"]
    assert [shape["x0"] for shape in layout["shapes"]] == ["2026-05-01 15:00", "2026-05-02 00:00"]
    assert [shape["line"]["color"] for shape in layout["shapes"]] == ["#4fc3a1", "#f2857d"]
    assert "Marked: 2026-05-01 15:00 UTC model-2 released; 2026-05-02 00:00 UTC suspend: 9 accounts." in chart["text"]


def test_unknown_tokens_draw_no_line_and_are_named_in_the_table() -> None:
    known = screen.volume(volume_frame("Volume", [("2026-05-01", 5, 50)]), "light")
    unknown = screen.volume(volume_frame("Volume", [("2026-05-01", 5, None)]), "light")
    assert len(known["figure"]["data"]) == 2 and known["table"]["rows"] == [["2026-05-01", 5, 50, 50]]
    assert len(unknown["figure"]["data"]) == 1 and unknown["table"]["rows"] == [
        ["2026-05-01", 5, "not known", "not known"]
    ]


def test_nothing_to_show_says_so() -> None:
    for chart in (screen.activity(activity_frame("Who", []), "light"), screen.volume(volume_frame("V", []), "light")):
        assert chart["figure"] is None and "no exchanges to show" in chart["text"]
