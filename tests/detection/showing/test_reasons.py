"""Which unit is which in two runs, and what moved it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detection.showing.reasons import InputChange, UnitFacts, cause_words, family_moves, match_units, unit_reason

BASE = UnitFacts(
    1, "template", "pre8:1", "T-0001", 1, None, "none", 6, 300, 0.2, "too weak", {"H": {"p": 0.1, "best": "H1"}}
)


def link(pk: int, *accounts: str) -> UnitFacts:
    return UnitFacts(
        pk, "link", f"I1:{pk:06d}", "link", None, None, "none", len(accounts), 200, 0.5, "", {}, frozenset(accounts)
    )


def test_template_clusters_are_matched_by_key_and_link_clusters_by_most_of_their_accounts() -> None:
    same, other = replace(BASE, pk=9), replace(BASE, pk=3, key="pre8:2")
    old, grown, strange = link(4, "a", "b", "c"), link(5, "a", "b", "c", "d"), link(6, "x", "y")
    pairs = match_units([BASE, old], [same, other, grown, strange])
    assert {(a.pk if a else None, b.pk if b else None) for a, b in pairs} == {(1, 9), (4, 5), (None, 3), (None, 6)}


def test_a_link_cluster_key_of_another_run_says_nothing() -> None:
    old, new = link(4, "a", "b"), replace(link(5, "x", "y"), key="I1:000004")
    assert {(a is None, b is None) for a, b in match_units([old], [new])} == {(True, False), (False, True)}


def test_the_larger_share_wins_and_each_unit_is_matched_once() -> None:
    old = link(1, "a", "b", "c", "d")
    near, nearer = link(2, "a", "b"), link(3, "a", "b", "c")
    assert match_units([old], [near, nearer]) == [(old, nearer), (None, near)]


def test_the_reason_names_gate_families_size_and_the_gates_words() -> None:
    after = replace(
        BASE, pk=2, n_exchanges=900, gate_p=0.001, gate_reason="passed", families={"H": {"p": 1e-4, "best": "H1"}}
    )
    assert unit_reason(BASE, after, (1, 2)) == (
        "gate p 0.2 → 1·10⁻³; families H (H1) 0.1 → 1·10⁻⁴; 6 → 6 accounts, 300 → 900 exchanges; run 2 says: passed"
    ).replace("1·10⁻³", "0.001")


def test_a_unit_of_one_run_alone_and_equal_evidence_say_so() -> None:
    assert unit_reason(None, BASE, (1, 2)).startswith("run 1 tested no such unit")
    assert unit_reason(BASE, None, (1, 2)).startswith("run 2 tested no such unit")
    assert "the rule that names levels changed" in unit_reason(BASE, replace(BASE, level="provisional"), (1, 2))
    with pytest.raises(ValueError, match="before, after"):
        unit_reason(None, None, (1, 2))


def test_families_that_appear_count_from_one_and_small_moves_are_left_out() -> None:
    after = replace(BASE, families={"H": {"p": 0.099, "best": "H1"}, "X": {"p": 0.001, "best": "X2"}})
    assert [move.words for move in family_moves(BASE, after)] == ["X (X2) no p → 0.001"]


def test_the_cause_is_named_only_where_one_thing_differs() -> None:
    one, two = InputChange("labels of people", "a", "b"), InputChange("the window", "c", "d")
    assert "in one thing alone, labels of people" in cause_words([one])
    assert "labels of people and the window: a single change cannot" in cause_words([one, two])
    assert "nothing may differ" in cause_words([])
