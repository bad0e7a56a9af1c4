"""H2: the share of tokens that are answers."""

from __future__ import annotations

import numpy as np
import pytest

from detection.signals import shape
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(12))


def log(seed: int = 1, n: int = 300):
    """Every customer has its own share of output tokens and many requests of it."""
    made = worlds.log(n, seed=seed, days=2)
    rng = np.random.default_rng(seed + 77)
    made.accounts["counted_tokens"] = made.accounts["n"] * 1_000
    made.accounts["counted_output"] = made.accounts["counted_tokens"] * rng.uniform(0.05, 0.6, n)
    return made


def test_known_answer():
    made = log()
    made.accounts.loc[MEMBERS, "counted_output"] = made.accounts.loc[MEMBERS, "counted_tokens"] * 0.9
    reading = shape.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert reading.value == pytest.approx(0.9)
    assert reading.p == 1 / 289
    assert "288 customers" in reading.reference


def test_what_stands_beside_it_changes_no_p():
    made = log()
    plain = shape.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert plain.parameters["share_at_token_limit"] is None
    made.accounts.loc[MEMBERS, ["limited", "capped", "unstreamed"]] = 10
    beside = shape.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert beside.parameters["share_at_token_limit"] == 1.0
    assert beside.p == plain.p


def test_unknown_token_counts_are_no_zero():
    made = log()
    made.accounts[["counted_tokens", "counted_output"]] = 0
    reading = shape.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.value, reading.p) == (None, None)
    assert reading.p_reason.startswith("not calculable: input and output tokens")


def test_customers_without_counts_are_no_reference():
    made = log()
    made.accounts.loc[200:, ["counted_tokens", "counted_output"]] = 0
    reading = shape.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert reading.p is None
    assert reading.reference.startswith("not calibrated: 188 customers")


def test_null_is_kept():
    """The unit is one more customer."""

    def p_of(seed: int) -> float | None:
        made = log(seed, 230)
        return shape.read(worlds.unit(made, [seed % 230]), worlds.context(made)).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], list(range(300))])
def test_degenerate_units(members):
    made = log()
    assert_sound(shape.read(worlds.unit(made, members), worlds.context(made)))
    made.accounts["counted_output"] = made.accounts["counted_tokens"]
    tied = shape.read(worlds.unit(made, members), worlds.context(made))
    assert_sound(tied)
    assert tied.p in (None, 1.0)


def test_names_order_and_hours_change_nothing():
    made = log()
    assert_invariant(shape.read, worlds.unit(made, MEMBERS), worlds.context(made))
