"""Figures for the screen: pooled above 60 accounts, every day present, an empty state in words."""

from investigations.charts.frames import activity_frame, volume_frame
from investigations.charts.screen import synchrony, volume


def test_many_accounts_share_rows_and_the_table_keeps_each():
    frame = activity_frame("Activity", [(f"a{i:03d}", "2026-05-01", 2) for i in range(130)], limit=1000)
    chart = synchrony(frame, "light")
    heat = chart["figure"]["data"][0]
    assert len(heat["z"]) == 44
    assert heat["y"][0] == "3 accounts from a000"
    assert heat["z"][0] == [2.0]
    assert len(chart["table"]["rows"]) == 130


def test_a_silent_day_keeps_its_column():
    frame = activity_frame("Activity", [("a", "2026-05-01", 2), ("a", "2026-05-03", 1)])
    assert synchrony(frame, "dark")["figure"]["data"][0]["z"] == [[2.0, 0.0, 1.0]]


def test_volume_runs_up_to_its_total():
    frame = volume_frame("Volume", [("2026-05-01", 2, 10), ("2026-05-02", 3, None)])
    chart = volume(frame, "light")
    assert chart["figure"]["data"][1]["y"] == [2, 5]
    assert chart["table"]["rows"][0] == ["2026-05-01", 2, "not known"]


def test_nothing_to_draw_is_said_in_words():
    chart = synchrony(activity_frame("Activity", []), "light")
    assert chart["figure"] is None
    assert chart["text"] == "Activity: no exchanges to show."
