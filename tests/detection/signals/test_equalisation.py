"""X4: unnaturally equal loads."""

from __future__ import annotations

import numpy as np
import pytest

from detection.signals import OTHER_VERSIONS, equalisation
from detection.tuning.signal_versions import CHOICES, SIGNAL_VERSIONS
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(12))
both_versions = pytest.mark.parametrize("read", [equalisation.read, equalisation.read_relative])


@both_versions
def test_known_answer(read):
    made = worlds.log(200)
    made.accounts.loc[MEMBERS, "n"] = 100
    reading = read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert reading.value == pytest.approx(0.0, abs=1e-12)
    assert reading.p == 1 / 200


@both_versions
def test_null_is_kept(read):
    """Random customers of loads that are all rather even, so that every unit reaches the test."""

    def p_of(seed: int) -> float | None:
        made = worlds.log(240, seed=seed, days=2)
        rng = np.random.default_rng(seed + 1000)
        made.accounts["n"] = rng.integers(80, 200, 240)
        members = sorted(int(i) for i in rng.choice(240, 8, replace=False))
        return read(worlds.unit(made, members), worlds.context(made)).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], list(range(8)), list(range(60))])
@both_versions
def test_degenerate_units(read, members):
    made = worlds.log(60)
    assert_sound(read(worlds.unit(made, members), worlds.context(made)))
    made.accounts["n"] = 50
    tied = read(worlds.unit(made, members), worlds.context(made))
    assert_sound(tied)
    assert tied.p in (None, 1.0)


@both_versions
def test_names_order_and_hours_change_nothing(read):
    made = worlds.log(240)
    assert_invariant(read, worlds.unit(made, MEMBERS), worlds.context(made), hours=5)


def test_the_relative_spread_is_that_of_the_volumes_themselves():
    made = worlds.log(200)
    made.accounts.loc[MEMBERS, "n"] = [100, 300] * 6
    reading = equalisation.read_relative(worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.value, reading.version) == (pytest.approx(0.5), "2")
    assert equalisation.read(worlds.unit(made, MEMBERS), worlds.context(made)).value == pytest.approx(np.log(3) / 2)


def test_every_version_that_can_be_chosen_has_a_reader_that_says_so():
    made, chosen = worlds.log(60), {f"{v.signal}={v.version}": v for v in SIGNAL_VERSIONS}
    usual = {f"{choice.signal}={choice.default}" for choice in CHOICES}
    assert set(OTHER_VERSIONS) == set(chosen) - usual
    for name, reader in OTHER_VERSIONS.items():
        reading = reader(worlds.unit(made, MEMBERS), worlds.context(made))
        assert f"{reading.signal}={reading.version}" == name
