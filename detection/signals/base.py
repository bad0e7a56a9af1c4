"""What every signal is given and how it answers: a unit's small tables, the reduced log, a reference of groups."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from detection.analysis.customers import NOTHING, Customers, Profile
from detection.analysis.parameters import Parameters
from detection.analysis.results import Reading
from detection.analysis.statistics import Floats, Ints
from detection.analysis.tables import Log
from detection.signals.drawing import without_replacement

UNCALIBRATED = "not calculable"


@dataclass(frozen=True)
class Unit:
    """A cluster before testing: its accounts (row numbers of the log) and their exchanges in the unit."""

    kind: str
    key: str
    title: str
    forming: tuple[str, ...]
    sums: pd.DataFrame
    """One row per tested account, by its row number in the log: n, first_us, last_us and tables.MEASURES within the unit."""
    hours: pd.DataFrame
    """account (row number), hour, n: activity within the unit."""
    repeats: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"account": [], "prompt": [], "n": []}))
    """account (row number), prompt (hash), n: the prompts that several accounts of the unit asked."""
    asked_again: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"account": [], "n": []}))
    """account (row number), n: requests that repeat a prompt of the same account within the unit."""
    profile: Profile = NOTHING
    """Kinds of task and sketches of the unit's exchanges."""
    touching: int = 0
    """Accounts that touch the unit at all, members included."""
    selector: dict[str, Any] = field(default_factory=dict)
    """Which lake columns and values pick its exchanges."""
    template_keys: tuple[str, ...] = ()
    settled: dict[str, tuple[tuple[object, ...], Reading]] = field(default_factory=dict, repr=False, compare=False)
    """Readings that no reference of other customers enters, with what they were read from: the same at every step of a look."""

    @cached_property
    def members(self) -> Ints:
        """Rows of the accounts that are tested, in the log's order."""
        return self.sums.index.to_numpy(dtype=np.int64)

    @cached_property
    def counts(self) -> Ints:
        """Exchanges in the unit, by member."""
        return self.sums["n"].to_numpy(dtype=np.int64)

    def total(self, measure: str) -> float:
        """Sum of a measure over the members' exchanges in the unit."""
        return float(self.sums[measure].sum())

    @cached_property
    def n_exchanges(self) -> int:
        """Exchanges of the members in the unit."""
        return int(self.counts.sum())

    def strongest(self, log: Log, limit: int = 200) -> tuple[str, ...]:
        """Contributing account ids, most exchanges first."""
        order = np.lexsort((self.members, -self.counts))[:limit]
        return tuple(str(log.ids[row]) for row in self.members[order])

    def parties(self, log: Log) -> int:
        """Number of declared customers among the members."""
        return len(np.unique(log.party[self.members]))


@dataclass(frozen=True)
class Usage:
    """Which parties use which templates: the standing of template sharing in the whole log."""

    matrix: object
    """scipy CSR, parties x templates, counts."""
    rarity: Floats
    """idf of each template: ln(parties / parties that use it)."""

    @cached_property
    def present(self) -> sp.csr_matrix:
        """Parties x templates, 1 where a party uses a template: made once a run."""
        return sp.csr_matrix((sp.csr_matrix(self.matrix) > 0).astype(np.float64))


@dataclass(frozen=True)
class Context:
    """What a signal may look at besides the unit."""

    log: Log
    usage: Usage
    parameters: Parameters
    cleared: NDArray[np.bool_]
    """Accounts that may stand as honest reference: verified or cleared by people, by row number."""
    spoken_for: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Accounts that no reference may hold: in a campaign of this look already, or confirmed by people, by row number."""
    customers: Customers = field(default_factory=Customers)
    """What every declared customer does with texts, reduced over the whole log."""

    @cached_property
    def strata(self) -> Ints:
        """Stratum of every party: plan and country of its first account; a missing one is a stratum too."""
        return self._classes("plan", "country")

    @cached_property
    def pools(self) -> dict[int, Ints]:
        """The parties of every stratum."""
        return {int(stratum): np.flatnonzero(self.strata == stratum) for stratum in np.unique(self.strata)}

    @cached_property
    def plans(self) -> Ints:
        """Plan of every party's first account, as a number."""
        return self._classes("plan")

    def _classes(self, *names: str) -> Ints:
        keys = self.log.accounts[names[0]].fillna("").astype(str)
        for name in names[1:]:
            keys = keys + "\x1f" + self.log.accounts[name].fillna("").astype(str)
        first = keys.groupby(self.log.party).first()
        return np.asarray(first.astype("category").cat.codes.to_numpy(), dtype=np.int64)

    def barred(self) -> NDArray[np.bool_]:
        """`spoken_for` for every account; none where nothing is known."""
        return self.spoken_for if len(self.spoken_for) else np.zeros(len(self.log.accounts), dtype=bool)


Signal = Callable[[Unit, Context], Reading]


def generator(unit: Unit, context: Context, signal: str) -> np.random.Generator:
    """Seeded randomness of one signal on one unit: the same whatever else the run tests, and whatever accounts are called."""
    return np.random.default_rng(
        [context.parameters.seed, zlib.crc32(signal.encode()), len(unit.members), int(unit.members.sum())]
    )


@dataclass(frozen=True)
class Groups:
    """Reference groups for a pooled share, and how they came about, in words for the screen."""

    values: Floats
    words: str


