"""Campaigns: units that passed the gate, joined where they hold the same accounts; and each account's tier in them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from core.figures import percent
from detection.analysis.parameters import Parameters
from detection.analysis.results import MemberResult, Tie
from detection.analysis.statistics import Floats, Ints
from detection.analysis.tables import Log
from detection.clustering.identities import FIELD_WORDS, PERSONAL, Identities
from detection.signals.base import Unit

JOIN_OVERLAP = 0.5
MOSTLY = 0.5
NEARLY_ALL = 0.8
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


def join_units(units: list[Unit], log: Log, links: Identities) -> list[list[int]]:
    """Groups of units (by position) that hold the same accounts, directly or in a chain.

    From the smallest on, a unit joins the group with which it shares at least half of the accounts of the smaller. Where it
    meets several, it binds them only if they are one operator's: when the unit is a community (many shared rare templates), or most
    accounts of the smaller group share a card, device or telephone with the larger; two operators may well use one text, one
    proxy or one farm. Link clusters of identifiers or of set-up and sign-ups also need most of their own accounts in the group,
    and are left out where they meet groups that they cannot join.
    """
    order = sorted(range(len(units)), key=lambda i: (_coarse(units[i]), len(units[i].members), i))
    groups: list[list[int]] = []
    for i in order:
        unit = units[i]
        met = [group for group in groups if _overlap(unit.members, _accounts(units, group))]
        if _coarse(unit):
            mine = [
                g for g in met if len(np.intersect1d(unit.members, _accounts(units, g))) >= MOSTLY * len(unit.members)
            ]
            if met and not mine:
                continue
            met = met if _bound(met, units, log, links) else mine[:1]
        elif len(met) > 1 and not ("X1" in unit.forming and unit.kind == "link") and not _bound(met, units, log, links):
            continue
        groups = [group for group in groups if group not in met] + [[i, *(k for group in met for k in group)]]
    return sorted((sorted(group) for group in groups), key=lambda group: group[0])


def _coarse(unit: Unit) -> bool:
    return bool({"I1", "I3"} & set(unit.forming))


def _bound(met: list[list[int]], units: list[Unit], log: Log, links: Identities) -> bool:
    """Whether personal identifiers say that all of these groups are one operator's."""
    if not met:
        return True
    first = _accounts(units, met[0])
    return all(_one_operator(first, _accounts(units, group), log, links) for group in met[1:])


def _one_operator(a: Ints, b: Ints, log: Log, links: Identities) -> bool:
    """Whether most accounts of the smaller group hold a personal value that an account of another customer in the larger holds."""
    small, large = (a, b) if len(a) <= len(b) else (b, a)
    personal = links.values["field"].isin(PERSONAL).to_numpy(dtype=bool)
    held = links.held[personal[links.held["value"].to_numpy(dtype=np.int64)]] if len(links.held) else links.held
    known = held[held["account"].isin(large)]["value"]
    tied = held[held["account"].isin(np.setdiff1d(small, large)) & held["value"].isin(known)]["account"].nunique()
    return bool(tied > MOSTLY * len(small))


def _accounts(units: list[Unit], group: list[int]) -> Ints:
    return np.unique(np.concatenate([units[i].members for i in group]))


def _overlap(a: Ints, b: Ints) -> bool:
    return len(np.intersect1d(a, b)) >= JOIN_OVERLAP * min(len(a), len(b))


def membership(units: list[Unit], log: Log) -> Membership:
    """Exchanges of each account in any of the units; template units are summed, at most the account's own total."""
    units = _fine(units)
    k = np.zeros(len(log.accounts), dtype=np.int64)
    linked = np.zeros(len(log.accounts), dtype=bool)
    for unit in units:
        if "I1" in unit.forming:
            linked[unit.members] = True
        k[unit.members] += unit.counts
    k = np.minimum(k, log.accounts["n"].to_numpy(dtype=np.int64))
    rows = np.flatnonzero(k > 0).astype(np.int64)
    return Membership(rows, k[rows], linked[rows])


def _fine(units: list[Unit]) -> list[Unit]:
    """The units that say who belongs: coarse ones only where nothing finer does, or nearly all of their accounts agree with it."""
    fine = [unit for unit in units if not _coarse(unit)]
    if not fine:
        return units
    known = np.unique(np.concatenate([unit.members for unit in fine]))
    agree = [unit for unit in units if _coarse(unit) and np.isin(unit.members, known).mean() >= NEARLY_ALL]
    return [*fine, *agree]


def tiers(found: Membership, log: Log, identities: Identities, p: Parameters) -> list[MemberResult]:
    """Core, associate or bystander for every account that touches the campaign's units, core first."""
    n = log.accounts["n"].to_numpy(dtype=np.int64)[found.rows]
    share = found.k / n
    core = (found.k >= p.core_min_exchanges) & (share >= p.core_min_share)
    tied = _tied_to(found.rows, found.rows[core], log, identities)
    tied = _alike(found, core, tied, log) | tied
    core &= ~_strangers(found, core, tied)
    background = _background(found, log, core)
    near = np.array([int(row) in tied for row in found.rows], dtype=bool) | found.linked
    member_p = _membership_p(found, log, share, core, near)
    corrected = _false_discovery(member_p, (found.k >= p.member_min_exchanges) & ~core)
    results = []
    for i, row in enumerate(found.rows):
        words = tied.get(int(row), "")
        associate = found.k[i] >= p.member_min_exchanges and corrected[i] < p.associate_alpha and near[i]
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
    """Heavy users of the template who share no identifier with the others, where nearly all of the others do.

    Were they run by the same operator, they would be tied as often as the rest: where four fifths are, being untied speaks for
    a stranger who uses the same text. Where fewer are tied it says little, and nobody is let off.
    """
    has_tie = np.array([int(row) in tied for row in found.rows]) | found.linked
    if not core.any() or has_tie[core].mean() < NEARLY_ALL:
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
            "its requests are set up like those of {} tied accounts, as {} of outsiders' are",
        ),
        (
            np.where(likeness > 0, asking, 0.0),
            CONTENT_OF_FEW,
            "as much of its traffic makes training data as of {} tied accounts'; {} of outsiders' does",
        ),
    ):
        least = max(NEARLY * float(np.quantile(values[anchors], 0.1)), MOSTLY)
        reached = float(np.mean(values[outside] >= least)) if outside.any() else 1.0
        if reached <= few:
            words |= {int(row): said.format(len(anchors), percent(reached)) for row in heavy if values[row] >= least}
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


def _membership_p(found: Membership, log: Log, share: Floats, core: np.ndarray, near: np.ndarray) -> Floats:
    """Share of the accounts that are neither core nor tied to it which give the units at least this share of their traffic.

    Over-dispersed rank: the account is the unit. Accounts that are tied are no background of each other.
    """
    background = ~core & ~near
    outside = len(log.accounts) - int((core | near).sum())
    others = np.sort(share[background])
    reached = len(others) - np.searchsorted(others, share, side="left")
    own = background.astype(np.int64)
    return np.asarray((1 + reached - own) / (outside + 1), dtype=np.float64)


def _false_discovery(ps: Floats, candidates: np.ndarray) -> Floats:
    """Benjamini-Hochberg adjusted p among the candidates; 1 elsewhere."""
    adjusted = np.ones(len(ps))
    chosen = np.flatnonzero(candidates)
    if len(chosen):
        adjusted[chosen] = stats.false_discovery_control(ps[chosen])
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
        words[int(account)] = f"its {FIELD_WORDS[record['field']]} is held by {int(record['parties'])} customers"
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
