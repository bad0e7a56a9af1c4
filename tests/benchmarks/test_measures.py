"""Measures with answers that one can work out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.measures import average_precision, calibrate, false_flags_at, holm, interval, judge_campaigns


def arrays(scores: list[float], harvests: list[int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(scores, dtype=float), np.array(harvests, dtype=bool)


@pytest.mark.parametrize(
    ("scores", "harvests", "expected"),
    [
        ([4, 3, 2, 1], [1, 1, 0, 0], 1.0),
        ([4, 3, 2, 1], [0, 0, 1, 1], (1 / 3 + 2 / 4) / 2),
        ([1, 1, 1, 1], [1, 0, 0, 1], (1 / 3 + 2 / 4) / 2),  # equal scores: the honest come first
        ([1, 2], [0, 0], 0.0),
    ],
)
def test_average_precision_takes_ties_against_us(scores: list[float], harvests: list[int], expected: float) -> None:
    assert average_precision(*arrays(scores, harvests)) == pytest.approx(expected)


def test_false_flags_count_the_honest_down_to_the_score_that_is_needed() -> None:
    scores, harvests = arrays([9, 8, 8, 7, 6, 5], [1, 0, 1, 0, 1, 0])
    assert [false_flags_at(scores, harvests, recall) for recall in (0.0, 0.3, 0.6, 1.0)] == [0, 0, 1, 2]


def test_campaigns_are_judged_by_recall_jaccard_and_falsehood() -> None:
    truth = {"a": "one", "b": "one", "c": "one", "d": "two", "x": None, "y": None, "z": None}
    found, false, accused = judge_campaigns(truth, {"a", "b", "d"}, {"p": {"a", "b", "x"}, "q": {"c", "y"}})
    one, two = found
    assert (one.campaign, one.n_accounts, one.split_over) == ("one", 3, 2)
    assert (one.flagged, one.accused, one.best_jaccard) == pytest.approx((2 / 3, 1.0, 2 / 4))
    assert (two.flagged, two.accused, two.best_jaccard) == (1.0, 0.0, 0.0)
    assert false == ["q"] and accused == 2  # q is half honest


def test_without_any_cluster_nothing_is_accused() -> None:
    found, false, accused = judge_campaigns({"a": "one", "x": None}, set(), {})
    assert found[0].best_jaccard == 0.0 and false == [] and accused == 0


def test_the_interval_is_that_of_clopper_and_pearson() -> None:
    assert interval(0, 0) == (0.0, 1.0)
    low, high = interval(5, 100)
    assert (low, high) == pytest.approx((0.0164, 0.1128), abs=5e-4)


def test_uniform_p_values_pass_and_small_ones_do_not() -> None:
    rng = np.random.default_rng(4)
    assert calibrate(list(rng.random(2_000))).p > 0.05
    assert calibrate(list(rng.random(2_000) ** 1.3)).p < 1e-3
    assert calibrate([]).n == 0 and calibrate([]).p == 1.0
    assert calibrate([0.01, 0.02, 0.07, 0.5]).below == (1, 2, 3)


def test_calibration_rejects_true_p_values_as_rarely_as_it_says() -> None:
    rng = np.random.default_rng(9)
    rejected = sum(calibrate(list(rng.random(60))).p <= 0.05 for _ in range(400))
    assert rejected <= 32  # binomial(400, 0.05) exceeds 32 with probability 0.005


def test_holm_is_monotone_and_steps_down() -> None:
    assert holm({"a": 0.004, "b": 0.02, "c": 0.6}) == pytest.approx({"a": 0.012, "b": 0.04, "c": 0.6})
    assert holm({}) == {}
