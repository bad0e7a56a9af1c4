"""X2: shared hours beyond the rhythms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from detection.analysis.tables import HOUR_US
from detection.signals import lockstep
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(12))


def test_shared_hours_are_seen_and_shared_days_of_one_rhythm_are_not():
    made = worlds.log(60)
    rng = np.random.default_rng(3)
    base = worlds.START_US // HOUR_US
    together = np.sort(rng.choice(28 * 24, 90, replace=False)) + base
    rows = [{"account": a, "hour": int(h), "n": 1} for a in MEMBERS for h in together if rng.random() < 0.8]
    hours = pd.DataFrame(rows)
    reading = lockstep.read(worlds.unit(made, MEMBERS, hours=hours), worlds.context(made))
    assert reading.p == 1 / 200
    assert reading.value is not None and reading.value > 2
    daily = pd.DataFrame([{"account": a, "hour": base + 24 * d + 9, "n": 1} for a in MEMBERS for d in range(28)])
    assert lockstep.read(worlds.unit(made, MEMBERS, hours=daily), worlds.context(made)).p == 1.0


def test_null_is_kept():
    """Accounts that choose their hours on their own, few enough for the excess to reach what is called lockstep."""

    def p_of(seed: int) -> float | None:
        made = worlds.log(60, seed=seed, days=14, rate=0.6)
        members = sorted(int(i) for i in np.random.default_rng(seed + 1000).choice(60, 8, replace=False))
        return lockstep.read(worlds.unit(made, members), worlds.context(made)).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], [0, 1], list(range(30))])
def test_degenerate_units(members):
    made = worlds.log(30)
    assert_sound(lockstep.read(worlds.unit(made, members), worlds.context(made)))
    assert_sound(lockstep.read(worlds.unit(made, members, hours=made.activity.iloc[:0]), worlds.context(made)))


def test_names_order_and_days_change_nothing():
    made = worlds.log(60)
    assert_invariant(lockstep.read, worlds.unit(made, MEMBERS), worlds.context(made), hours=48)
