"""From templates, communities and identity links to units of a size worth testing, with their exchanges reduced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import scipy.sparse as sp

from detection.clustering.communities import families, parts, validated_edges
from detection.clustering.identities import Identities, link_clusters
from detection.parameters import Parameters
from detection.signals.base import Unit
from detection.statistics import Ints
from detection.tables import Log


@dataclass(frozen=True)
class Templates:
    """The templates that stand after mining, and who uses them."""

    table: pd.DataFrame
    """column, value, n, accounts, mark, example, words, parties, family."""
    usage: sp.csr_matrix
    """parties x templates, exchanges."""
    by_account: sp.csr_matrix
    """accounts x templates, exchanges."""


def count_usage(log: Log, found: pd.DataFrame, standing: pd.DataFrame, parameters: Parameters) -> Templates:
    """Usage of the standing templates by account and by party; templates of a single party are dropped."""
    key = pd.MultiIndex.from_frame(standing[["column", "value"]])
    number = pd.Series(np.arange(len(standing)), index=key)
    column = number.reindex(pd.MultiIndex.from_frame(found[["column", "value"]])).to_numpy()
    kept = ~pd.isna(column)
    rows = found["account"].to_numpy(dtype=np.int64)
    shape = (len(log.accounts), len(standing))
    cells = (found["n"].to_numpy(dtype=np.float64)[kept], (rows[kept], column[kept].astype(np.int64)))
    by_account = sp.csr_matrix(cells, shape=shape)
    n_parties = int(log.party.max()) + 1 if len(log.accounts) else 0
    fold = sp.csr_matrix((np.ones(shape[0]), (log.party, np.arange(shape[0]))), shape=(n_parties, shape[0]))
    usage = sp.csr_matrix(fold @ by_account)
    width = np.asarray((usage > 0).sum(axis=0)).ravel()
    several = np.flatnonzero(width >= 2)
    table = standing.iloc[several].assign(parties=width[several]).reset_index(drop=True)
    usage, by_account = usage[:, several], by_account[:, several]
    table["family"] = families(usage, jaccard=parameters.template_family_jaccard)
    return Templates(table, usage, by_account)


def template_units(exchanges: ir.Table, log: Log, templates: Templates, p: Parameters) -> list[Unit]:
    """One unit for each family of templates that enough accounts use often enough."""
    table = templates.table
    big = table[(table["n"] >= p.template_family_min_exchanges) & (table["parties"] >= 3)]
    totals = big.groupby("family").agg(n=("n", "sum"))
    units = []
    chosen = big[big["family"].isin(totals.index[totals["n"] >= p.min_exchanges])]
    if not len(chosen):
        return []
    rows = _matched(exchanges, chosen)
    for family, part in rows.groupby("family", sort=True):
        unit = _template_unit(part, log, chosen[chosen["family"] == family], p)
        if unit is not None:
            units.append(unit)
    return units


def _matched(exchanges: ir.Table, chosen: pd.DataFrame) -> pd.DataFrame:
    """Account, hour and sums of the exchanges that match any template of a family, each exchange once a family."""
    pieces = []
    for column, part in chosen.groupby("column", sort=True):
        picks = ibis.memtable(part[["value", "family"]].astype("int64"))
        joined = exchanges.inner_join(picks, exchanges[column] == picks["value"])
        pieces.append(joined.select("number", "account", "hour", "ts_us", "fresh", "tagged", "family"))
    every = pieces[0] if len(pieces) == 1 else ibis.union(*pieces, distinct=True)
    grouped = every.group_by("family", "account", "hour").agg(
        n=every.count(),
        fresh=every["fresh"].sum(),
        tagged=every["tagged"].sum(),
        first_us=every["ts_us"].min(),
        last_us=every["ts_us"].max(),
    )
    frame = grouped.to_pandas()
    return frame.astype({"account": "int64", "hour": "int64"})


def _template_unit(part: pd.DataFrame, log: Log, family: pd.DataFrame, p: Parameters) -> Unit | None:
    sums = _sums(part)
    tested = sums[sums["n"] >= p.member_min_exchanges]
    if len(tested) < p.min_accounts or tested["n"].sum() < p.min_exchanges:
        return None
    head = family.sort_values(["n", "words", "value"], ascending=[False, False, True]).iloc[0]
    key = template_key(str(head["column"]), int(head["value"]))
    title = f"template of {int(head['n']):,} requests in {len(family)} variants"
    hours = part[part["account"].isin(tested.index)][["account", "hour", "n"]]
    columns = {str(c): sorted(str(v) for v in values["value"]) for c, values in family.groupby("column", sort=True)}
    keys = tuple(template_key(str(c), int(v)) for c, v in zip(family["column"], family["value"], strict=True))
    selector = {"columns": columns}
    return _unit(
        "template", key, title, ("X1",), tested, hours, touching=len(sums), selector=selector, template_keys=keys
    )


def template_key(column: str, value: int) -> str:
    """A template's stable name: hash column and value.

    >>> template_key("pre8", -1)
    'pre8:ffffffffffffffff'
    """
    return f"{column}:{value & 0xFFFFFFFFFFFFFFFF:016x}"


def community_units(log: Log, templates: Templates, p: Parameters) -> list[Unit]:
    """Link clusters of parties that share more rare templates than chance allows."""
    limit = max(2, int(templates.usage.shape[0] * 0.1))
    edges = validated_edges(templates.usage, alpha=p.edge_alpha, exclude_above=limit)
    return _link_units(log, parts(edges, seed=p.seed), ("X1",), "shared rare templates", p)


def identity_units(log: Log, identities: Identities, p: Parameters) -> list[Unit]:
    """Link clusters of parties that share rare identifiers."""
    return _link_units(
        log, link_clusters(identities, bits_in_total=p.bits_in_total), ("I1",), "shared rare identifiers", p
    )


def _link_units(log: Log, clusters: list[Ints], forming: tuple[str, ...], words: str, p: Parameters) -> list[Unit]:
    units = []
    for cluster in clusters:
        accounts = log.accounts[np.isin(log.party, cluster)]
        tested = accounts[accounts["n"] >= p.member_min_exchanges]
        if len(tested) < p.min_accounts or tested["n"].sum() < p.min_exchanges or len(cluster) < 3:
            continue
        hours = log.activity[log.activity["account"].isin(tested.index)]
        key = f"{forming[0]}:{tested.index[0]:06d}-{len(tested)}"
        sums = tested[["n", "fresh", "tagged", "first_us", "last_us"]]
        title = f"{len(tested)} accounts tied by {words}"
        units.append(
            _unit(
                "link", key, title, forming, sums, hours, touching=len(accounts), selector={"accounts": "all exchanges"}
            )
        )
    return units


def _sums(part: pd.DataFrame) -> pd.DataFrame:
    return part.groupby("account", sort=True).agg(
        n=("n", "sum"),
        fresh=("fresh", "sum"),
        tagged=("tagged", "sum"),
        first_us=("first_us", "min"),
        last_us=("last_us", "max"),
    )


def _unit(
    kind: str,
    key: str,
    title: str,
    forming: tuple[str, ...],
    sums: pd.DataFrame,
    hours: pd.DataFrame,
    *,
    touching: int,
    selector: dict[str, Any],
    template_keys: tuple[str, ...] = (),
) -> Unit:
    return Unit(
        kind=kind,
        key=key,
        title=title,
        forming=forming,
        members=sums.index.to_numpy(dtype=np.int64),
        counts=sums["n"].to_numpy(dtype=np.int64),
        fresh=sums["fresh"].to_numpy(dtype=np.float64),
        tagged=sums["tagged"].to_numpy(dtype=np.int64),
        first_us=sums["first_us"].to_numpy(dtype=np.int64),
        last_us=sums["last_us"].to_numpy(dtype=np.int64),
        hours=hours,
        touching=touching,
        selector=selector,
        template_keys=template_keys,
    )
