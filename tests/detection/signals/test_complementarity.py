"""N2: meetings of accounts against those of honest customers' own accounts."""

from __future__ import annotations

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest

from detection.analysis.customers import Customers, collisions
from detection.signals import complementarity
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(6))


def customers(rates: list[float], *, pairs: float = 10_000.0, first: int = 20) -> Customers:
    frame = pd.DataFrame(
        {"accounts": 2, "pairs": pairs, "shared": [rate * pairs for rate in rates]},
        index=np.arange(first, first + len(rates)),
    )
    return Customers(collisions=frame)


def prompts(shared: int) -> pd.DataFrame:
    """`shared` prompts that the accounts 0 and 1 both asked."""
    rows = [{"account": a, "prompt": i, "n": 1} for i in range(shared) for a in (0, 1)]
    return pd.DataFrame(rows, columns=["account", "prompt", "n"])


def case(shared: int, rates: list[float], **changed):
    made = worlds.log(120, days=2)
    made.accounts["prompted"] = 100
    made.accounts["n"] = 100
    unit = worlds.unit(made, MEMBERS, repeats=prompts(shared), **changed)
    return unit, replace(worlds.context(made), customers=customers(rates))


def test_known_answer():
    unit, context = case(0, [0.01] * 39)
    reading = complementarity.read(unit, context)
    assert reading.parameters["pairs"] == 15 * 100 * 100  # pairs of six accounts
    assert reading.value == 0.0
    assert reading.p == pytest.approx(1 / 40)  # Poisson(1500) at 0 is far less than the rank among 39 customers
    assert reading.effect_high == pytest.approx(3.689 / 1500, rel=1e-3)


def test_poisson_speaks_where_the_rank_says_less():
    unit, context = case(13, [0.0001] * 400)
    reading = complementarity.read(unit, context)
    assert reading.value == pytest.approx(13 / 15)
    assert reading.p == pytest.approx(0.3632, abs=1e-4)  # P(Poisson(15) <= 13), above the rank of 1/401


def test_two_keys_of_one_customer_are_not_counted():
    unit, context = case(50, [0.01] * 40)
    context.log.accounts.loc[[0, 1], "party"] = 0
    assert complementarity.met(unit, context) == complementarity.Met(pairs=14 * 100 * 100, shared=0.0)


def test_requests_that_repeat_an_own_prompt_are_no_new_prompt():
    unit, context = case(0, [0.01] * 40, asked_again=pd.DataFrame({"account": [0], "n": [60]}))
    assert complementarity.met(unit, context).pairs == (10 * 100 + 5 * 40) * 100


def test_prompts_that_never_meet_are_uninformative():
    unit, context = case(0, [0.00001] * 40)
    reading = complementarity.read(unit, context)
    assert reading.p is None and reading.p_reason.startswith("uninformative: 1.5 meetings expected")


def test_fewer_than_five_customers_are_no_reference():
    unit, context = case(0, [0.01] * 4)
    reading = complementarity.read(unit, context)
    assert reading.p is None and reading.p_reason.startswith("not calculable: 4 customers")


def test_customers_of_the_unit_and_barred_ones_are_left_out():
    unit, context = case(0, [0.01] * 6)
    barred = np.zeros(120, dtype=bool)
    barred[20] = True
    assert len(complementarity.honest_rates(unit, replace(context, spoken_for=barred))) == 5
    context.log.accounts.loc[21, "party"] = 0
    context.log.accounts.loc[0, "party"] = 21
    assert len(complementarity.honest_rates(unit, replace(context, spoken_for=barred))) == 4


def test_null_is_kept_when_customers_differ():
    """The unit is one more customer whose rate is as over-dispersed as theirs: one Poisson lambda would fail here."""

    def p_of(seed: int) -> float | None:
        rng = np.random.default_rng(seed)
        rates = rng.gamma(1.5, 0.004, 60)
        unit, context = case(int(rng.poisson(rng.gamma(1.5, 0.004) * 150_000)), [0.0] * 60)
        drawn = rng.poisson(rates * 150_000) / 150_000
        return complementarity.read(unit, replace(context, customers=customers(list(drawn)))).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], [0, 1]])
def test_degenerate_units(members):
    made = worlds.log(60)
    for rates in ([], [0.0] * 8, [1.0] * 8):
        context = replace(worlds.context(made), customers=customers(rates))
        assert_sound(complementarity.read(worlds.unit(made, members), context))


def test_names_order_and_hours_change_nothing():
    unit, context = case(7, list(np.linspace(0.001, 0.02, 40)))
    assert_invariant(complementarity.read, unit, context)


def test_collisions_of_the_whole_log():
    """One customer with two accounts that share two prompts, one of them asked three times; one without a repeat."""
    asked = {0: [1, 1, 1, 2, 3], 1: [1, 2, 4], 2: [9], 3: [8]}
    rows = [{"account": a, "again": p if p in (1, 2) else None} for a, ps in asked.items() for p in ps]
    made = worlds.log(4)
    made.accounts["prompted"] = [5, 3, 1, 1]
    made.accounts["party"] = [0, 0, 1, 1]
    table = ibis.memtable(pd.DataFrame(rows).astype({"again": "Int64"}))
    found = collisions(table, made)
    assert found.to_dict("index") == {
        0: {"accounts": 2, "pairs": 9.0, "shared": 2.0},  # three distinct prompts each
        1: {"accounts": 2, "pairs": 1.0, "shared": 0.0},
    }
