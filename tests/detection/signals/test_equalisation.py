"""X4: unnaturally equal loads."""

from __future__ import annotations

import numpy as np
import pytest

from detection.signals import equalisation
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(12))


def test_known_answer():
    made = worlds.log(200)
    made.accounts.loc[MEMBERS, "n"] = 100
    reading = equalisation.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert reading.value == pytest.approx(0.0, abs=1e-12)
    assert reading.p == 1 / 200


def test_null_is_kept():
    """Random customers of loads that are all rather even, so that every unit reaches the test."""

    def p_of(seed: int) -> float | None:
        made = worlds.log(240, seed=seed, days=2)
        rng = np.random.default_rng(seed + 1000)
        made.accounts["n"] = rng.integers(80, 200, 240)
        members = sorted(int(i) for i in rng.choice(240, 8, replace=False))
        return equalisation.read(worlds.unit(made, members), worlds.context(made)).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], list(range(8)), list(range(60))])
def test_degenerate_units(members):
    made = worlds.log(60)
    assert_sound(equalisation.read(worlds.unit(made, members), worlds.context(made)))
    made.accounts["n"] = 50
    tied = equalisation.read(worlds.unit(made, members), worlds.context(made))
    assert_sound(tied)
    assert tied.p in (None, 1.0)


def test_names_order_and_hours_change_nothing():
    made = worlds.log(240)
    assert_invariant(equalisation.read, worlds.unit(made, MEMBERS), worlds.context(made), hours=5)
