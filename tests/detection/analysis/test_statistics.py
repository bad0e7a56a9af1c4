"""The shared statistical tools, on numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from detection.analysis.gate import WEIGHTS, combine, judge, levels
from detection.analysis.parameters import Parameters
from detection.analysis.results import Reading, Rival
from detection.analysis.statistics import (
    benjamini_yekutieli,
    clopper_pearson_upper,
    log_likelihood_ratio,
    partial_conjunction,
    rank_p,
    weighted_bonferroni,
    wilson,
)


def reading(signal: str, family: str, p: float | None, **more: object) -> Reading:
    return Reading(signal=signal, family=family, title="", sentence="", benign="", p=p, **more)  # type: ignore[arg-type]


def test_rank_p_never_falls_below_one_over_n_plus_one():
    assert rank_p(10.0, np.zeros(99)) == 0.01
    assert rank_p(0.0, np.zeros(99)) == 1.0
    assert rank_p(1.0, np.array([])) == 1.0


def test_partial_conjunction_is_the_second_smallest_times_n_minus_one():
    assert partial_conjunction([0.001, 0.002, 0.5]) == pytest.approx(0.004)
    assert partial_conjunction([1e-9, 0.9]) == pytest.approx(0.9)
    assert partial_conjunction([0.001]) is None


def test_benjamini_yekutieli_on_a_worked_example():
    # m = 4: harmonic sum 25/12, so the limits are 0.05 * k / (4 * 25/12) = 0.006 k.
    assert benjamini_yekutieli([0.0059, 0.0121, 0.0179, 0.5], 0.05) == [True, True, True, False]
    assert benjamini_yekutieli([0.0061, 0.5, 0.6, 0.7], 0.05) == [False] * 4
    assert benjamini_yekutieli([], 0.05) == []


def test_bonferroni_pays_for_every_signal_of_a_family():
    assert weighted_bonferroni({"a": 0.01, "b": 0.4, "c": 0.5}, {}) == pytest.approx({"a": 0.03, "b": 1.0, "c": 1.0})
    assert weighted_bonferroni({"H1": 0.01, "H2": 0.01}, WEIGHTS) == pytest.approx({"H1": 0.01125, "H2": 0.09})
    assert weighted_bonferroni({}, WEIGHTS) == {}


def test_clopper_pearson_and_wilson_at_the_edges():
    assert clopper_pearson_upper(5, 5) == 1.0
    assert clopper_pearson_upper(0, 99) == pytest.approx(1 - 0.05 ** (1 / 99))
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == 0.0
    with pytest.raises(ValueError, match=r"k: 6 is not allowed"):
        clopper_pearson_upper(6, 5)


@pytest.mark.parametrize(
    ("p", "low", "high"), [(1e-12, 2.0, 2.0), (0.5, 0.0, 0.0), (1.0, -1.0, -0.9), (None, 0.0, 0.0)]
)
def test_likelihood_ratio_is_clipped(p, low, high):
    assert low <= log_likelihood_ratio(p) <= high


def test_formation_evidence_never_counts():
    readings = (
        reading("I1", "I", 1e-6, formation=True),
        reading("X1", "X", 1e-6, formation=True),
        reading("H1", "H", 0.001),
    )
    by_family = {f.family: f.p for f in combine(readings)}
    assert by_family == {"N": None, "X": None, "H": 0.001, "I": None}


def test_context_signals_never_open_the_gate():
    by_family = {f.family: f.p for f in combine((reading("I2", "I", 1e-9, counts=False),))}
    assert by_family["I"] is None


def gate(readings: tuple[Reading, ...], rivals: tuple[Rival, ...] = (), **sizes: int):
    size = {"n_accounts": 5, "n_exchanges": 200, **sizes}
    return judge(readings, rivals, forming=("X1",), parameters=Parameters(), **size)


STRONG = (reading("H1", "H", 0.001), reading("I1", "I", 0.002), reading("N1", "N", 0.9))


def test_gate_opens_on_two_families_and_says_which():
    answer = gate(STRONG)
    assert answer.open
    assert answer.p == pytest.approx(0.004)
    assert "H1" in answer.reason and "I1" in answer.reason


def test_one_family_however_strong_is_not_enough():
    assert not gate((reading("I1", "I", 1e-9), reading("H1", "H", 0.5))).open
    assert gate((reading("I1", "I", 1e-9),)).p is None


def test_a_rival_that_fits_stops_the_accusation_and_keeps_the_p():
    answer = gate(STRONG, (Rival("Public prompt", "fits", "12 verified customers use it."),))
    assert not answer.open
    assert answer.p == pytest.approx(0.004)
    assert answer.reason == "Public prompt: 12 verified customers use it."


@pytest.mark.parametrize("sizes", [{"n_accounts": 4}, {"n_exchanges": 199}])
def test_small_units_never_pass(sizes):
    assert not gate(STRONG, **sizes).open


def test_levels_are_corrected_over_every_unit_with_a_p_open_or_not():
    strong, dull = gate(STRONG), gate((reading("H1", "H", 0.9), reading("I1", "I", 0.9)))
    assert levels([strong], Parameters()) == ["certified"]
    # 30 dull units: BY's first limit is 0.05 / (31 * 4.03) = 0.0004 < 0.004.
    assert levels([strong, *[dull] * 30], Parameters()) == ["provisional", *["none"] * 30]
