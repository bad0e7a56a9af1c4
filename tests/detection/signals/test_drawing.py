"""Random subsets: as many different positions as asked for, every one as likely, and whole whatever the step."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from detection.signals import drawing
from detection.signals.drawing import at_most, in_steps, marked_positions, without_replacement


@pytest.mark.parametrize(
    ("size", "count"),
    [(1, 1), (50, 50), (50, 7), (drawing.MANY, 30), (drawing.MANY + 1, 1), (900, 450), (900, 451), (5_000, 40)],
)
def test_every_row_is_a_subset_of_that_size(size, count):
    found = without_replacement(np.random.default_rng(1), 300, size, count)
    assert found.shape == (300, count)
    assert found.min() >= 0 and found.max() < size
    assert (np.diff(np.sort(found, axis=1), axis=1) > 0).all()


def test_no_draws_and_no_members():
    assert without_replacement(np.random.default_rng(1), 0, 900, 5).shape == (0, 5)
    assert without_replacement(np.random.default_rng(1), 4, 900, 0).shape == (4, 0)


@pytest.mark.parametrize(("size", "count"), [(100, 30), (450, 200)])
def test_positions_and_pairs_are_equally_likely(size, count):
    draws = 4_000
    found = without_replacement(np.random.default_rng(7), draws, size, count)
    times = np.bincount(found.ravel(), minlength=size)
    # Positions of one subset exclude each other: the variance is that of draws without replacement.
    share = count / size
    statistic = ((times - draws * share) ** 2).sum() / (draws * share * (1 - share)) * (size - 1) / size
    assert 0.001 < stats.chi2.sf(statistic, size - 1) < 0.999
    together = np.isin(found, [0, 1]).sum(axis=1) == 2
    chance = count * (count - 1) / (size * (size - 1))
    assert stats.binomtest(int(together.sum()), draws, chance).pvalue > 0.001


@pytest.mark.parametrize(("size", "count", "marked"), [(30, 12, 9), (600, 40, 200), (50, 50, 20), (900, 5, 3)])
def test_marked_positions_have_the_law_of_whole_subsets(size, count, marked):
    """How many of the marked a subset holds, which ones, and which two together: as if all of it had been drawn."""
    draws = 4_000
    rows, positions = marked_positions(np.random.default_rng(8), draws, size, count, marked)
    held = np.zeros((draws, marked), dtype=int)
    np.add.at(held, (rows, positions), 1)
    assert held.max() == 1
    sizes = np.bincount(held.sum(axis=1), minlength=marked + 1)
    law = stats.hypergeom(size, marked, count).pmf(np.arange(marked + 1)) * draws
    often = law >= 5
    assert ((sizes - law)[often] ** 2 / law[often]).sum() <= stats.chi2.ppf(0.999, max(int(often.sum()) - 1, 1)) + 1e-9
    share = count / size
    for seen in held.mean(axis=0):
        assert abs(seen - share) <= 4.5 * np.sqrt(share * (1 - share) / draws)
    together = (held[:, 0] & held[:, 1]).mean()
    chance = count * (count - 1) / (size * (size - 1))
    assert abs(together - chance) <= 4 * np.sqrt(chance * (1 - chance) / draws) + 1e-9


def test_no_position_is_marked():
    assert [len(found) for found in marked_positions(np.random.default_rng(1), 9, 40, 5, 0)] == [0, 0]


def test_large_pools_repeat_with_their_seed():
    first, second = (without_replacement(np.random.default_rng(3), 50, 3_000, 100) for _ in range(2))
    assert (first == second).all()


def test_steps_hold_few_numbers_and_add_up(monkeypatch):
    monkeypatch.setattr(drawing, "CELLS", 10)
    asked: list[int] = []

    def draw(count: int) -> np.ndarray:
        asked.append(count)
        return np.full(count, float(len(asked)))

    assert in_steps(draw, 7, 4).tolist() == [1, 1, 2, 2, 3, 3, 4]
    assert asked == [2, 2, 2, 1]
    asked.clear()
    assert in_steps(draw, 2, 40).tolist() == [1, 2]  # a group wider than a step is one step


def test_large_units_are_drawn_from_and_small_ones_cost_no_draw():
    rng = np.random.default_rng(1)
    few = np.array([3, 1, 2])
    assert at_most(few, rng, 3) is few and rng.random() == np.random.default_rng(1).random()
    many = np.arange(1_000)[::-1]
    drawn = at_most(many, rng)
    assert len(set(drawn.tolist())) == drawing.MOST and (np.diff(drawn) < 0).all()
