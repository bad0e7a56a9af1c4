"""Who shares more rare templates than chance allows: the statistically validated projection of parties on templates.

Two parties are joined when they share more templates than the hypergeometric law allows for their numbers of templates,
Bonferroni over all pairs. Connected parties form a cluster; a large component that falls into parts is cut by Leiden with a
fixed seed. Source: Tumminello, Micciche, Lillo, Piilo, Mantegna, PLoS ONE 6 (2011) e17994.
This forms units; it never confirms one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.special import gammaln
from sknetwork.clustering import Leiden

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
CELLS = 10_000_000
"""Pairs of rows that a step of a product holds at most (240 MB)."""
MIN_TIED = 0.2
OF_MIDDLE = 0.5


def validated_edges(usage: sp.csr_matrix, *, alpha: float, exclude_above: int) -> sp.csr_matrix:
    """Symmetric matrix of -log10 p for the pairs of rows that share more columns than chance.

    usage: parties x templates, counts. Columns used by more than `exclude_above` rows join nothing.
    """
    present = sp.csr_matrix((usage > 0).astype(np.float64))
    width = np.asarray(present.sum(axis=0)).ravel()
    present = present[:, (width >= 2) & (width <= exclude_above)]
    n_rows, n_columns = present.shape
    degree = np.diff(present.indptr).astype(np.int64)
    strongest = np.log10(alpha / max(n_rows * (n_rows - 1) / 2, 1))
    factorial = gammaln(np.arange(n_columns + 2, dtype=np.float64) + 1)
    kept: list[tuple[Ints, Ints, Floats]] = []
    for a, b, overlap in overlaps(present, at_least=_fewest(n_columns, degree, strongest, factorial)):
        # A tail is no lighter than its first term: most pairs are out without summing theirs.
        near = _log10_first(overlap, n_columns, degree[a], degree[b], factorial) <= strongest
        kept.append((a[near], b[near], overlap[near]))
    a, b, overlap = (np.concatenate(column) for column in zip(*kept, strict=True))
    logp = _log10_tail(overlap, n_columns, degree[a], degree[b], factorial)
    strong = logp <= strongest
    weight = np.minimum(-logp[strong], 300.0)
    upper = sp.coo_matrix((weight, (a[strong], b[strong])), shape=(n_rows, n_rows))
    return sp.csr_matrix(upper + upper.T)


def _fewest(n: int, degree: Ints, strongest: float, factorial: Floats) -> Ints:
    """The smallest number of shared columns with which a row of each degree can have a tail of at most `strongest` at all.

    A tail is lightest beside the smallest row that holds so many, P(X >= k; a, k) = C(a, k) / C(n, k). Past `n` where none is.
    """
    least = np.full(int(degree.max(initial=0)) + 1, n + 1, dtype=np.int64)
    for a in np.unique(degree[degree > 0]):
        k = np.arange(1, a + 1)
        tail = factorial[a] - factorial[a - k] - factorial[n] + factorial[n - k]
        # A hair of tolerance: what lies on the limit is left to the exact tail.
        enough = tail / np.log(10) <= strongest + 1e-6
        if enough.any():
            least[a] = k[enough][0]
    return least[degree]


def overlaps(sets: sp.csr_matrix, *, at_least: int | Ints = 1) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Pairs of rows (the lower first) with the number of columns that both hold, in steps that hold at most CELLS pairs.

    sets: rows x columns of ones; at_least: for all rows, or for each, where a pair needs the larger. A single row whose pairs
    are more is a step of its own. At least one step, perhaps empty.
    """
    least = np.broadcast_to(np.asarray(at_least), sets.shape[0])
    width = np.asarray(sets.sum(axis=0)).ravel()
    step = np.cumsum(sets @ width) // CELLS
    starts = np.unique(step, return_index=True)[1].tolist() or [0]
    for start, stop in zip(starts, [*starts[1:], sets.shape[0]], strict=True):
        # Of every pair the lower row is in this step, so the rows before it need no partner.
        shared = sp.csr_matrix(sets[start:stop] @ sets[start:].T.tocsr())
        at = np.flatnonzero(shared.data >= least[start:][shared.indices])
        row = np.searchsorted(shared.indptr, at, side="right") - 1 + start
        column = shared.indices[at].astype(np.int64) + start
        both = shared.data[at]
        keep = (column > row) & (both >= least[row])
        yield row[keep], column[keep], np.asarray(both[keep], dtype=np.float64)


