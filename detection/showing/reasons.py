"""Why something changed between two runs, in words made of what both runs stored. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.figures import compact, p_value

INPUT_WORDS = {
    "lake": "exchanges (digest of the lake files)",
    "lake_files": "number of lake files",
    "accounts": "account records",
    "labels": "labels of people",
    "judgements": "judgements on links",
    "public_templates": "listed public wording",
    "corpora": "known corpora",
    "tagging": "version of the tagging rules",
    "template_map": "version of the template map",
}
NOTICEABLE = 0.1  # a family is named when its log10 p moved by at least this much


@dataclass(frozen=True, slots=True)
class InputChange:
    """One thing that the two runs did not read alike."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit as one run stored it, as far as two runs can be compared."""

    pk: int
    kind: str
    key: str
    label: str
    template_id: int | None
    campaign_id: int | None
    level: str
    n_accounts: int
    n_exchanges: int
    gate_p: float | None
    gate_reason: str
    families: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accounts: frozenset[str] = frozenset()
    """Of a link cluster: its accounts. Template clusters are known by their key."""


@dataclass(frozen=True, slots=True)
class FamilyMove:
    """One family's p in both runs, and its best signal in the later one that has it."""

    family: str
    signal: str
    before: float | None
    after: float | None

    @property
    def words(self) -> str:
        """As in `H (H1) 0.2 → 0.001`."""
        return f"{self.family} ({self.signal or 'no signal'}) {p_value(self.before)} → {p_value(self.after)}"

    @property
    def size(self) -> float:
        """How far it moved, in powers of ten; a p that appears or goes counts as if it had been 1."""
        before, after = (1.0 if p is None else max(p, 1e-300) for p in (self.before, self.after))
        return abs(math.log10(after) - math.log10(before))


def family_moves(before: UnitFacts, after: UnitFacts) -> list[FamilyMove]:
    """The families whose p moved noticeably, the farthest first.

    >>> a = UnitFacts(1, "link", "k", "k", None, None, "none", 5, 200, 0.2, "", {"H": {"p": 0.2, "best": "H1"}})
    >>> b = UnitFacts(2, "link", "k", "k", None, None, "none", 5, 200, 0.2, "", {"H": {"p": 0.002, "best": "H2"}})
    >>> [move.words for move in family_moves(a, b)]
    ['H (H2) 0.2 → 0.002']
    """
    found = []
    for name in sorted(set(before.families) | set(after.families)):
        old, new = before.families.get(name, {}), after.families.get(name, {})
        move = FamilyMove(name, str(new.get("best") or old.get("best") or ""), old.get("p"), new.get("p"))
        if move.before != move.after and move.size >= NOTICEABLE:
            found.append(move)
    return sorted(found, key=lambda move: (-move.size, move.family))


def match_units(before: list[UnitFacts], after: list[UnitFacts]) -> list[tuple[UnitFacts | None, UnitFacts | None]]:
    """Which unit of one run is which of the other: template clusters by key, link clusters by most of their accounts.

    A link cluster's key names places in one run's table, so only its accounts can say that it is the same: at least half
    of the union must be shared, the largest share first, each unit once.
    """
    known = {(unit.kind, unit.key): unit for unit in before if not unit.accounts}
    pairs: list[tuple[UnitFacts | None, UnitFacts | None]] = []
    waiting = []
    for unit in after:
        old = known.pop((unit.kind, unit.key), None) if not unit.accounts else None
        if old is not None:
            pairs.append((old, unit))
        else:
            waiting.append(unit)
    left = [unit for unit in before if unit.accounts or (unit.kind, unit.key) in known]
    shared = sorted(_overlaps(left, waiting), key=lambda item: (-item[0], item[1].pk, item[2].pk))
    taken: set[int] = set()
    for _, old, new in shared:
        if old.pk not in taken and new.pk not in taken:
            taken |= {old.pk, new.pk}
            pairs.append((old, new))
    pairs += [(unit, None) for unit in left if unit.pk not in taken]
    return pairs + [(None, unit) for unit in waiting if unit.pk not in taken]


def _overlaps(before: list[UnitFacts], after: list[UnitFacts]) -> list[tuple[float, UnitFacts, UnitFacts]]:
    found = []
    for old in before:
        for new in after:
            both = len(old.accounts & new.accounts)
            if both and 2 * both >= len(old.accounts | new.accounts):
                found.append((both / len(old.accounts | new.accounts), old, new))
    return found


def unit_reason(before: UnitFacts | None, after: UnitFacts | None, runs: tuple[int, int]) -> str:
    """What moved a unit between two runs: it was not tested, its families' p, or what its gate said of it."""
    if before is None or after is None:
        there, missing = (after, runs[0]) if before is None else (before, runs[1])
        if there is None:
            raise ValueError("before, after: neither is given; at least one run tested the unit")
        size = f"{compact(there.n_accounts)} accounts, {compact(there.n_exchanges)} exchanges in the other run"
        return f"run {missing} tested no such unit: too small then, or formed otherwise ({size})"
    parts = []
    if before.gate_p != after.gate_p:
        parts.append(f"gate p {p_value(before.gate_p)} → {p_value(after.gate_p)}")
    moves = family_moves(before, after)
    if moves:
        parts.append("families " + ", ".join(move.words for move in moves[:3]))
    if (before.n_accounts, before.n_exchanges) != (after.n_accounts, after.n_exchanges):
        accounts = f"{compact(before.n_accounts)} → {compact(after.n_accounts)} accounts"
        parts.append(f"{accounts}, {compact(before.n_exchanges)} → {compact(after.n_exchanges)} exchanges")
    if before.gate_reason != after.gate_reason:
        parts.append(f"run {runs[1]} says: {after.gate_reason}")
    if not parts:
        return "same evidence: the rule that names levels changed (parameters, number of units, look or daily)"
    return "; ".join(parts)


def cause_words(changes: list[InputChange]) -> str:
    """What the differences below can be put down to, as far as the inputs alone can say."""
    named = [change.name for change in changes]
    if not named:
        return "Both runs read the same and were told the same, so nothing may differ."
    if len(named) == 1:
        return f"The runs differ in one thing alone, {named[0]}: whatever changed, changed because of it."
    many = f"{', '.join(named[:-1])} and {named[-1]}"
    return (
        f"The runs differ in {many}: a single change cannot be put down to one of them, the evidence says what moved."
    )
