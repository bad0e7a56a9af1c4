"""X3: newcomers after closures."""

from __future__ import annotations

import numpy as np
import pytest

from detection.analysis.tables import DAY_US, HOUR_US
from detection.signals import succession
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(12))


def closed(seed: int | None = None):
    """Six closures; six newcomers two hours after one common closure, or at random times."""
    made = worlds.log(60)
    closure = worlds.START_US + 14 * DAY_US
    made.accounts["created_at_us"] = np.nan
    made.accounts["closed_at_us"] = np.nan
    first = made.accounts["first_us"].to_numpy().copy()
    if seed is None:
        moments, starts = np.full(6, closure), np.full(6, closure + 2 * HOUR_US)
    else:
        rng = np.random.default_rng(seed)
        moments, starts = worlds.START_US + (rng.random((2, 6)) * 28 * DAY_US).astype(np.int64)
    first[6:12] = starts
    made.accounts.loc[0:5, "closed_at_us"] = moments
    made.accounts["first_us"] = first
    made.accounts.loc[6:11, "created_at_us"] = starts - DAY_US
    made.accounts.loc[0:5, "created_at_us"] = worlds.START_US - 300 * DAY_US
    return made


def test_counts_newcomers_after_a_closure():
    made = closed()
    reading = succession.read(worlds.unit(made, MEMBERS), worlds.context(made, draws_tail=1999))
    assert reading.value == 6
    assert reading.accounts == tuple(f"a{i:04d}" for i in range(6, 12))
    assert reading.p is not None and reading.p < 0.06  # one wave of one day in 28


def test_null_is_kept():
    """Closures and arrivals at random times of the window."""

    def p_of(seed: int) -> float | None:
        made = closed(seed)
        return succession.read(worlds.unit(made, MEMBERS), worlds.context(made)).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], [0, 6], list(range(60))])
def test_degenerate_units(members):
    for made in (closed(), worlds.log(60)):
        assert_sound(succession.read(worlds.unit(made, members), worlds.context(made)))


def test_names_order_and_hours_change_nothing():
    made = closed()
    assert_invariant(succession.read, worlds.unit(made, MEMBERS), worlds.context(made), hours=5)
