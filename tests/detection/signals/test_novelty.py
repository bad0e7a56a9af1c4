"""N1: what is asked nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from detection.signals import novelty
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(12))


def test_known_answer():
    made = worlds.log(300)
    made.accounts.loc[MEMBERS, "fresh"] = made.accounts.loc[MEMBERS, "n"].astype(float)
    reading = novelty.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.value, reading.p) == (1.0, 1 / 289)


def test_uninformative_where_honest_customers_never_repeat_either():
    made = worlds.log(300)
    made.accounts["fresh"] = made.accounts["n"].astype(float)
    reading = novelty.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.value, reading.p) == (1.0, None)
    assert reading.p_reason.startswith("uninformative")


def test_null_is_kept():
    """The unit is one more customer."""

    def p_of(seed: int) -> float | None:
        made = worlds.log(240, seed=seed, days=2)
        member = int(np.random.default_rng(seed + 1000).integers(240))
        return novelty.read(worlds.unit(made, [member]), worlds.context(made)).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], [0, 1], list(range(240))])
def test_degenerate_units(members):
    made = worlds.log(240)
    assert_sound(novelty.read(worlds.unit(made, members), worlds.context(made)))
    made.accounts["fresh"] = 0.0
    assert_sound(novelty.read(worlds.unit(made, members), worlds.context(made)))


def test_names_order_and_hours_change_nothing():
    made = worlds.log(240)
    assert_invariant(novelty.read, worlds.unit(made, MEMBERS), worlds.context(made), hours=5)
