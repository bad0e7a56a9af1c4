"""Campaigns: units that passed the gate, joined where they hold the same accounts; and each account's tier in them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from detection.clustering.identities import Identities
from detection.parameters import Parameters
from detection.results import MemberResult, Tie
from detection.signals.base import Unit
from detection.statistics import Floats, Ints
from detection.tables import Log

JOIN_OVERLAP = 0.5
MOSTLY_TIED = 0.5
SETTINGS_OF_FEW = 0.2
CONTENT_OF_FEW = 0.05
NEARLY = 0.9
TIES_SHOWN = 2000


@dataclass(frozen=True)
class Membership:
    """Exchanges of every account of a campaign in its units, and by what it belongs."""

    rows: Ints
    k: Ints
    linked: np.ndarray
    """Whether the account belongs to a cluster of the campaign that identifiers formed, by row."""


def join_units(units: list[Unit]) -> list[list[int]]:
    """Groups of units (by position) that share at least half of the accounts of the smaller one, directly or in a chain."""
    n = len(units)
    rows, columns = [], []
    for a in range(n):
        for b in range(a + 1, n):
            common = len(np.intersect1d(units[a].members, units[b].members))
            if common >= JOIN_OVERLAP * min(len(units[a].members), len(units[b].members)):
                rows.append(a)
                columns.append(b)
    graph = sp.coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    groups = [[int(i) for i in np.flatnonzero(labels == label)] for label in np.unique(labels)]
    return sorted(groups, key=lambda group: group[0])


def membership(units: list[Unit], log: Log) -> Membership:
    """Exchanges of each account in any of the units; template units are summed, at most the account's own total."""
    k = np.zeros(len(log.accounts), dtype=np.int64)
    linked = np.zeros(len(log.accounts), dtype=bool)
    for unit in units:
        if "I1" in unit.forming:
            linked[unit.members] = True
        k[unit.members] += unit.counts
    k = np.minimum(k, log.accounts["n"].to_numpy(dtype=np.int64))
    rows = np.flatnonzero(k > 0).astype(np.int64)
    return Membership(rows, k[rows], linked[rows])


def tiers(found: Membership, log: Log, identities: Identities, p: Parameters) -> list[MemberResult]:
    """Core, associate or bystander for every account that touches the campaign's units, core first."""
    n = log.accounts["n"].to_numpy(dtype=np.int64)[found.rows]
    share = found.k / n
    core = (found.k >= p.core_min_exchanges) & (share >= p.core_min_share)
    tied = _tied_to(found.rows, found.rows[core], log, identities)
    tied = _alike(found, core, tied, log) | tied
    core &= ~_strangers(found, core, tied)
    background = _background(found, log, core)
    member_p = _membership_p(found, log, share, core)
    holm = _holm(member_p, (found.k >= p.member_min_exchanges) & ~core)
    results = []
    for i, row in enumerate(found.rows):
        words = tied.get(int(row), "")
        near = bool(words) or bool(found.linked[i])
        associate = found.k[i] >= p.member_min_exchanges and holm[i] < p.associate_alpha and near
        tier = "core" if core[i] else "associate" if associate else "bystander"
        record = log.accounts.iloc[int(row)]
        by = f"{int(found.k[i]):,} of its {int(n[i]):,} exchanges are in the campaign's units" + (
            f"; {words}" if words else ""
        )
        results.append(
            MemberResult(
                account_id=str(record["account_id"]),
                tier=tier,
                k=int(found.k[i]),
                n=int(n[i]),
                background_share=background,
                membership_p=float(member_p[i]),
                tied_by=by,
                first_us=int(record["first_us"]),
                last_us=int(record["last_us"]),
            )
        )
    order = {"core": 0, "associate": 1, "bystander": 2}
    return sorted(results, key=lambda m: (order[m.tier], -m.k, m.account_id))


def _strangers(found: Membership, core: np.ndarray, tied: dict[int, str]) -> np.ndarray:
    """Heavy users of the template who share no identifier with the others, where most of the others do.

    Were they run by the same operator, they would be tied as often as the rest: where most are, being untied speaks for a
    stranger who uses the same text. Where few are tied it says nothing, and nobody is let off.
    """
    has_tie = np.array([int(row) in tied for row in found.rows]) | found.linked
    if not core.any() or has_tie[core].mean() < MOSTLY_TIED:
        return np.zeros(len(core), dtype=bool)
    return core & ~has_tie