def reference_groups(
    unit: Unit, context: Context, numerator: str, signal: str, *, same_kind: bool = False, denominator: str = "n"
) -> Groups:
    """Pooled shares (numerator / denominator) of honest groups of the unit's kind; the customer is the unit, never the request.

    Verified or cleared customers outside the unit with enough exchanges, one group each. Where too few are known:
    for a cluster formed by templates every outside customer, one group each (users of one text are as alike as one customer's
    requests, so random mixtures would be too kind a reference); for a cluster formed by identifiers random groups of as many
    accounts, each drawn from outside among those of the same volume fifth. Uncleared references may hold harvesters, which only
    makes p larger. The words say which it was.
    """
    minimum = context.parameters.reference_min_groups
    honest = _party_shares(unit, context, (numerator, denominator), context.cleared)
    if len(honest) >= minimum:
        return Groups(honest, f"{len(honest)} verified or cleared customers outside the unit, each one group")
    why = f"only {len(honest)} verified or cleared customers are known, {minimum} are needed"
    if same_kind or "X1" in unit.forming:
        values = _party_shares(unit, context, (numerator, denominator), np.ones(len(context.log.accounts), dtype=bool))
        if len(values) < minimum:
            return Groups(
                np.array([], dtype=np.float64), f"not calibrated: {len(values)} customers outside the unit; {why}"
            )
        return Groups(
            values, f"all {len(values)} customers outside the unit, each one group, none cleared by people; {why}"
        )
    values = _random_groups(unit, context, (numerator, denominator), signal)
    return Groups(values, f"{len(values)} random groups of accounts of the same number and volume; {why}")


def reference_parties(unit: Unit, context: Context, least: float, minimum: int) -> tuple[Ints, str]:
    """Customers outside the unit with at least `least` exchanges, each one group, and how they came about.

    Those verified or cleared where `minimum` are known, else all that no reference is barred from; none where these are too few.
    """
    log = context.log
    outside = ~np.isin(log.party, log.party[unit.members]) & ~context.barred()

    def large(eligible: NDArray[np.bool_]) -> Ints:
        n = np.bincount(log.party[eligible], weights=log.column("n")[eligible], minlength=1)
        return np.flatnonzero(n >= max(least, 1)).astype(np.int64)

    honest = large(outside & context.cleared)
    if len(honest) >= minimum:
        return honest, f"{len(honest)} verified or cleared customers outside the unit"
    every = large(outside)
    if len(every) < minimum:
        return every[
            :0
        ], f"only {len(every)} customers outside the unit have {least:.0f} exchanges, {minimum} are needed"
    return (
        every,
        f"all {len(every)} customers outside the unit; only {len(honest)} are verified or cleared, {minimum} are needed",
    )


def _party_shares(unit: Unit, context: Context, share: tuple[str, str], eligible: NDArray[np.bool_]) -> Floats:
    log = context.log
    parties, part, whole = log.party, *(log.column(name) for name in share)
    outside = np.ones(len(log.accounts), dtype=bool)
    outside[np.isin(log.party, log.party[unit.members])] = False
    kept = outside & eligible & ~context.barred()
    n = np.bincount(parties[kept], weights=log.column("n")[kept], minlength=1)
    top = np.bincount(parties[kept], weights=part[kept], minlength=1)
    base = np.bincount(parties[kept], weights=whole[kept], minlength=1)
    enough = (n >= context.parameters.reference_min_exchanges) & (base > 0)
    return np.asarray(top[enough] / base[enough], dtype=np.float64)


def _random_groups(unit: Unit, context: Context, share: tuple[str, str], signal: str) -> Floats:
    drawn = draw_accounts(unit, context, signal, context.parameters.draws)
    if drawn is None:
        return np.array([], dtype=np.float64)
    part, whole = (context.log.column(name)[drawn].sum(axis=1) for name in share)
    return np.asarray(part / np.maximum(whole, 1), dtype=np.float64)


def draw_accounts(unit: Unit, context: Context, signal: str, draws: int) -> Ints | None:
    """Rows of `draws` random groups (draws x members) from outside the unit, matched on volume fifths of the log.

    None when fewer accounts stand outside the unit than inside.
    """
    log = context.log
    inside = np.zeros(len(log.accounts), dtype=bool)
    inside[unit.members] = True
    outside = np.flatnonzero(~inside & ~context.barred())
    if len(outside) < max(len(unit.members), 10):
        return None
    volume = log.column("n")
    edges = np.quantile(volume, [0.2, 0.4, 0.6, 0.8])
    fifth = np.searchsorted(edges, volume, side="right")
    rng = generator(unit, context, signal)
    groups = np.empty((draws, len(unit.members)), dtype=np.int64)
    for level in np.unique(fifth[unit.members]):
        columns = np.flatnonzero(fifth[unit.members] == level)
        pool = outside[fifth[outside] == level]
        # A fifth that stands wholly inside the unit has no peers: the nearest volumes outside stand in.
        if len(pool) < len(columns):
            middle = np.median(volume[unit.members[columns]])
            near = np.argsort(np.abs(volume[outside] - middle), kind="stable")
            pool = outside[near[: max(4 * len(columns), 10)]]
        if len(pool) < len(columns):
            groups[:, columns] = rng.choice(pool, size=(draws, len(columns)))
        else:
            groups[:, columns] = pool[without_replacement(rng, draws, len(pool), len(columns))]
    return groups


def pools_of(parties: Ints, context: Context) -> list[tuple[Ints, int]]:
    """The parties of each plan and country that these have, and how many of these have it: what a random group is drawn from."""
    strata, counts = np.unique(context.strata[parties], return_counts=True)
    return [(context.pools[int(stratum)], int(count)) for stratum, count in zip(strata, counts, strict=True)]


def window_words(log: Log) -> str:
    """The run's window as ISO days, UTC; empty without exchanges."""
    if log.start_us is None or log.end_us is None:
        return ""
    start, end = (np.datetime64(value, "us").astype("datetime64[s]") for value in (log.start_us, log.end_us))
    return f"{start}Z to {end}Z"
