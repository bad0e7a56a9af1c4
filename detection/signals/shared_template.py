"""X1 shared rare templates: customers with no declared tie use the same uncommon wording."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from detection.analysis.results import Reading
from detection.analysis.statistics import Floats, Ints, monte_carlo_p
from detection.signals.base import UNCALIBRATED, Context, Unit, generator
from detection.signals.drawing import null_words, without_replacement

BENIGN = "Open-source prompt packs, tutorials, coursework and a reseller's front end put one wording into many hands."


def read(unit: Unit, context: Context) -> Reading:
    """Rarity of templates shared by pairs of the unit's parties: sum over templates of ln(parties / users) * pairs.

    Null: the parties are random ones that use as many templates (same degree class). One-sided. It counts only for a cluster that
    templates did not form.
    """
    common: dict[str, Any] = {"signal": "X1", "family": "X", "title": "Shared rare templates", "benign": BENIGN}
    present = context.usage.present
    parties = np.unique(context.log.party[unit.members])
    if not present.shape[1] or len(parties) < 3 or present.shape[0] < 3 * len(parties):
        reason = f"{UNCALIBRATED}: {present.shape[1]} shared templates, {len(parties)} of {present.shape[0]} parties"
        return Reading(sentence="Templates cannot be compared.", p_reason=reason, **common)
    rarity = context.usage.rarity
    value = float(_statistic(present, rarity, parties[None, :])[0])
    n_shared = int((np.asarray(present[parties].sum(axis=0)).ravel() >= 2).sum())
    sentence = f"Its {len(parties)} customers share {n_shared} uncommon templates among them."
    common |= {
        "value": value,
        "value_unit": "rarity (nats) summed over pairs",
        "denominator": f"{len(parties)} declared customers, {present.shape[1]} templates shared in the log",
        "accounts": unit.strongest(context.log),
    }
    if set(unit.forming) & {"X1"}:
        reason = "it formed the unit, and its null is false for every popular prompt"
        return Reading(sentence=sentence, p_reason=reason, formation=True, **common)
    rng = generator(unit, context, "X1")
    classes = _degree_class(present)

    def draw(count: int) -> Floats:
        return _statistic(present, rarity, _draw(parties, classes, rng, count))

    p, draws = monte_carlo_p(value, draw, context.parameters.draws, context.parameters.draws)
    middle = float(np.median(draw(199)))
    return Reading(
        sentence=f"{sentence} Random customers with as many templates have a rarity of {middle:.0f}, these {value:.0f}.",
        reference=null_words(draws, draws, "random groups of customers with as many templates"),
        effect=value - middle,
        p=p,
        p_reason="rank among random groups of the same degree",
        **common,
    )


def _degree_class(present: sp.csr_matrix) -> Ints:
    degree = np.asarray(present.sum(axis=1)).ravel()
    return np.floor(np.log2(degree + 1)).astype(np.int64)


def _draw(parties: Ints, classes: Ints, rng: np.random.Generator, count: int) -> Ints:
    groups = np.empty((count, len(parties)), dtype=np.int64)
    for level in np.unique(classes[parties]):
        columns = np.flatnonzero(classes[parties] == level)
        pool = np.flatnonzero(np.abs(classes - level) <= (0 if (classes == level).sum() >= 2 * len(columns) else 1))
        groups[:, columns] = pool[without_replacement(rng, count, len(pool), len(columns))]
    return groups


def _statistic(present: sp.csr_matrix, rarity: Floats, groups: Ints) -> Floats:
    count, width = groups.shape
    chosen = sp.csr_matrix(
        (np.ones(groups.size), (np.repeat(np.arange(count), width), groups.ravel())), shape=(count, present.shape[0])
    )
    together = sp.csr_matrix(chosen @ present)
    together.data = together.data * (together.data - 1) / 2
    return np.asarray(together @ rarity, dtype=np.float64)
