"""What people judged about links, applied to a run: same_operator ties two customers, not_same cuts what ties them.

A judgement names two accounts and speaks for the declared customers that hold them. `same_operator` follows chains: A with B
and B with C says A with C, also through an account that the window does not hold. `not_same` holds for everyone whom a chain
joins to either side. Where the two contradict each other (A with B, B with C, A not with C), or a judgement contradicts what the
accounts declare, nobody is asked to guess: all judgements of that chain are set aside and reported, and the evidence
stands as if nobody had judged, until a person changes one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from detection.clustering.identities import Identities

Ints = NDArray[np.int64]
FIELD = "judgement"
"""The field under which a judged tie stands among the shared identifiers; it is personal, and worth full bits."""


@dataclass(frozen=True)
class JudgementConflict:
    """Judgements that cannot all be true. Rows number accounts as the run does; outside ones follow the last row."""

    apart: tuple[int, int]
    """The pair that was judged not the same."""
    chain: tuple[tuple[int, int], ...]
    """The same_operator judgements that hang together with it and are set aside too; empty: the accounts declare one customer."""

    def sentence(self, name: Sequence[object]) -> str:
        """The contradiction in words. `name` gives an account's id by row.

        >>> JudgementConflict((0, 2), ((0, 1), (1, 2))).sentence("ABC")
        'A and C were judged not the same, yet judged one operator by A with B, B with C: all 3 judgements are set aside until one of them is changed.'
        """
        one, other = (name[row] for row in self.apart)
        if not self.chain:
            return f"{one} and {other} were judged not the same, yet declare one customer: the judgement is set aside."
        links = ", ".join(f"{name[a]} with {name[b]}" for a, b in self.chain)
        return (
            f"{one} and {other} were judged not the same, yet judged one operator by {links}: "
            f"all {len(self.chain) + 1} judgements are set aside until one of them is changed."
        )


@dataclass(frozen=True)
class Judged:
    """What stands of the judgements after contradictions are set aside."""

    operator: Ints
    """Operator of each account row: customers that a chain of same_operator joins share one; else each is its own."""
    party: Ints
    """Declared customer of each account row, as it was given."""
    apart: frozenset[tuple[int, int]]
    """Pairs of operators (smaller first) that were judged not the same."""
    conflicts: tuple[JudgementConflict, ...]

    def judged_apart(self, a: int, b: int) -> bool:
        """Whether a standing judgement keeps the operators of two account rows apart."""
        one, other = int(self.operator[a]), int(self.operator[b])
        return (min(one, other), max(one, other)) in self.apart


def pair_rows(ids: Sequence[str], *groups: Iterable[tuple[str, str]]) -> list[list[tuple[int, int]]]:
    """Pairs of account ids as pairs of rows. Accounts that the run does not hold get the numbers after the last row.

    >>> pair_rows(["a", "b"], [("a", "x")], [("x", "b")])
    [[(0, 2)], [(2, 1)]]
    """
    row = {str(name): number for number, name in enumerate(ids)}
    return [[(row.setdefault(a, len(row)), row.setdefault(b, len(row))) for a, b in sorted(pairs)] for pairs in groups]


def apply_judgements(
    party: Ints, *, same: Sequence[tuple[int, int]] = (), apart: Sequence[tuple[int, int]] = ()
) -> Judged:
    """The operators that people's judgements make of declared customers.

    `party`: declared customer of each account row. `same`, `apart`: pairs of account rows; a number from len(party) on is an
    account outside the window, a customer of its own, which may still join two others.

    >>> judged = apply_judgements(np.array([0, 1, 2]), same=[(0, 3), (3, 1)], apart=[(0, 2)])
    >>> judged.operator.tolist(), judged.judged_apart(1, 2), judged.conflicts
    ([0, 0, 2], True, ())
    """
    n = len(party)
    size = max([n, *(row + 1 for pair in (*same, *apart) for row in pair)])
    outside = np.arange(size - n, dtype=np.int64) + (int(party.max()) + 1 if n else 0)
    customer = np.concatenate([party.astype(np.int64), outside])
    chains = _operators(customer, same)
    conflicts = tuple(
        JudgementConflict((a, b), tuple(p for p in same if chains[p[0]] == chains[a] and _joins(customer, p)))
        for a, b in apart
        if chains[a] == chains[b]
    )
    # A pair that declares one customer brings its chain down only where a chain is what joins it.
    conflicts = tuple(replace(c, chain=()) if _declared(customer, c.apart) else c for c in conflicts)
    aside = {int(chains[c.apart[0]]) for c in conflicts if c.chain}
    operator = _operators(customer, [pair for pair in same if int(chains[pair[0]]) not in aside])
    kept = {(int(operator[a]), int(operator[b])) for a, b in apart if chains[a] != chains[b]}
    return Judged(operator[:n], customer[:n], frozenset((min(p), max(p)) for p in kept), conflicts)


def _declared(customer: Ints, pair: tuple[int, int]) -> bool:
    return bool(customer[pair[0]] == customer[pair[1]])


def _joins(customer: Ints, pair: tuple[int, int]) -> bool:
    return not _declared(customer, pair)


def _operators(customer: Ints, same: Sequence[tuple[int, int]]) -> Ints:
    """Operator of each row: customers joined by chains, numbered by their smallest customer."""
    n = int(customer.max()) + 1 if len(customer) else 0
    ends = np.array([(customer[a], customer[b]) for a, b in same], dtype=np.int64).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    smallest = np.full(labels.max() + 1 if n else 0, n, dtype=np.int64)
    np.minimum.at(smallest, labels, np.arange(n))
    return smallest[labels][customer] if n else customer


def cut_identities(identities: Identities, judged: Judged) -> Identities:
    """The shared identifiers without what not_same cuts: what evidence (I1) may still rest on.

    A value shared by customers judged apart ties neither to the other: whoever was judged apart from most of its holders lets
    go of it first, until no two of its holders stand apart; of two holders alone both let go, since nobody said whose it is.
    """
    return replace(identities, held=_let_go(identities.held, judged))


def judged_identities(identities: Identities, judged: Judged, *, bits: float) -> Identities:
    """The shared identifiers as clusters, membership and ties read them: cut, and with what people judged to be one operator.

    Customers judged to be one operator share a value of the field `judgement`, worth `bits`. It forms units and ties members;
    it is a person's word and no measurement, so no signal may test it: those read `cut_identities`.
    """
    identities = cut_identities(identities, judged)
    held = identities.held
    groups = pd.DataFrame({"operator": judged.operator, "party": judged.party, "account": np.arange(len(judged.party))})
    several = groups.groupby("operator")["party"].nunique()
    several = several[several >= 2]
    first = len(identities.values)
    number = pd.Series(np.arange(first, first + len(several)), index=several.index)
    added = groups[groups["operator"].isin(several.index)]
    added = added.assign(value=added["operator"].map(number))[["account", "party", "value"]]
    values = pd.DataFrame(
        {"field": FIELD, "text": [f"operator {k}" for k in several.index], "parties": several.to_numpy(), "bits": bits}
    )
    if not len(several):
        return identities
    return replace(
        identities,
        values=pd.concat([identities.values, values], ignore_index=True) if first else values,
        held=pd.concat([held, added], ignore_index=True).astype("int64") if len(held) else added.reset_index(drop=True),
        fields=(*identities.fields, FIELD),
    )


def _let_go(held: pd.DataFrame, judged: Judged) -> pd.DataFrame:
    """Who holds which value, once customers that stand apart share none."""
    if not judged.apart or not len(held):
        return held
    named = np.unique(np.array(sorted(judged.apart), dtype=np.int64))
    operator = pd.Series(judged.operator[held["account"].to_numpy(dtype=np.int64)], index=held.index)
    concerned = held[operator.isin(named)].assign(operator=operator)
    gone: set[tuple[int, int]] = set()
    for value, holders in concerned.groupby("value")["operator"]:
        for one in _without(set(map(int, holders)), judged.apart):
            gone.add((int(str(value)), one))
    keep = [(int(v), int(o)) not in gone for v, o in zip(held["value"], operator, strict=True)]
    return held[keep].reset_index(drop=True)


def _without(holders: set[int], apart: frozenset[tuple[int, int]]) -> set[int]:
    """The operators that let go of a value, those judged apart from most of its holders first; ties go together."""
    edges = {pair for pair in apart if pair[0] in holders and pair[1] in holders}
    gone: set[int] = set()
    while edges:
        degree: dict[int, int] = {}
        for one in (end for pair in edges for end in pair):
            degree[one] = degree.get(one, 0) + 1
        most = max(degree.values())
        gone |= {one for one, count in degree.items() if count == most}
        edges = {pair for pair in edges if not gone & set(pair)}
    return gone


def contradicting(
    ids: Sequence[str], *, same: Iterable[tuple[str, str]], apart: Iterable[tuple[str, str]]
) -> list[str]:
    """The contradictions among judgements alone, in words, before any run: each account is a customer of its own.

    >>> contradicting(["a", "b"], same=[("a", "b")], apart=[])
    []
    """
    joined, kept_apart = pair_rows(ids, same, apart)
    judged = apply_judgements(np.arange(len(ids)), same=joined, apart=kept_apart)
    return [conflict.sentence(ids) for conflict in judged.conflicts]
