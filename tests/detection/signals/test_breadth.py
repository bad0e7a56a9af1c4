"""H3: kinds of task, rarefied, as context."""

from __future__ import annotations

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest

from detection.analysis.customers import NOTHING, Customers, Profile, profiles
from detection.analysis.statistics import Ints
from detection.signals import breadth
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(12))


def profile(counts: list[int] | Ints) -> Profile:
    """A profile of kinds that occur so often each."""
    times, kinds = np.unique(np.asarray([c for c in counts if c], dtype=np.int64), return_counts=True)
    return Profile(times, kinds.astype(np.int64), np.zeros(0, dtype=np.int64))


def log(n: int = 240, requests: int = 1_000):
    made = worlds.log(n, days=2)
    made.accounts["n"] = requests
    return made


def customers(n: int = 240, seed: int = 0, requests: int = 1_000) -> Customers:
    rng = np.random.default_rng(seed)
    made = {p: profile(rng.multinomial(requests, rng.dirichlet(np.full(20, rng.uniform(0.1, 2))))) for p in range(n)}
    return Customers(profiles=made)


def test_hill_number_known_answers():
    assert breadth.hill(profile([100] * 8), 800) == pytest.approx(8.0)
    assert breadth.hill(profile([500]), 50) == pytest.approx(1.0)
    shares = np.array([0.5, 0.25, 0.25])
    assert breadth.hill(profile([500, 250, 250]), 1_000) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))


def test_rarefaction_is_the_mean_over_random_subsets():
    counts = np.array([60, 25, 10, 5])
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(4), counts)
    entropies = []
    for _ in range(4_000):
        shares = np.bincount(rng.permutation(labels)[:20], minlength=4) / 20
        entropies.append(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())
    assert np.log(breadth.hill(profile(counts), 20)) == pytest.approx(np.mean(entropies), abs=0.02)


def test_size_is_checked():
    with pytest.raises(ValueError, match=r"size: 11 is not allowed; it lies in \[1, 10\]"):
        breadth.hill(profile([10]), 11)


def test_it_never_counts_and_gives_no_p_where_one_text_formed_the_unit():
    made = log()
    context = replace(worlds.context(made), customers=customers())
    unit = worlds.unit(made, MEMBERS, profile=profile([1_000]))
    by_text = breadth.read(unit, context)
    assert (by_text.p, by_text.counts) == (None, False)
    by_cards = breadth.read(replace(unit, forming=("I1",)), context)
    assert (by_cards.value, by_cards.counts) == (pytest.approx(1.0), False)
    assert by_cards.p == 1 / 229  # 228 customers outside, all broader


def test_the_size_falls_to_what_enough_customers_have():
    made = log()
    made.accounts.loc[100:, "n"] = 120
    few = {p: profile([600, 400] if p < 100 else [60, 60]) for p in range(240)}
    context = replace(worlds.context(made), customers=Customers(profiles=few))
    reading = breadth.read(worlds.unit(made, MEMBERS, profile=profile([500, 500]), forming=("I1",)), context)
    assert reading.parameters["rarefied_to"] == 100


def test_null_is_kept():
    """The unit is one more customer; pooling is left out, since it can only make a cluster broader."""

    def p_of(seed: int) -> float | None:
        known = customers(202, seed, requests=60)
        made = log(202, requests=60)
        unit = worlds.unit(made, [0], profile=known.profiles[0], forming=("I1",))
        return breadth.read(unit, replace(worlds.context(made), customers=known)).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("found", [NOTHING, profile([1]), profile([1_000]), profile([1] * 60)])
@pytest.mark.parametrize("members", [[], [0], list(range(240))])
def test_degenerate_units(members, found):
    made = log()
    context = replace(worlds.context(made), customers=customers())
    assert_sound(breadth.read(worlds.unit(made, members, profile=found, forming=("I1",)), context))


def test_names_order_and_hours_change_nothing():
    made = log()
    context = replace(worlds.context(made), customers=customers())
    unit = worlds.unit(made, MEMBERS, profile=profile([400, 300, 300]), forming=("I1",))
    assert_invariant(breadth.read, unit, context)


def rows(order: list[int]) -> ibis.Table:
    frame = pd.DataFrame(
        {"cluster": 0, "tags": [0, 0, 1, 1, 1], "skeleton_h": [5, 6, 5, 5, -7], "ts_us": [10, 20, 30, 40, 50]}
    )
    known = frame["skeleton_h"]
    frame["sim12"] = known.map({5: 1, 6: 2}).astype("Int16")
    frame["sketch"] = known.map({5: 11, 6: 12}).astype("Int64")
    return ibis.memtable(frame.iloc[order])


def test_kinds_are_tags_and_where_known_the_sketch_of_the_wording():
    plain = profiles(rows([0, 1, 2, 3, 4]), "cluster", False)[0]
    assert (plain.times.tolist(), plain.kinds.tolist(), plain.n) == ([2, 3], [1, 1], 5)
    fine = profiles(rows([0, 1, 2, 3, 4]), "cluster", True)[0]
    assert (fine.times.tolist(), fine.kinds.tolist()) == ([1, 2], [3, 1])
    assert sorted(fine.sketches) == [11, 11, 11, 12]  # an unknown skeleton has none
    again = profiles(rows([4, 2, 0, 3, 1]), "cluster", True)[0]
    assert again.sketches.tolist() == fine.sketches.tolist()
