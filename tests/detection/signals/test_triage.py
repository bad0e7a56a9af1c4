"""H4: distance of a unit's wording from a benign sample, as context."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detection.analysis.customers import Customers, Profile
from detection.analysis.statistics import Ints
from detection.signals import triage
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(5))
ONE = np.ones(1, dtype=np.int64)
THEMES = np.random.default_rng(9).integers(0, 16, (12, 16))


def worded(rng: np.random.Generator, size: int = 64) -> Ints:
    """Sketches of one customer: texts near its own mix of a few themes that all customers know."""
    mix = rng.dirichlet(np.full(len(THEMES), 0.5))
    values = THEMES[rng.choice(len(THEMES), size, p=mix)]
    values = np.where(rng.random(values.shape) < 0.5, rng.integers(0, 16, values.shape), values)
    return packed(values)


def packed(values: Ints) -> Ints:
    shifts = np.arange(0, 64, 4, dtype=np.uint64)
    return (values.astype(np.uint64) << shifts).sum(axis=1, dtype=np.uint64).view(np.int64)


def profile(sketches: Ints) -> Profile:
    return Profile(ONE, ONE, sketches)


def case(n: int = 90, seed: int = 0):
    made = worlds.log(n, days=2)
    made.accounts["n"] = 500
    rng = np.random.default_rng(seed)
    known = {p: profile(worded(rng)) for p in range(n)}
    context = replace(worlds.context(made), customers=Customers(profiles=known, sketched=True))
    return made, context, profile(worded(rng))


def test_agreement_of_two_sketches():
    a = packed(np.array([[3] * 16, [0] * 16]))
    b = packed(np.array([[3] * 8 + [4] * 8, [15] * 16]))
    assert triage.alike(a, b).tolist() == [0.5, 0.0]


def test_expected_distance_of_one_theme_from_another():
    rng = np.random.default_rng(3)
    x, y = packed(np.tile(np.arange(16), (4_000, 1))), packed(rng.integers(0, 16, (4_000, 16)))
    # within x all agree, within y and between them one value in sixteen
    assert triage.mmd(x, y) == pytest.approx(1 + 1 / 16 - 2 / 16, abs=0.01)
    assert triage.mmd(y[:2_000], y[2_000:]) == pytest.approx(0.0, abs=0.01)


def test_known_answer_of_another_language():
    made, context, _ = case()
    alien = profile(np.full(64, packed(np.array([[7] * 16]))[0]))
    reading = triage.read(worlds.unit(made, MEMBERS, profile=alien), context)
    assert reading.p == 1 / 43  # 85 customers outside, every other one a window: 42
    assert reading.counts is False
    assert reading.value is not None and reading.value > 0.5


def test_without_sketches_it_says_so():
    made = worlds.log(60)
    reading = triage.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.p, reading.p_reason) == (None, "not calculable: no sketches")


def test_barred_customers_are_no_benign_sample():
    made, context, mine = case()
    barred = np.zeros(90, dtype=bool)
    barred[40:] = True
    reading = triage.read(worlds.unit(made, MEMBERS, profile=mine), replace(context, spoken_for=barred))
    assert reading.p is None and "only 35 customers" in reading.p_reason


def test_null_is_kept():
    """The unit's window is that of one more customer."""

    def p_of(seed: int) -> float | None:
        made, context, mine = case(seed=seed)
        return triage.read(worlds.unit(made, MEMBERS, profile=mine), context).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("size", [0, 1, 31, 32, 64])
@pytest.mark.parametrize("members", [[], [0], list(range(90))])
def test_degenerate_units(members, size):
    made, context, mine = case()
    unit = worlds.unit(made, members, profile=profile(mine.sketches[:size]))
    assert_sound(triage.read(unit, context))
    same = {p: profile(np.zeros(64, dtype=np.int64)) for p in range(90)}
    tied = replace(context, customers=Customers(profiles=same, sketched=True))
    reading = triage.read(worlds.unit(made, members, profile=profile(np.zeros(size, dtype=np.int64))), tied)
    assert_sound(reading)
    assert reading.p in (None, 1.0)


def test_names_order_and_hours_change_nothing():
    made, context, mine = case()
    assert_invariant(triage.read, worlds.unit(made, MEMBERS, profile=mine), context)
