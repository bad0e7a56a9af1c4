"""What people judged, applied to a run: chains join, not_same cuts, contradictions are reported and never guessed at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.clustering.identities import Identities, link_clusters
from detection.clustering.judgements import (
    FIELD,
    Judged,
    apply_judgements,
    cut_identities,
    judged_identities,
    pair_rows,
)

FOUR = np.arange(4)


def shared(n: int, *values: tuple[str, set[int]], bits: float = 8.0) -> Identities:
    """Accounts 0..n-1, each a customer of its own, and who holds which value."""
    table = pd.DataFrame(
        {
            "field": [field for field, _ in values],
            "text": [f"v{i}" for i in range(len(values))],
            "parties": [len(holders) for _, holders in values],
            "bits": bits,
        }
    )
    rows = [(a, a, i) for i, (_, holders) in enumerate(values) for a in sorted(holders)]
    held = pd.DataFrame(rows, columns=["account", "party", "value"], dtype="int64")
    return Identities(table, held, n, tuple(sorted({field for field, _ in values})))


def holders(found: Identities, value: int) -> set[int]:
    return set(found.held.loc[found.held["value"] == value, "account"])


def test_nothing_judged_changes_nothing() -> None:
    judged = apply_judgements(np.array([0, 0, 1]))
    assert judged.operator.tolist() == [0, 0, 1] and not judged.apart and not judged.conflicts
    before = shared(3, ("payment_fp", {0, 2}))
    after = judged_identities(before, judged, bits=20)
    pd.testing.assert_frame_equal(after.held, before.held)
    pd.testing.assert_frame_equal(after.values, before.values)


def test_a_chain_joins_also_over_an_account_outside_the_window() -> None:
    same, apart = pair_rows(["a", "b", "c"], [("a", "gone"), ("gone", "b")], [])
    judged = apply_judgements(np.arange(3), same=same, apart=apart)
    assert judged.operator.tolist() == [0, 0, 2]
    found = judged_identities(shared(3), judged, bits=20)
    assert found.values[["field", "parties", "bits"]].to_numpy().tolist() == [[FIELD, 2, 20]]
    assert holders(found, 0) == {0, 1} and FIELD in found.fields


def test_a_judgement_speaks_for_the_declared_customer() -> None:
    judged = apply_judgements(np.array([0, 0, 1, 1, 2]), same=[(1, 2)], apart=[(3, 4)])
    assert judged.operator.tolist() == [0, 0, 0, 0, 2]
    assert judged.judged_apart(0, 4) and judged.judged_apart(4, 2) and not judged.judged_apart(0, 3)


def test_a_tie_of_two_judged_apart_is_cut() -> None:
    judged = apply_judgements(FOUR, apart=[(0, 1)])
    found = judged_identities(shared(4, ("payment_fp", {0, 1}), ("device_fp", {2, 3})), judged, bits=20)
    assert holders(found, 0) == set() and holders(found, 1) == {2, 3}
    assert [set(map(int, c)) for c in link_clusters(found, bits_in_total=20)] == [{2, 3}]


def test_evidence_is_cut_and_never_gains_a_judgement() -> None:
    judged = apply_judgements(FOUR, same=[(2, 3)], apart=[(0, 1)])
    before = shared(4, ("payment_fp", {0, 1}), ("device_fp", {1, 2}))
    found = cut_identities(before, judged)
    assert FIELD not in found.fields and len(found.values) == 2
    assert holders(found, 0) == set() and holders(found, 1) == {1, 2}


def test_two_judged_apart_are_not_joined_over_a_third_who_shares_the_same_value() -> None:
    judged = apply_judgements(FOUR, apart=[(0, 1)])
    found = judged_identities(shared(4, ("payment_fp", {0, 1, 2, 3})), judged, bits=20)
    assert holders(found, 0) == {2, 3}


def test_who_is_judged_apart_from_most_lets_go_first() -> None:
    judged = apply_judgements(FOUR, apart=[(0, 1), (0, 2), (0, 3)])
    found = judged_identities(shared(4, ("payment_fp", {0, 1, 2, 3})), judged, bits=20)
    assert holders(found, 0) == {1, 2, 3}


def test_other_ties_of_those_judged_apart_stay() -> None:
    judged = apply_judgements(FOUR, apart=[(0, 1)])
    found = judged_identities(shared(4, ("payment_fp", {0, 1}), ("device_fp", {0, 2})), judged, bits=20)
    assert holders(found, 1) == {0, 2}


def test_a_contradiction_sets_its_chain_aside_and_is_reported() -> None:
    judged = apply_judgements(np.arange(5), same=[(0, 1), (1, 2), (3, 4)], apart=[(0, 2)])
    assert judged.operator.tolist() == [0, 1, 2, 3, 3] and not judged.apart
    (conflict,) = judged.conflicts
    assert conflict.apart == (0, 2) and conflict.chain == ((0, 1), (1, 2))
    assert "all 3 judgements are set aside" in conflict.sentence("ABCDE")


def test_apart_within_one_declared_customer_is_reported_and_leaves_other_judgements_alone() -> None:
    judged = apply_judgements(np.array([0, 0, 1]), same=[(1, 2)], apart=[(0, 1)])
    assert judged.operator.tolist() == [0, 0, 0]
    (conflict,) = judged.conflicts
    assert conflict.chain == () and "declare one customer" in conflict.sentence("ABC")


def test_empty_log() -> None:
    judged = apply_judgements(np.array([], dtype=np.int64), same=[(0, 1)], apart=[(2, 1)])
    assert judged.operator.tolist() == [] and not judged.conflicts
    assert len(judged_identities(shared(0), judged, bits=20).held) == 0


PAIRS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda p: p[0] != p[1]), max_size=8)


def partition(judged: Judged, order: list[int]) -> set[frozenset[int]]:
    groups: dict[int, set[int]] = {}
    for position, operator in enumerate(judged.operator):
        groups.setdefault(int(operator), set()).add(order[position])
    return {frozenset(group) for group in groups.values()}


@given(same=PAIRS, apart=PAIRS, order=st.permutations(range(8)))
def test_order_and_names_decide_nothing(
    same: list[tuple[int, int]], apart: list[tuple[int, int]], order: list[int]
) -> None:
    """Accounts numbered otherwise, judgements given turned round: the same operators, as many conflicts."""
    plain = apply_judgements(np.arange(8), same=same, apart=apart)
    place = {account: position for position, account in enumerate(order)}
    turned = [[(place[b], place[a]) for a, b in reversed(pairs)] for pairs in (same, apart)]
    other = apply_judgements(np.arange(8), same=turned[0], apart=turned[1])
    assert partition(plain, list(range(8))) == partition(other, order)
    assert len(plain.conflicts) == len(other.conflicts)
    assert all(plain.judged_apart(a, b) == other.judged_apart(place[a], place[b]) for a in range(8) for b in range(8))


@given(same=PAIRS, apart=PAIRS, held=st.lists(st.sets(st.integers(0, 7), min_size=2), min_size=1, max_size=4))
def test_no_value_is_left_with_two_holders_judged_apart(
    same: list[tuple[int, int]], apart: list[tuple[int, int]], held: list[set[int]]
) -> None:
    judged = apply_judgements(np.arange(8), same=same, apart=apart)
    found = judged_identities(shared(8, *(("payment_fp", who) for who in held)), judged, bits=20)
    for _, part in found.held.groupby("value")["account"]:
        assert not any(judged.judged_apart(a, b) for a in part for b in part)


@pytest.mark.parametrize("word", ["same", "apart"])
def test_saying_it_twice_says_it_once(word: str) -> None:
    once, twice = (apply_judgements(FOUR, **{word: [(0, 1)] * times}) for times in (1, 2))
    assert once.operator.tolist() == twice.operator.tolist() and once.apart == twice.apart
