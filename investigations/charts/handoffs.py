"""Days on which many accounts fall silent while as many begin: where one pool seems to take over from another. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import date

from core.clock import DAY
from investigations.charts.frames import ActivityFrame, Mark

SHARE = 0.05  # of the accounts, on either side
FEWEST = 3
MOST = 4
EPOCH = date(1970, 1, 1)


def handoffs(frame: ActivityFrame) -> list[Mark]:
    """The days on which at least 5 % of the accounts (and three) were last seen the day before or on it, and as many were
    first seen on it or the day after; the largest four. A mark says that the two coincide, not that one caused the other.
    The first and the last two days of the frame are left out: there everything begins or ends.

    >>> from investigations.charts.frames import activity_frame
    >>> days = [f"2026-05-{d:02d}" for d in range(1, 11)]
    >>> old = [(f"a{i}", day, 1) for i in range(5) for day in days[:5]]
    >>> new = [(f"b{i}", day, 1) for i in range(5) for day in days[5:]]
    >>> [mark.label for mark in handoffs(activity_frame("", old + new))]
    ['5 fall silent, 5 begin']
    """
    if len(frame.days) < 5:
        return []
    active = [[day for day, n in zip(frame.days, counts, strict=True) if n] for counts in frame.counts]
    first, last = Counter(days[0] for days in active if days), Counter(days[-1] for days in active if days)
    needed = max(FEWEST, SHARE * len(frame.account_ids))
    found = []
    for i in range(2, len(frame.days) - 2):
        before, day, after = frame.days[i - 1 : i + 2]
        ends, begins = last[before] + last[day], first[day] + first[after]
        if min(ends, begins) >= needed:
            found.append((min(ends, begins), i, ends, begins))
    kept: list[tuple[int, int, int, int]] = []
    for one in sorted(found, key=lambda one: (-one[0], one[1])):
        if all(abs(one[1] - other[1]) > 2 for other in kept):
            kept.append(one)
    return [
        Mark(
            (date.fromisoformat(frame.days[i]) - EPOCH).days * DAY + DAY // 2,
            f"{ends} fall silent, {begins} begin",
            "handoff",
        )
        for _, i, ends, begins in sorted(kept[:MOST], key=lambda one: one[1])
    ]
