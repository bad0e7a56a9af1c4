"""Who shares more rare templates than chance allows: the statistically validated projection of parties on templates.

Two parties are joined when they share more templates than the hypergeometric law allows for their numbers of templates,
Bonferroni over all pairs. Connected parties form a cluster; a large component that falls into parts is cut by Leiden with a
fixed seed. Source: Tumminello, Micciche, Lillo, Piilo, Mantegna, PLoS ONE 6 (2011) e17994.
This forms units; it never confirms one.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.stats import hypergeom
from sknetwork.clustering import Leiden

Ints = NDArray[np.int64]
MIN_TIED = 0.2


def validated_edges(usage: sp.csr_matrix, *, alpha: float, exclude_above: int) -> sp.csr_matrix:
    """Symmetric matrix of -log10 p for the pairs of rows that share more columns than chance.

    usage: parties x templates, counts. Columns used by more than `exclude_above` rows join nothing.
    """
    present = sp.csr_matrix((usage > 0).astype(np.float64))
    width = np.asarray(present.sum(axis=0)).ravel()
    present = present[:, (width >= 2) & (width <= exclude_above)]
    n_rows, n_columns = present.shape
    shared = sp.triu(present @ present.T, k=1).tocoo()
    degree = np.asarray(present.sum(axis=1)).ravel()
    keep = shared.data >= 2
    a, b, overlap = shared.row[keep], shared.col[keep], shared.data[keep]
    logp = hypergeom.logsf(overlap - 1, n_columns, degree[a], degree[b]) / np.log(10)
    pairs = n_rows * (n_rows - 1) / 2
    strong = logp <= np.log10(alpha / max(pairs, 1))
    weight = np.minimum(-logp[strong], 300.0)
    upper = sp.coo_matrix((weight, (a[strong], b[strong])), shape=(n_rows, n_rows))
    return sp.csr_matrix(upper + upper.T)


def parts(edges: sp.csr_matrix, *, seed: int, min_density: float = 0.5) -> list[Ints]:
    """Clusters of rows: connected components, cut by Leiden where fewer than half of the possible edges are there."""
    _, labels = connected_components(edges, directed=False)
    found: list[Ints] = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label).astype(np.int64)
        if len(members) < 2:
            continue
        block = edges[members][:, members]
        density = block.nnz / (len(members) * (len(members) - 1))
        if density >= min_density or len(members) < 6:
            found.append(members)
            continue
        cut = Leiden(random_state=seed).fit_predict(sp.csr_matrix(block))
        found.extend(members[cut == part] for part in np.unique(cut) if np.count_nonzero(cut == part) >= 2)
    found = [held for part in found if len(held := well_tied(edges, part)) >= 2]
    return sorted(found, key=lambda part: (-len(part), int(part[0])))


def well_tied(edges: sp.csr_matrix, members: Ints) -> Ints:
    """The members that are joined to at least a fifth of the others; those hanging on by a chance edge are let go."""
    while len(members) >= 2:
        degree = np.diff(edges[members][:, members].indptr)
        kept = degree >= max(1.0, MIN_TIED * (len(members) - 1))
        if kept.all():
            break
        members = members[kept]
    return members


def families(usage: sp.csr_matrix, *, jaccard: float) -> Ints:
    """Family number of each column: columns whose sets of rows overlap by at least `jaccard` are one template's variants."""
    present = sp.csc_matrix((usage > 0).astype(np.float64))
    shared = sp.triu(present.T @ present, k=1).tocoo()
    width = np.asarray(present.sum(axis=0)).ravel()
    union = width[shared.row] + width[shared.col] - shared.data
    keep = shared.data >= jaccard * union
    graph = sp.coo_matrix((np.ones(keep.sum()), (shared.row[keep], shared.col[keep])), shape=(usage.shape[1],) * 2)
    _, labels = connected_components(graph, directed=False)
    return labels.astype(np.int64)
