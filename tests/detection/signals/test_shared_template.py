"""X1: rare templates shared beyond the customers' own degrees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from detection.signals import shared_template
from detection.signals.base import Usage
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(12))


def used(made, cells: np.ndarray):
    """A context in which the accounts (rows) use templates (columns)."""
    width = np.maximum(cells.sum(axis=0), 1)
    return replace(worlds.context(made), usage=Usage(sp.csr_matrix(cells), np.log(len(cells) / width)))


def random_use(seed: int, n: int = 100, share: float = 0.06) -> np.ndarray:
    return (np.random.default_rng(seed).random((n, 60)) < share).astype(float)


def test_known_answer_for_a_cluster_that_identifiers_formed():
    made = worlds.log(100, days=2)
    cells = random_use(1)
    cells[:12] = 0
    cells[:12, :4] = 1
    cells[12:, :4] = 0
    reading = shared_template.read(worlds.unit(made, MEMBERS, forming=("I1",)), used(made, cells))
    assert reading.value == pytest.approx(4 * 66 * np.log(100 / 12))  # four templates, 66 pairs
    assert reading.p == 1 / 200


def test_it_counts_nothing_for_a_cluster_that_templates_formed():
    made = worlds.log(100, days=2)
    reading = shared_template.read(worlds.unit(made, MEMBERS, forming=("X1",)), used(made, random_use(1)))
    assert (reading.p, reading.formation) == (None, True)


def test_null_is_kept():
    """Random customers that choose their templates on their own."""

    def p_of(seed: int) -> float | None:
        made = worlds.log(100, seed=seed, days=2)
        members = sorted(int(i) for i in np.random.default_rng(seed + 1000).choice(100, 8, replace=False))
        return shared_template.read(worlds.unit(made, members, forming=("I1",)), used(made, random_use(seed))).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], [0, 1, 2], list(range(100))])
def test_degenerate_units(members):
    made = worlds.log(100, days=2)
    for cells in (np.zeros((100, 0)), np.zeros((100, 3)), np.ones((100, 3))):
        unit = worlds.unit(made, members, forming=("I1",))
        assert_sound(shared_template.read(unit, used(made, cells)))


def test_names_order_and_hours_change_nothing():
    made = worlds.log(100, days=2)
    unit = worlds.unit(made, MEMBERS, forming=("I1",))
    assert_invariant(shared_template.read, unit, used(made, random_use(3)), hours=5)
