"""From templates, communities and identity links to units of a size worth testing, with their exchanges reduced."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import scipy.sparse as sp

from detection.analysis.customers import NOTHING, Profile, asked_again, profiles
from detection.analysis.parameters import Parameters
from detection.analysis.scratch import held, stored
from detection.analysis.statistics import Ints
from detection.analysis.tables import FRACTIONS, MEASURES, Log, sums_of
from detection.clustering.communities import families, parts, validated_edges
from detection.clustering.identities import Identities, link_clusters
from detection.signals.base import Unit


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


def template_units(
    rows: ir.Table, log: Log, templates: Templates, p: Parameters, sketches: ir.Table | None = None
) -> list[Unit]:
    """One unit for each family of templates that enough accounts use often enough."""
    table = templates.table
    big = table[(table["n"] >= p.template_family_min_exchanges) & (table["parties"] >= 3)]
    totals = big.groupby("family").agg(n=("n", "sum"))
    chosen = big[big["family"].isin(totals.index[totals["n"] >= p.min_exchanges])]
    if not len(chosen):
        return []
    matched = _matched(rows, chosen, p, sketches is not None)
    variants = dict(list(chosen.groupby("family")))
    return [
        _template_unit(part, matched, variants[int(str(family))], p)
        for family, part in matched.sums.groupby("family", sort=True)
    ]


@dataclass(frozen=True)
class _Matched:
    """Exchanges of the clusters, reduced: one row an account, an account and hour; prompts asked twice; kinds of task."""

    sums: pd.DataFrame
    hours: dict[int, pd.DataFrame]
    repeats: dict[int, Repeats]
    profiles: dict[int, Profile]


def _matched(rows: ir.Table, chosen: pd.DataFrame, p: Parameters, sketched: bool) -> _Matched:
    """Exchanges that match any template of a family that makes a unit, each once a family."""
    every = _hits(rows, chosen)
    sums = every.group_by("family", "account").agg(**sums_of(every)).to_pandas()
    sums = sums[sums["family"].isin(_large(sums, p))]
    # Most families are too small to be a unit: nothing more is asked of them.
    every = every.filter(every.family.isin([int(family) for family in sums["family"].unique()]))
    hours = every.group_by("family", "account", "hour").agg(n=every.count()).to_pandas()
    sums[FRACTIONS] = sums[FRACTIONS].round(6)
    hours = hours.astype({"account": "int64", "hour": "int64"})
    return _Matched(
        sums.astype({"account": "int64"}),
        dict(list(hours.groupby("family"))),
        repeated(every, "family"),
        profiles(every, "family", sketched),
    )


MATCHED = ("account", "hour", "ts_us", "again", "tags", "skeleton_h", "sim12", "sketch")


def _hits(rows: ir.Table, chosen: pd.DataFrame) -> ir.Table:
    """The matching rows with their `family`: one row for each of its families that an exchange matches.

    A family that two columns of one exchange name counts by the first of them, so no row has to be told from the others.
    """
    t, places = rows, []
    for place, (column, part) in enumerate(chosen.groupby("column", sort=True)):
        picks = part[["value", "family"]].rename(columns={"value": f"value_{place}", "family": f"family_{place}"})
        joined = ibis.memtable(picks.astype({f"value_{place}": "int64", f"family_{place}": "int32"}))
        t = t.left_join(joined, t[str(column)] == joined[f"value_{place}"])
        places.append(f"family_{place}")
    t = t.filter(ibis.or_(*(t[name].notnull() for name in places)))
    found = stored(t.select(*MATCHED, *MEASURES, *places), int(rows.count().execute()))
    pieces = []
    for place, name in enumerate(places):
        earlier = [found[other].isnull() | (found[other] != found[name]) for other in places[:place]]
        piece = found.filter(found[name].notnull(), *earlier)
        pieces.append(piece.select(*MATCHED, *MEASURES, family=piece[name].cast("int64")))
    return pieces[0] if len(pieces) == 1 else ibis.union(*pieces, distinct=False)


@dataclass(frozen=True)
class Repeats:
    """Prompts of a cluster that stand more than once in the window."""

    several: pd.DataFrame
    """account, prompt, n: those that several of its accounts asked."""
    own: pd.DataFrame
    """account, n: requests that repeat a prompt of the same account."""


def repeated(t: ir.Table, cluster: str) -> dict[int, Repeats]:
    """What the accounts of each cluster asked more than once, among them and each alone."""
    pairs = t.filter(t.again.notnull()).group_by(cluster, "account", prompt=t.again).agg(n=lambda t: t.count())
    pairs = held(pairs)
    several = pairs.group_by(cluster, "prompt").agg(accounts=lambda t: t.count()).filter(lambda s: s.accounts >= 2)
    found = pairs.semi_join(several, [cluster, "prompt"]).to_pandas()
    found = found.sort_values([cluster, "account", "prompt"], ignore_index=True)
    among = {int(str(number)): part[["account", "prompt", "n"]] for number, part in found.groupby(cluster)}
    alone = {int(str(number)): part[["account", "n"]] for number, part in asked_again(pairs, cluster).groupby(cluster)}
    return {
        number: Repeats(among.get(number, NO_REPEATS), alone.get(number, NO_REPEATS[["account", "n"]]))
        for number in among.keys() | alone.keys()
    }


def _large(sums: pd.DataFrame, p: Parameters) -> pd.Index:
    """The families whose accounts with enough exchanges are enough, with enough exchanges among them."""
    tested = sums[sums["n"] >= p.member_min_exchanges].groupby("family")["n"].agg(["size", "sum"])
    return tested.index[(tested["size"] >= p.min_accounts) & (tested["sum"] >= p.min_exchanges)]


def _template_unit(sums: pd.DataFrame, matched: _Matched, family: pd.DataFrame, p: Parameters) -> Unit:
    number = int(sums["family"].iloc[0])
    sums = sums.drop(columns="family").set_index("account").sort_index()
    tested = sums[sums["n"] >= p.member_min_exchanges]
    head = family.sort_values(["n", "words", "value"], ascending=[False, False, True]).iloc[0]
    columns = {str(c): sorted(str(v) for v in values["value"]) for c, values in family.groupby("column", sort=True)}
    return Unit(
        kind="template",
        key=template_key(str(head["column"]), int(head["value"])),
        title=f"template of {int(head['n']):,} requests in {len(family)} variants",
        forming=("X1",),
        sums=tested,
        hours=_of(matched.hours[number], tested)[["account", "hour", "n"]],
        repeats=_of(matched.repeats.get(number, NEVER).several, tested),
        asked_again=_of(matched.repeats.get(number, NEVER).own, tested),
        profile=matched.profiles.get(number, NOTHING),
        touching=len(sums),
        selector={"columns": columns},
        template_keys=tuple(
            template_key(str(c), int(v)) for c, v in zip(family["column"], family["value"], strict=True)
        ),
    )


NO_REPEATS = pd.DataFrame({"account": [], "prompt": [], "n": []}, dtype="int64")
NEVER = Repeats(NO_REPEATS, NO_REPEATS[["account", "n"]])


def _of(frame: pd.DataFrame, tested: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["account"].isin(tested.index)]


def template_key(column: str, value: int) -> str:
    """A template's stable name: hash column and value.

    >>> template_key("pre8", -1)
    'pre8:ffffffffffffffff'
    """
    return f"{column}:{value & 0xFFFFFFFFFFFFFFFF:016x}"


@dataclass(frozen=True)
class Cluster:
    """Parties that belong together before anything is tested, by what formed them."""

    parties: Ints
    forming: tuple[str, ...]
    words: str
    accounts: Ints | None = None
    """The accounts of these parties that belong; None: all of them."""


def communities(log: Log, templates: Templates, p: Parameters) -> list[Cluster]:
    """Parties that share more rare templates than chance allows."""
    limit = max(2, int(templates.usage.shape[0] * 0.1))
    edges = validated_edges(templates.usage, alpha=p.edge_alpha, exclude_above=limit)
    return [Cluster(parties, ("X1",), "shared rare templates") for parties in parts(edges, seed=p.seed)]


def identity_clusters(identities: Identities, p: Parameters) -> list[Cluster]:
    """Parties that share rare identifiers."""
    found = link_clusters(identities, bits_in_total=p.bits_in_total)
    return [Cluster(parties, ("I1",), "shared rare identifiers") for parties in found]


def link_units(
    rows: ir.Table, log: Log, clusters: list[Cluster], p: Parameters, sketches: ir.Table | None = None
) -> list[Unit]:
    """One unit of all exchanges for each cluster that is large enough."""
    chosen: list[tuple[Cluster, pd.DataFrame, int]] = []
    for cluster in clusters:
        inside = np.isin(log.party, cluster.parties)
        if cluster.accounts is not None:
            inside &= np.isin(np.arange(len(inside)), cluster.accounts)
        accounts = log.accounts[inside]
        tested = accounts[accounts["n"] >= p.member_min_exchanges]
        if len(tested) >= p.min_accounts and tested["n"].sum() >= p.min_exchanges and len(cluster.parties) >= 3:
            chosen.append((cluster, tested, len(accounts)))
    if not chosen:
        return []
    places = [(number, int(row)) for number, (_, tested, _) in enumerate(chosen) for row in tested.index]
    picks = ibis.memtable(pd.DataFrame(places, columns=["cluster", "member"]))
    inside = rows.inner_join(picks, rows.account == picks.member)
    repeats, kinds = repeated(inside, "cluster"), profiles(inside, "cluster", sketches is not None)
    return [
        Unit(
            kind="link",
            key=f"{cluster.forming[0]}:{tested.index[0]:06d}-{len(tested)}",
            title=f"{len(tested)} accounts tied by {cluster.words}",
            forming=cluster.forming,
            sums=tested[["n", "first_us", "last_us", *MEASURES]],
            hours=_of(log.activity, tested),
            repeats=repeats.get(number, NEVER).several,
            asked_again=repeats.get(number, NEVER).own,
            profile=kinds.get(number, NOTHING),
            touching=touching,
            selector={"accounts": "all exchanges"},
        )
        for number, (cluster, tested, touching) in enumerate(chosen)
    ]
