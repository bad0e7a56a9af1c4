"""What declared customers and clusters do with texts, reduced once a run: prompts met twice, known items, kinds of task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from detection.analysis.scratch import held
from detection.analysis.statistics import Ints
from detection.analysis.tables import Log

SKETCHES_KEPT = 512
"""Sampled sketches of one cluster or customer at most."""
ROWS_SAMPLED = 400_000
PRIME = 1_000_003
SIMHASHES = 1 << 12


@dataclass(frozen=True)
class Profile:
    """How often each kind of task occurs in some exchanges, and a sample of their texts' sketches."""

    times: Ints
    """How often a kind occurs, each figure once, rising."""
    kinds: Ints
    """How many kinds occur that often."""
    sketches: Ints
    """Sixteen 4-bit MinHash values each, in a pseudo-random order that names and row order do not touch."""

    @property
    def n(self) -> int:
        """Exchanges that the kinds were counted over."""
        return int((self.times * self.kinds).sum())


NOTHING = Profile(*(np.zeros(0, dtype=np.int64) for _ in range(3)))
NO_COLLISIONS = pd.DataFrame({"accounts": [], "pairs": [], "shared": []}, dtype="float64")
NO_ITEMS = pd.DataFrame({"account": [], "corpus": [], "item": []}, dtype="int64")


@dataclass(frozen=True)
class Customers:
    """The texts of every declared customer, as far as signals compare a cluster with them."""

    collisions: pd.DataFrame = field(default_factory=NO_COLLISIONS.copy)
    """By party with several accounts: accounts, pairs of distinct prompts of two accounts, pairs that are one prompt."""
    items: pd.DataFrame = field(default_factory=NO_ITEMS.copy)
    """account (row number), corpus (place in `corpora`), item: the known items that each account asked."""
    corpora: tuple[tuple[str, int], ...] = ()
    """Name and number of items of every listed corpus."""
    profiles: dict[int, Profile] = field(default_factory=dict)
    """By party."""
    sketched: bool = False
    """Whether skeletons were sketched for this run."""
    _known: dict[tuple[int, int], float] = field(default_factory=dict, repr=False, compare=False)

    def remembered(self, party: int, size: int, measure: Callable[[Profile, int], float]) -> float:
        """A measure of one party's profile at a size, computed once a run: every unit is compared with the same customers."""
        if (party, size) not in self._known:
            self._known[party, size] = measure(self.profiles[party], size)
        return self._known[party, size]


def customers_of(
    exchanges: ir.Table, rows: ir.Table, log: Log, corpora: ir.Table | None, sketches: ir.Table | None
) -> Customers:
    """Every reduction of the whole log that N2, N3, H3 and H4 compare a cluster with; each one SQL statement."""
    items, listed = known_items(exchanges, log, corpora)
    parties = ibis.memtable(pd.DataFrame({"member": np.arange(len(log.party)), "party": log.party}))
    joined = rows.inner_join(parties, rows.account == parties.member)
    found = profiles(joined, "party", sketches is not None, share=min(1.0, ROWS_SAMPLED / max(log.n_exchanges, 1)))
    return Customers(collisions(rows, log), items, listed, found, sketches is not None)


# --- Prompts asked twice ----------------------------------------------------------------------------------------------------


def asked_again(pairs: ir.Table, cluster: str) -> pd.DataFrame:
    """Per cluster and account, the requests that repeat a prompt of the same account (cluster, account, n).

    `pairs` holds cluster, account, prompt and n for prompts that occur more than once in the window.
    """
    own = pairs.filter(pairs.n > 1)
    return own.group_by(cluster, "account").agg(n=(own.n - 1).sum()).to_pandas().astype("int64")


def collisions(rows: ir.Table, log: Log) -> pd.DataFrame:
    """Pairs of distinct prompts between the accounts of one party, and how many of them are the same prompt."""
    counts = np.bincount(log.party)
    several = np.flatnonzero(counts[log.party] >= 2)
    if not len(several):
        return NO_COLLISIONS.copy()
    picks = ibis.memtable(pd.DataFrame({"member": several, "party": log.party[several]}))
    t = rows.inner_join(picks, rows.account == picks.member)
    t = t.filter(t.again.notnull())
    pairs = held(t.group_by("party", "account", prompt=t.again).agg(n=lambda s: s.count()))
    prompts = pairs.group_by("party", "prompt").agg(k=lambda s: s.count())
    shared = prompts.group_by("party").agg(shared=(prompts.k * (prompts.k - 1) / 2).sum()).to_pandas()
    distinct = log.column("prompted")
    again = asked_again(pairs, "party")
    distinct[again["account"].to_numpy(dtype=np.int64)] -= again["n"].to_numpy(dtype=np.float64)
    sums = np.bincount(log.party[several], weights=distinct[several], minlength=len(counts))
    squares = np.bincount(log.party[several], weights=distinct[several] ** 2, minlength=len(counts))
    which = np.flatnonzero(counts >= 2)
    frame = pd.DataFrame({"accounts": counts[which], "pairs": (sums**2 - squares)[which] / 2}, index=which)
    frame["shared"] = shared.set_index("party")["shared"].reindex(which).fillna(0.0).astype("float64")
    return frame


