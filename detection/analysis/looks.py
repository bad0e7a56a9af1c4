"""The look at a run's units: each tested by every signal, the rivals and the gate, and again without those that opened. Pure."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detection.analysis import campaigns, gate
from detection.analysis.public import unit_public
from detection.analysis.results import Rival, UnitResult
from detection.clustering.identities import Identities
from detection.clustering.units import Templates
from detection.rivals import test_rivals
from detection.signals import read_all
from detection.signals.base import Context, Unit

Progress = Callable[[str], None]
ROUNDS = 4


@dataclass(frozen=True)
class Shared:
    """What every unit is tested with besides the context."""

    identities: Identities
    """Shared identifiers as evidence: without what people judged not the same."""
    links: Identities
    """The same with what people judged to be one operator: it forms clusters and ties members, and is never evidence."""
    templates: Templates
    public: dict[str, str]
    notes: tuple[str, ...]


Tested = tuple[UnitResult, gate.GateAnswer]


def look(units: list[Unit], context: Context, shared: Shared, progress: Progress) -> list[Tested]:
    """Every unit tested, and tested again without the members of the campaigns that opened, until no more open.

    A reference of customers nobody cleared holds the harvesters of other campaigns, who make each other look ordinary. Units
    that opened keep their first answer, so in a log without campaigns nothing but the first pass ever counts.
    """
    barred = context.barred()
    tested: list[Tested | None] = [None] * len(units)
    for step in range(ROUNDS):
        stripped = replace(context, spoken_for=barred)
        waiting = [i for i, known in enumerate(tested) if known is None or not known[1].open]
        answers = _test_each([units[i] for i in waiting], stripped, shared)
        for number, i in enumerate(waiting, 1):
            progress(f"Testing unit {number} of {len(waiting)}" + (f", step {step + 1}" if step else ""))
            tested[i] = next(answers)
        done = [answer for answer in tested if answer is not None]
        named = gate.levels([answer for _, answer in done], context.parameters)
        opened = [unit for unit, level in zip(units, named, strict=True) if level != "none"]
        found = barred | _accused(opened, context, shared)
        if (found == barred).all():
            break
        barred = found
    return done


def _test_each(units: list[Unit], context: Context, shared: Shared) -> Iterator[Tested]:
    """The answers in the order of the units, several worked on at a time: NumPy draws and sorts outside the interpreter's lock.

    Each signal's randomness is seeded by its unit, so nothing depends on who comes first.
    """

    def test(unit: Unit) -> Tested:
        return _test(unit, context, shared.identities, unit_public(unit, shared.public))

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        yield from pool.map(test, units)


def _accused(opened: list[Unit], context: Context, shared: Shared) -> NDArray[np.bool_]:
    """Core and associates of the campaigns that these units make, by row number."""
    rows = np.zeros(len(context.log.accounts), dtype=bool)
    for group in campaigns.join_units(opened, context.log, shared.links):
        found = campaigns.membership([opened[i] for i in group], context.log)
        members = campaigns.tiers(found, context.log, shared.links, context.parameters)
        accused = {m.account_id for m in members if m.tier != "bystander"}
        rows |= context.log.accounts["account_id"].isin(accused).to_numpy(dtype=bool)
    return rows


def _test(unit: Unit, context: Context, identities: Identities, public: str) -> tuple[UnitResult, gate.GateAnswer]:
    readings = read_all(unit, context, identities)
    rivals: tuple[Rival, ...] = test_rivals(unit, context, readings, public)
    answer = gate.judge(
        readings,
        rivals,
        forming=unit.forming,
        n_accounts=len(unit.members),
        n_exchanges=unit.n_exchanges,
        parameters=context.parameters,
    )
    order = np.lexsort((unit.members, -unit.counts))
    result = UnitResult(
        kind=unit.kind,
        key=unit.key,
        title=unit.title,
        forming=unit.forming,
        accounts=tuple(str(context.log.ids[row]) for row in unit.members[order]),
        counts=tuple(int(k) for k in unit.counts[order]),
        n_accounts=len(unit.members),
        n_parties=unit.parties(context.log),
        n_exchanges=unit.n_exchanges,
        readings=readings,
        rivals=rivals,
        families=answer.families,
        gate_p=answer.p,
        gate_reason=answer.reason,
        level="none",
        score=answer.score,
        selector=unit.selector,
        template_keys=unit.template_keys,
    )
    return result, answer
