"""H1: requests worded to make training data."""

from __future__ import annotations

import numpy as np
import pytest

from detection.signals import elicitation
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(12))


def test_known_answer():
    made = worlds.log(300)
    for measure in ("tagged", "elicited"):
        made.accounts.loc[MEMBERS, measure] = made.accounts.loc[MEMBERS, "n"]
    reading = elicitation.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert reading.value == 1.0
    assert reading.p == 1 / 289  # 288 customers outside, none as high
    assert "288 customers" in reading.reference


def test_without_a_tag_p_is_one():
    made = worlds.log(300)
    made.accounts[["tagged", "elicited"]] = 0
    assert elicitation.read(worlds.unit(made, MEMBERS), worlds.context(made)).p == 1.0


def test_verified_customers_are_the_reference_where_enough_are_known():
    made = worlds.log(300)
    context = worlds.context(made)
    context.cleared[12:] = True
    reading = elicitation.read(worlds.unit(made, MEMBERS, forming=("I1",)), context)
    assert reading.reference.startswith("288 verified or cleared customers")


@pytest.mark.parametrize("forming", ["I1", "X1"])
def test_null_is_kept(forming):
    """For identifiers random accounts; for a text one more customer."""

    def p_of(seed: int) -> float | None:
        made = worlds.log(240, seed=seed, days=2)
        members = np.random.default_rng(seed + 1000).choice(240, 8 if forming == "I1" else 1, replace=False)
        unit = worlds.unit(made, sorted(int(i) for i in members), forming=(forming,))
        return elicitation.read(unit, worlds.context(made)).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], [0, 1], list(range(30))])
def test_degenerate_units(members):
    made = worlds.log(30)
    for share in (0, 1):
        made.accounts["tagged"] = made.accounts["elicited"] = made.accounts["n"] * share
        assert_sound(elicitation.read(worlds.unit(made, members), worlds.context(made)))


def test_names_order_and_hours_change_nothing():
    made = worlds.log(240)
    assert_invariant(elicitation.read, worlds.unit(made, MEMBERS), worlds.context(made), hours=5)
