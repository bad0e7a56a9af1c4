"""The validated projection: what lets pairs go before their tails are summed lets none go that the tail would keep."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy import stats

from detection.clustering import communities
from detection.clustering.communities import validated_edges


@pytest.mark.parametrize("cells", [50, 10_000_000])
def test_edges_are_those_of_every_pairs_tail(monkeypatch, cells):
    """Rows of every degree, some of them drawn to the same columns; steps of a few pairs and one step."""
    monkeypatch.setattr(communities, "CELLS", cells)
    rng = np.random.default_rng(3)
    rows, columns, alpha = 40, 300, 0.05
    usage = rng.random((rows, columns)) < rng.uniform(0, 0.1, rows)[:, None]
    usage[:12, :25] |= rng.random((12, 25)) < 0.75
    usage = usage[:, usage.sum(axis=0) >= 2]
    n, limit = usage.shape[1], alpha / (rows * (rows - 1) / 2)
    wanted = np.zeros((rows, rows))
    for a in range(rows):
        for b in range(a):
            tail = stats.hypergeom(n, usage[a].sum(), usage[b].sum()).sf((usage[a] & usage[b]).sum() - 1)
            wanted[a, b] = wanted[b, a] = -np.log10(tail) if tail <= limit else 0.0
    found = validated_edges(sp.csr_matrix(usage.astype(float)), alpha=alpha, exclude_above=rows)
    assert (wanted > 0).sum() > 20
    assert found.toarray() == pytest.approx(wanted, abs=1e-9)
