"""N3: the union of accounts against a listed corpus."""

from __future__ import annotations

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest

from detection.analysis.customers import Customers, known_items
from detection.signals import coverage
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(10))


def asked(items: dict[int, list[int]], size: int = 100) -> Customers:
    rows = [{"account": a, "corpus": 0, "item": i} for a, found in items.items() for i in found]
    frame = pd.DataFrame(rows, columns=["account", "corpus", "item"]).astype("int64")
    return Customers(items=frame, corpora=(("bench", size),))


def dealt(n: int = 10, size: int = 100) -> dict[int, list[int]]:
    return {a: list(range(a * size // n, (a + 1) * size // n)) for a in range(n)}


def test_known_answer_of_a_benchmark_dealt_out():
    made = worlds.log(300)
    reading = coverage.read(worlds.unit(made, MEMBERS), replace(worlds.context(made), customers=asked(dealt())))
    assert reading.value == 1.0
    assert reading.p == 1 / 200  # the rank among 199 random groups; that among 290 customers is smaller
    assert "asked 100 % of bench, the largest single one 10 %" in reading.sentence
    halves = {name: reading.parameters[name] for name in ("half_1", "half_2", "overlap")}
    assert halves == {"half_1": 50, "half_2": 50, "overlap": 0}


def test_evaluators_in_the_reference_make_full_coverage_ordinary():
    made = worlds.log(300)
    whole = {a: list(range(100)) for a in range(100, 300)}
    context = replace(worlds.context(made), customers=asked(dealt() | whole))
    reading = coverage.read(worlds.unit(made, MEMBERS), context)
    assert reading.p == pytest.approx(1.0, abs=0.32)
    assert reading.p >= 200 / 291


def test_estimate_of_the_list_from_two_halves():
    made = worlds.log(300)
    unit = worlds.unit(made, [0, 1])
    items = pd.DataFrame({"account": [0] * 60 + [1] * 50, "corpus": 0, "item": [*range(60), *range(30, 80)]})
    found = coverage.halves(items, unit)
    assert (found["overlap"], found["list_estimate"]) == (30, pytest.approx(61 * 51 / 31 - 1))


def test_no_list_is_said():
    made = worlds.log(300)
    reading = coverage.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.p, reading.p_reason) == (None, "not calculable: no known corpus was listed")


def test_nothing_asked_has_p_one():
    made = worlds.log(300)
    reading = coverage.read(worlds.unit(made, MEMBERS), replace(worlds.context(made), customers=asked({50: [1]})))
    assert (reading.value, reading.p) == (0.0, 1.0)


def test_null_is_kept():
    """A unit of random accounts that meet the corpus as everybody does."""

    def p_of(seed: int) -> float | None:
        rng = np.random.default_rng(seed)
        made = worlds.log(230, seed=seed, days=2)
        rates = rng.uniform(0, 0.3, 230)
        known = asked({a: list(np.flatnonzero(rng.random(100) < rates[a])) for a in range(230)})
        member = int(rng.integers(230))
        return coverage.read(worlds.unit(made, [member]), replace(worlds.context(made), customers=known)).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], [0, 1], list(range(300))])
def test_degenerate_units(members):
    made = worlds.log(300)
    for known in (asked({}), asked({0: [1]}), asked({a: [1] for a in range(300)}, size=1)):
        assert_sound(coverage.read(worlds.unit(made, members), replace(worlds.context(made), customers=known)))


def test_names_order_and_hours_change_nothing():
    made = worlds.log(300)
    context = replace(worlds.context(made), customers=asked(dealt()))
    assert_invariant(coverage.read, worlds.unit(made, MEMBERS), context)


def test_items_are_found_by_prompt_and_by_what_was_masked():
    made = worlds.log(3)
    exchanges = ibis.memtable(
        pd.DataFrame(
            {"account_id": ["a0000", "a0001", "a0001", "a0002"], "prompt_h": [11, 12, 12, 99], "slot_h": [0, 0, 0, 71]}
        )
    )
    corpora = ibis.memtable(
        pd.DataFrame({"corpus": ["a", "b", "b"], "prompt_h": [11, 12, 13], "quoted_h": [70, 72, 71]})
    )
    items, listed = known_items(exchanges, made, corpora)
    assert listed == (("a", 1), ("b", 2))
    assert items.to_numpy().tolist() == [[0, 0, 11], [1, 1, 12], [2, 1, 13]]
