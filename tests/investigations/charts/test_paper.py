"""Charts on paper: the same bytes each time, marks in their place, hostile labels inert."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from core.clock import to_us
from investigations.charts import paper
from investigations.charts.frames import Frame, Mark, activity_frame, capability_frame, volume_frame
from investigations.charts.paper import draw, figure_line

DAYS = ("2026-05-01", "2026-05-02", "2026-05-06")
MARKS = (
    Mark(to_us(datetime(2026, 5, 2, 12, tzinfo=UTC)), "model-2 released", "release"),
    Mark(to_us(datetime(2026, 5, 3, tzinfo=UTC)), "provider closed 4 accounts", "closure"),
    Mark(to_us(datetime(2026, 11, 3, tzinfo=UTC)), "suspend: 40 accounts", "enforcement"),
)


def frames(marks: tuple[Mark, ...] = MARKS) -> list[Frame]:
    cells = [(f"acct-{n:03d}", day, n % 7 + 1) for n in range(40) for day in DAYS]
    return [
        activity_frame("Who was active when", cells, marks=marks),
        volume_frame("A day", [(day, 10, 900) for day in DAYS], marks=marks),
        volume_frame("A day", [(day, 10, None) for day in DAYS], marks=marks),
        capability_frame("Asked for", [("rubric grading", 7), ("no task tag", 3)], total=10),
    ]


@pytest.mark.parametrize("number", range(4))
def test_equal_frames_give_equal_bytes(number: int) -> None:
    first, second = draw(frames()[number]), draw(frames()[number])
    assert first == second
    assert first[0].startswith(b"<?xml") and first[1].startswith(b"\x89PNG")


@pytest.mark.parametrize(("number", "panels"), [(0, 1), (1, 2), (2, 1)])
def test_marks_within_the_days_are_drawn_in_each_panel(number: int, panels: int) -> None:
    with_marks, without = (draw(frames(marks)[number])[0].decode() for marks in (MARKS, ()))
    for colour, _ in (paper.MARKS["release"], paper.MARKS["closure"]):
        assert len(re.findall(f"stroke: {colour}", with_marks)) == panels
        assert colour not in without
    assert paper.MARKS["enforcement"][0] not in with_marks  # its day is not shown; the legend says so


def test_a_mark_lies_at_its_hour() -> None:
    days = ["2026-05-01", "2026-05-02", "2026-05-03"]
    assert paper._place(MARKS[0], days) == 1.0
    assert paper._place(MARKS[1], days) == 1.5


def test_the_legend_names_each_mark_and_says_what_lies_outside() -> None:
    days = ["2026-05-01", "2026-05-02", "2026-05-03"]
    assert figure_line(1, MARKS[0], days) == "[1] 2026-05-02 12:00 UTC  release: model-2 released"
    assert figure_line(3, MARKS[2], days).endswith("suspend: 40 accounts (outside the days shown)")


def test_days_without_exchanges_take_their_room() -> None:
    assert paper._every_day("2026-04-30", "2026-05-02") == ["2026-04-30", "2026-05-01", "2026-05-02"]


@pytest.mark.parametrize(
    "empty", [activity_frame("x", []), volume_frame("x", []), capability_frame("x", [], total=0)], ids=["a", "v", "c"]
)
def test_an_empty_frame_is_drawn_as_such(empty: Frame) -> None:
    assert draw(empty)[0].startswith(b"<?xml")


def test_hostile_labels_are_neither_formula_nor_markup() -> None:
    hostile = r"$\frac{1}{" + "</svg><script>x</script>\u202e"
    svg, _ = draw(capability_frame(hostile, [(hostile, 1)], total=1))
    assert b"<script>" not in svg and "\u202e".encode() not in svg
