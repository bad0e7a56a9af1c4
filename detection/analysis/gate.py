"""Combination and gate: two families besides the forming evidence, no rival that fits, and a named error level."""

from __future__ import annotations

from dataclasses import dataclass

from core.figures import p_value
from detection.analysis.parameters import Parameters
from detection.analysis.results import FamilyEvidence, Reading, Rival
from detection.analysis.statistics import (
    benjamini_yekutieli,
    log_likelihood_ratio,
    partial_conjunction,
    weighted_bonferroni,
)

FAMILIES = ("N", "X", "H", "I")
# How much of a family's error each signal may spend, fixed before any log was seen: direct evidence of the family's own question
# first, shapes that honest work shares last. What is not calculable leaves its part to the others.
WEIGHTS = {"H1": 0.8, "H2": 0.1, "H3": 0.1, "N1": 0.4, "N2": 0.3, "N3": 0.3}


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """What the gate says of one unit before the level is set over all units of the look."""

    families: tuple[FamilyEvidence, ...]
    p: float | None
    open: bool
    reason: str
    score: float


def combine(readings: tuple[Reading, ...]) -> tuple[FamilyEvidence, ...]:
    """One piece of evidence per family: its best counting signal, paid for by weighted Bonferroni inside the family."""
    found = []
    for family in FAMILIES:
        own = [r for r in readings if r.family == family and r.counts and not r.formation]
        usable = {r.signal: r.p for r in own if r.p is not None}
        paid = weighted_bonferroni(usable, WEIGHTS)
        best = min(paid, key=lambda name: paid[name]) if paid else ""
        p = paid[best] if best else None
        found.append(FamilyEvidence(family, p, best, log_likelihood_ratio(p), len(usable)))
    return tuple(found)


def judge(
    readings: tuple[Reading, ...],
    rivals: tuple[Rival, ...],
    *,
    forming: tuple[str, ...],
    n_accounts: int,
    n_exchanges: int,
    parameters: Parameters,
) -> GateAnswer:
    """The gate's p (partial conjunction over the families that count) and whether anything stops the unit."""
    families = combine(readings)
    p = partial_conjunction([f.p for f in families if f.p is not None])
    score = sum(f.log_lr for f in families)
    fitting = [rival for rival in rivals if rival.finding == "fits"]
    if n_accounts < parameters.min_accounts or n_exchanges < parameters.min_exchanges:
        return GateAnswer(families, p, False, f"{n_accounts} accounts, {n_exchanges} exchanges: too small.", score)
    if p is None:
        return GateAnswer(families, p, False, "Fewer than two families can be calculated.", score)
    if fitting:
        return GateAnswer(families, p, False, f"{fitting[0].story}: {fitting[0].because}", score)
    if p > parameters.provisional_p:
        return GateAnswer(families, p, False, f"Two families do not speak together: p {p_value(p)}.", score)
    strong = ", ".join(f"{f.best_signal} p {p_value(f.p)}" for f in sorted(families, key=_by_p)[:2] if f.p is not None)
    return GateAnswer(
        families, p, True, f"Two families besides the forming evidence: {strong}; gate p {p_value(p)}.", score
    )


def _by_p(evidence: FamilyEvidence) -> float:
    return evidence.p if evidence.p is not None else 2.0


def levels(answers: list[GateAnswer], parameters: Parameters) -> list[str]:
    """Certified, provisional or none for every unit of the look; BY runs over all units that have a p, open or not."""
    tested = [i for i, answer in enumerate(answers) if answer.p is not None]
    kept = benjamini_yekutieli([_p(answers[i]) for i in tested], parameters.certified_q)
    certified = {i for i, passed in zip(tested, kept, strict=True) if passed}
    named = []
    for i, answer in enumerate(answers):
        # Between the scheduled looks evidence is updated and nothing is certified.
        named.append(
            "none" if not answer.open else "certified" if i in certified and parameters.certify else "provisional"
        )
    return named


def _p(answer: GateAnswer) -> float:
    return answer.p if answer.p is not None else 1.0
