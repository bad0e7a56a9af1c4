"""I3: sign-ups closer together than everybody else explains."""

from __future__ import annotations

import numpy as np
import pytest

from detection.analysis.tables import DAY_US
from detection.signals import onboarding
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(12))


def signed_up(seed: int = 1, n: int = 300):
    made = worlds.log(n, seed=seed, days=2)
    rng = np.random.default_rng(seed + 500)
    made.accounts["created_at_us"] = worlds.START_US - rng.integers(0, 400 * DAY_US, n)
    return made


def test_known_answer():
    made = signed_up()
    made.accounts.loc[MEMBERS, "created_at_us"] = worlds.START_US - 100 * DAY_US
    reading = onboarding.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.value, reading.p) == (1.0, 1 / 200)


def test_a_launch_day_is_as_wide_as_its_sign_ups():
    made = signed_up()
    made.accounts.loc[:199, "created_at_us"] = worlds.START_US - 100 * DAY_US + np.arange(200)
    members = list(range(0, 200, 17))
    reading = onboarding.read(worlds.unit(made, members), worlds.context(made))
    assert reading.p is not None and reading.p > 0.05


def test_null_is_kept():
    """Random customers of one plan and country."""

    def p_of(seed: int) -> float | None:
        made = signed_up(seed, 300)
        members = sorted(int(i) for i in np.random.default_rng(seed + 1000).choice(300, 8, replace=False))
        return onboarding.read(worlds.unit(made, members), worlds.context(made)).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], list(range(5)), list(range(300))])
def test_degenerate_units(members):
    made = signed_up()
    assert_sound(onboarding.read(worlds.unit(made, members), worlds.context(made)))
    made.accounts["created_at_us"] = float(worlds.START_US)
    assert_sound(onboarding.read(worlds.unit(made, members), worlds.context(made)))
    made.accounts["created_at_us"] = np.nan
    assert_sound(onboarding.read(worlds.unit(made, members), worlds.context(made)))


def test_names_order_and_hours_change_nothing():
    made = signed_up()
    made.accounts["created_at_us"] = made.accounts["created_at_us"].astype("float64")
    assert_invariant(onboarding.read, worlds.unit(made, MEMBERS), worlds.context(made), hours=5)


def test_reaching_the_count_is_scoring_as_high():
    """The rank needs no whole scan of each draw: the smallest counts that score as high say the same."""
    rng = np.random.default_rng(4)
    widths = [5, 25, 100]
    first = onboarding.scan(rng.integers(0, 500, (299, 30)), widths)
    drawn = rng.integers(0, 500, (500, 30))
    scores = onboarding._best_rank(onboarding.scan(drawn, widths), first)
    for seen in onboarding.scan(rng.integers(0, 500, (20, 30)), widths):
        value = float(onboarding._best_rank(seen[None, :], first)[0])
        enough = onboarding._enough(seen[None, :], first, 30)
        assert (onboarding._reaching(drawn, widths, enough) == (scores >= value - 1e-9)).all()