# --- Known corpora ----------------------------------------------------------------------------------------------------------


def known_items(
    exchanges: ir.Table, log: Log, corpora: ir.Table | None
) -> tuple[pd.DataFrame, tuple[tuple[str, int], ...]]:
    """The items of listed corpora that each account asked, and every corpus with its number of items.

    An exchange holds an item when its prompt is the item, or when all that was masked in it is the item in quotes.
    """
    if corpora is None:
        return NO_ITEMS.copy(), ()
    sizes = corpora.group_by("corpus").agg(n=corpora.prompt_h.nunique()).order_by("corpus").to_pandas()
    listed = tuple((str(name), int(n)) for name, n in zip(sizes["corpus"], sizes["n"], strict=True))
    given = corpora.select("corpus", *[c for c in ("prompt_h", "quoted_h") if c in corpora.columns])
    given = given.rename(item="prompt_h")
    by_prompt = exchanges.inner_join(given, exchanges.prompt_h == given.item)
    found = by_prompt.select("account_id", "corpus", "item")
    if "quoted_h" in given.columns and "slot_h" in exchanges.columns:
        by_slot = exchanges.inner_join(given, exchanges.slot_h == given.quoted_h)
        found = found.union(by_slot.select("account_id", "corpus", "item"))
    frame = found.distinct().to_pandas()
    row = pd.Series(np.arange(len(log.ids)), index=log.ids)
    place = {name: number for number, (name, _) in enumerate(listed)}
    frame = frame.assign(account=frame["account_id"].map(row), corpus=frame["corpus"].map(place))
    frame = frame[["account", "corpus", "item"]].astype("int64")
    return frame.sort_values(["account", "corpus", "item"], ignore_index=True), listed


# --- Kinds of task and sketches -----------------------------------------------------------------------------------------------


def profiles(t: ir.Table, cluster: str, sketched: bool, share: float = 1.0) -> dict[int, Profile]:
    """The profile of each cluster's slim rows; `share` of them are drawn before their sketches are kept.

    A kind of task is a set of task tags, and where skeletons were sketched the SimHash of the skeleton as well.
    """
    kind = t.tags.cast("int64")
    if sketched:
        kind = kind * (SIMHASHES + 1) + t.sim12.cast("int64").fill_null(SIMHASHES)
    t = t.mutate(kind=kind)
    counted = t.group_by(cluster, "kind").agg(times=lambda s: s.count())
    spectrum = counted.group_by(cluster, "times").agg(kinds=lambda s: s.count()).to_pandas().astype("int64")
    spectrum = spectrum.sort_values([cluster, "times"])
    drawn = _drawn(t, cluster, share) if sketched else {}
    none = np.zeros(0, dtype=np.int64)
    return {
        int(str(number)): Profile(part["times"].to_numpy(), part["kinds"].to_numpy(), drawn.get(int(str(number)), none))
        for number, part in spectrum.groupby(cluster)
    }


def _drawn(t: ir.Table, cluster: str, share: float) -> dict[int, Ints]:
    """At most SKETCHES_KEPT sketches of each cluster, drawn by a number made of the exchange's time and wording."""
    mixed = (t.ts_us % PRIME) * 7919 + (t.skeleton_h % PRIME + PRIME) * 104_729
    t = t.filter(t.sketch.notnull()).mutate(draw=mixed % PRIME)
    t = t.filter(t.draw < int(share * PRIME) + 1)
    place = ibis.row_number().over(ibis.window(group_by=cluster, order_by=["draw", "ts_us", "sketch"]))
    kept = t.select(cluster, "draw", "ts_us", "sketch").mutate(place=place)
    kept = kept.filter(kept.place < SKETCHES_KEPT).to_pandas().sort_values([cluster, "place"])
    return {int(str(number)): part["sketch"].to_numpy(dtype=np.int64) for number, part in kept.groupby(cluster)}
