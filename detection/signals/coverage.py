"""N3 union coverage: the accounts together work through a published prompt set that none of them asks alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from core.figures import p_value, percent
from detection.analysis.results import Reading
from detection.analysis.statistics import Floats, Ints, rank_p
from detection.signals.base import UNCALIBRATED, Context, Unit, draw_accounts, reference_parties

BENIGN = "Whoever evaluates models asks a whole benchmark: academic groups, leaderboards, a customer's acceptance tests, a course."
DRAWS = 199


def read(unit: Unit, context: Context) -> Reading:
    """Largest share of any listed corpus that the unit's accounts cover together, over their whole traffic.

    Shown beside it: the largest single account's share of that corpus, and the Lincoln-Petersen estimate (Chapman 1951) of the
    list that two halves of the accounts draw from, n1 * n2 / m. Null: the unit is one more customer, and its accounts are
    random ones of their volume; p is the larger of the ranks among customers (each with its own best corpus) and among random
    groups of as many accounts, since a union grows with whoever is in it. One-sided, large speaks for harvesting.
    """
    common: dict[str, Any] = {
        "signal": "N3",
        "family": "N",
        "title": "Coverage of a known corpus",
        "benign": BENIGN,
        "value_unit": "share of the best covered corpus",
    }
    customers = context.customers
    if not customers.corpora:
        reason = f"{UNCALIBRATED}: no known corpus was listed"
        return Reading(sentence="No corpus to compare with.", p_reason=reason, **common)
    sizes = np.array([size for _, size in customers.corpora], dtype=np.float64)
    mine = customers.items[customers.items["account"].isin(unit.members)]
    shares = _shares(mine.assign(group=0), sizes, 1)[0]
    best = int(np.argmax(shares))
    value = float(shares[best])
    common |= {
        "value": value,
        "denominator": f"{sizes[best]:,.0f} items of {customers.corpora[best][0]}; {len(sizes)} corpora listed",
        "accounts": unit.strongest(context.log),
        "parameters": halves(mine[mine["corpus"] == best], unit) | {"corpora": [name for name, _ in customers.corpora]},
    }
    p = context.parameters
    parties, words = reference_parties(unit, context, p.reference_min_exchanges, p.reference_min_groups)
    drawn = draw_accounts(unit, context, "N3", DRAWS) if len(unit.members) else None
    said = _words(value, mine[mine["corpus"] == best], sizes[best], customers.corpora[best][0], common["parameters"])
    if not len(parties) or drawn is None:
        return Reading(sentence=said, p_reason=f"{UNCALIBRATED}: {words}", **common)
    theirs, groups = _of_parties(context, parties, sizes), _of_groups(customers.items, drawn, sizes)
    middle, high = np.quantile(groups, [0.5, 0.975])
    ranks = rank_p(value, theirs), rank_p(value, groups)
    return Reading(
        sentence=said,
        reference=f"{words}; and {DRAWS} random groups of accounts of the same number and volume",
        effect=value - float(middle),
        effect_low=value - float(high),
        effect_high=value - float(np.quantile(groups, 0.025)),
        p=max(ranks) if value > 0 else 1.0,
        p_reason=f"the larger of the rank among customers ({p_value(ranks[0])}) and among random groups ({p_value(ranks[1])})",
        **common,
    )


def halves(items: pd.DataFrame, unit: Unit) -> dict[str, float]:
    """Distinct items of two halves of the accounts (every other one by volume), their overlap, and the list that both draw from."""
    order = unit.members[np.lexsort((unit.members, -unit.counts))]
    first, second = (np.unique(items["item"][items["account"].isin(order[start::2])]) for start in (0, 1))
    overlap = len(np.intersect1d(first, second))
    estimate = (len(first) + 1) * (len(second) + 1) / (overlap + 1) - 1
    return {"half_1": len(first), "half_2": len(second), "overlap": overlap, "list_estimate": float(estimate)}


def _words(value: float, items: pd.DataFrame, size: float, name: str, parts: dict[str, Any]) -> str:
    largest = items.groupby("account")["item"].nunique().max() / size if len(items) else 0.0
    return (
        f"Together its accounts asked {percent(value)} of {name}, the largest single one {percent(largest)}; two halves of the accounts "
        f"share {parts['overlap']} of {parts['half_1']} and {parts['half_2']} items (as if from a list of {parts['list_estimate']:,.0f})."
    )


def _shares(items: pd.DataFrame, sizes: Floats, n_groups: int) -> Floats:
    """Share of each corpus (columns) that each group (rows) covers."""
    distinct = items[["group", "corpus", "item"]].drop_duplicates()
    counts = np.zeros((n_groups, len(sizes)))
    np.add.at(counts, (distinct["group"].to_numpy(dtype=np.int64), distinct["corpus"].to_numpy(dtype=np.int64)), 1.0)
    return np.asarray(counts / np.maximum(sizes, 1), dtype=np.float64)


def _of_parties(context: Context, parties: Ints, sizes: Floats) -> Floats:
    """Best covered corpus of each reference customer."""
    place = np.full(int(context.log.party.max()) + 1, -1, dtype=np.int64)
    place[parties] = np.arange(len(parties))
    items = context.customers.items
    group = place[context.log.party[items["account"].to_numpy(dtype=np.int64)]]
    kept = items.assign(group=group)[group >= 0]
    return np.asarray(_shares(kept, sizes, len(parties)).max(axis=1), dtype=np.float64)


def _of_groups(items: pd.DataFrame, drawn: Ints, sizes: Floats) -> Floats:
    """Best covered corpus of each random group (a row of account numbers)."""
    known, column = np.unique(items[["corpus", "item"]].to_numpy(dtype=np.int64), axis=0, return_inverse=True)
    if not len(known):
        return np.zeros(len(drawn))
    n_accounts = int(max(drawn.max(), items["account"].max())) + 1
    rows = items["account"].to_numpy(dtype=np.int64)
    asked = sp.csr_matrix((np.ones(len(items)), (rows, column.ravel())), shape=(n_accounts, len(known)))
    count, width = drawn.shape
    places = (np.repeat(np.arange(count), width), drawn.ravel())
    chosen = sp.csr_matrix((np.ones(drawn.size), places), shape=(count, n_accounts))
    union = sp.csr_matrix(chosen @ asked)
    union.data[:] = 1.0
    by_corpus = sp.csr_matrix(
        (np.ones(len(known)), (np.arange(len(known)), known[:, 0])), shape=(len(known), len(sizes))
    )
    return np.asarray((sp.csr_matrix(union @ by_corpus).toarray() / np.maximum(sizes, 1)).max(axis=1), dtype=np.float64)