def _alike(found: Membership, core: np.ndarray, tied: dict[int, str], log: Log) -> dict[int, str]:
    """Heavy users who work like the accounts that identifiers tie: the same settings, or the same kind of requests.

    Users of one public text bring their own program and ask other things besides; an operator's accounts share both.
    """
    anchors = [int(row) for i, row in enumerate(found.rows) if core[i] and (int(row) in tied or found.linked[i])]
    if not anchors:
        return {}
    heavy = found.rows[core]
    outside = np.ones(len(log.accounts), dtype=bool)
    outside[heavy] = False
    likeness = set_up_like(anchors, log)
    asking = log.column("elicited") / np.maximum(log.column("n"), 1)
    words: dict[int, str] = {}
    for values, few, said in (
        (
            likeness,
            SETTINGS_OF_FEW,
            "its requests are set up like those of {} tied accounts, as {:.1%} of outsiders' are",
        ),
        (
            np.where(likeness > 0, asking, 0.0),
            CONTENT_OF_FEW,
            "as much of its traffic makes training data as of {} tied accounts'; {:.1%} of outsiders' does",
        ),
    ):
        least = max(NEARLY * float(np.quantile(values[anchors], 0.1)), MOSTLY_TIED)
        reached = float(np.mean(values[outside] >= least)) if outside.any() else 1.0
        if reached <= few:
            words |= {int(row): said.format(len(anchors), reached) for row in heavy if values[row] >= least}
    return words


def set_up_like(anchors: list[int], log: Log) -> Floats:
    """How much each account's settings (temperature, token limit, endpoint) are those of some accounts: shared share, in [0, 1]."""
    sums = log.settings.groupby(["account", "settings"], sort=True)["n"].sum().reset_index()
    sums["share"] = sums["n"] / sums.groupby("account")["n"].transform("sum")
    profile = sums[sums["account"].isin(anchors)].groupby("settings")["share"].sum() / max(len(anchors), 1)
    common = np.minimum(sums["share"], sums["settings"].map(profile).fillna(0.0))
    found = np.zeros(len(log.accounts))
    np.add.at(found, sums["account"].to_numpy(dtype=np.int64), common.to_numpy(dtype=np.float64))
    return found


def _background(found: Membership, log: Log, core: np.ndarray) -> float | None:
    """Share of the units' exchanges in the traffic of everybody who is not core."""
    total = float(log.accounts["n"].sum()) - float(log.accounts["n"].to_numpy()[found.rows[core]].sum())
    return float(found.k[~core].sum()) / total if total > 0 else None


def _membership_p(found: Membership, log: Log, share: Floats, core: np.ndarray) -> Floats:
    """Share of accounts outside the core that give the units at least this share of their traffic (over-dispersed rank)."""
    outside = len(log.accounts) - int(core.sum())
    others = np.sort(share[~core])
    reached = len(others) - np.searchsorted(others, share, side="left")
    own = (~core).astype(np.int64)
    return np.asarray((1 + reached - own) / (outside + 1), dtype=np.float64)


def _holm(ps: Floats, candidates: np.ndarray) -> Floats:
    """Holm-corrected p among the candidates; 1 elsewhere."""
    adjusted = np.ones(len(ps))
    chosen = np.flatnonzero(candidates)
    order = chosen[np.argsort(ps[chosen], kind="stable")]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(ps[order] * factors))
    return adjusted


def _tied_to(rows: Ints, core: Ints, log: Log, identities: Identities) -> dict[int, str]:
    """For accounts that share a rare identifier with a core account of another declared customer: the rarest one, in words."""
    held = identities.held[identities.held["account"].isin(rows)]
    if not len(held):
        return {}
    values = identities.values
    in_core = held[held["account"].isin(core)].groupby("value")["party"].agg(["nunique", "first"])
    joined = held.join(in_core, on="value", how="inner")
    joined = joined[(joined["nunique"] > 1) | (joined["first"] != joined["party"])]
    joined["bits"] = values["bits"].to_numpy()[joined["value"].to_numpy()]
    best = joined.sort_values(["account", "bits", "value"], ascending=[True, False, True]).drop_duplicates("account")
    words = {}
    for account, value in zip(best["account"], best["value"], strict=True):
        record = values.iloc[int(value)]
        words[int(account)] = f"shares a {record['field']} held by {int(record['parties'])} customers"
    return words


def ties(rows: Ints, log: Log, identities: Identities) -> tuple[Tie, ...]:
    """Concealed links among some accounts: each shared value as a path through its holders, rarest first."""
    held = identities.held[identities.held["account"].isin(rows)].drop_duplicates(["account", "value"])
    found: list[Tie] = []
    for value, part in held.groupby("value", sort=True):
        if part["party"].nunique() < 2:
            continue
        record = identities.values.iloc[int(str(value))]
        holders = [str(log.ids[row]) for row in part["account"].sort_values()]
        for a, b in pairwise(holders):
            found.append(Tie(a, b, str(record["field"]), int(record["parties"]), float(record["bits"])))
    return tuple(sorted(found, key=lambda tie: (-tie.bits, tie.field, tie.a, tie.b))[:TIES_SHOWN])


def span(units: list[Unit]) -> tuple[int, int]:
    """First and last exchange of the units."""
    return min(int(u.sums["first_us"].min()) for u in units), max(int(u.sums["last_us"].max()) for u in units)


def tokens_by_model(frame: pd.DataFrame, rows: Ints) -> dict[str, int]:
    """Output tokens of some accounts by model, as the list-price estimate needs them."""
    own = frame[frame["account"].isin(rows)].groupby("model")["n_output_tokens"].sum()
    return {str(model): int(tokens) for model, tokens in own.items()}