def _log10_first(overlap: Floats, n: int, a: Floats, b: Floats, factorial: Floats) -> Floats:
    """log10 P(X = overlap), X hypergeometric: b draws from n of which a count; `factorial` holds ln(i!) up to n."""
    k, low, high = (part.astype(np.int64) for part in (overlap, np.minimum(a, b), np.maximum(a, b)))

    def choose(top: Ints | int, bottom: Ints) -> Floats:
        return np.asarray(factorial[top] - factorial[bottom] - factorial[top - bottom], dtype=np.float64)

    return np.asarray((choose(low, k) + choose(n - low, high - k) - choose(n, high)) / np.log(10), dtype=np.float64)


def _log10_tail(overlap: Floats, n: int, a: Floats, b: Floats, factorial: Floats) -> Floats:
    """log10 P(X >= overlap), X hypergeometric: b draws from n of which a count. Once per distinct case, all cases at a time.

    A case is one number made of its three, which 64 bits hold for rows of up to 2,000,000 columns: sorting numbers takes a tenth of
    the time of sorting rows.

    >>> bool(np.isclose(_log10_tail(*map(np.array, ([2.0], 10, [3.0], [4.0])), gammaln(np.arange(12) + 1))[0], np.log10(1 / 3)))
    True
    """
    base = int(np.maximum(a, b).max(initial=0)) + 1
    cases = (overlap.astype(np.int64) * base + np.minimum(a, b).astype(np.int64)) * base
    distinct, back = np.unique(cases + np.maximum(a, b).astype(np.int64), return_inverse=True)
    k, low, high = (part.astype(np.float64) for part in (distinct // base**2, distinct // base % base, distinct % base))
    term, total = np.ones(len(k)), np.ones(len(k))
    for step in range(int((low - k).max(initial=0.0))):
        at = k + step
        # Past the smaller degree the factor is zero, and with it every later term.
        term = term * np.maximum(low - at, 0) * (high - at) / ((at + 1) * np.maximum(n - low - high + at + 1, 1))
        total += term
        if not (term > 1e-17 * total).any():
            break
    return np.asarray((_log10_first(k, n, low, high, factorial) + np.log10(total))[back.ravel()], dtype=np.float64)


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
    """The members that are joined to a fifth of the others and to half as many as the middle member; the rest are let go.

    Whoever uses a few of a cluster's texts by chance, or is tied to its fringe only, has far fewer ties than its members.
    """
    while len(members) >= 2:
        degree = np.diff(edges[members][:, members].indptr)
        kept = degree >= max(1.0, MIN_TIED * (len(members) - 1), OF_MIDDLE * float(np.median(degree)))
        if kept.all():
            break
        members = members[kept]
    return members


def families(usage: sp.csr_matrix, *, jaccard: float) -> Ints:
    """Family number of each column: columns whose sets of rows overlap by at least `jaccard` are one template's variants.

    Columns of equal sets count once, and sets that no other can be near enough to are not compared: above 2/3 a set of two
    is near none but itself.
    """
    present = sp.csc_matrix((usage > 0).astype(np.float64))
    _, first, same = np.unique(_marks(present), return_index=True, return_inverse=True)
    width = np.diff(present.indptr)
    compared = first[width[first] >= (3 if jaccard > 2 / 3 else 1)]
    block = sp.csr_matrix(present[:, compared].T)
    near: list[tuple[Ints, Ints]] = []
    for one, other, both in overlaps(block):
        keep = both >= jaccard * (width[compared[one]] + width[compared[other]] - both)
        near.append((compared[one[keep]], compared[other[keep]]))
    ones, others = (np.concatenate(column) for column in zip(*near, strict=True))
    n = usage.shape[1]
    rows = np.concatenate([np.arange(n), ones])
    columns = np.concatenate([first[same.ravel()], others])
    _, labels = connected_components(sp.coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(n, n)), directed=False)
    return labels.astype(np.int64)


def _marks(present: sp.csc_matrix) -> NDArray[np.uint64]:
    """A number for every column that is the same for the same set of rows (sum of random 64-bit numbers of its rows)."""
    rng = np.random.default_rng(0)
    of_row = rng.integers(0, 2**64, present.shape[0], dtype=np.uint64)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(of_row[present.indices], dtype=np.uint64)])
    return np.asarray(sums[present.indptr[1:]] - sums[present.indptr[:-1]], dtype=np.uint64)
