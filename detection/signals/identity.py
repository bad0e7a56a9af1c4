"""I1 identity linkage: accounts that present themselves as different customers share cards, devices or networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from detection.clustering.identities import FIELD_WORDS, Identities
from detection.results import Reading
from detection.signals.base import UNCALIBRATED, Context, Unit, draw_parties, generator
from detection.statistics import Floats, Ints, monte_carlo_p

BENIGN = (
    "Carrier NAT, VPN and cloud egress, co-working spaces, campuses and virtual-card ranges make strangers share an identifier; "
    "the rarer the value among customers, the less."
)
MIN_PARTIES = 3


def read(unit: Unit, context: Context, identities: Identities) -> Reading:
    """Bits of rare identifiers shared by pairs of the unit's parties, against strangers of the same plan and country.

    Statistic: sum over shared values of bits * pairs of parties that hold it; links inside one declared customer do not
    count. Null: which parties form the unit has nothing to do with identifiers, given plan and country (random parties of the
    same strata, identifiers moving together). One-sided. Missing plan or country makes one stratum.
    """
    common: dict[str, Any] = {"signal": "I1", "family": "I", "title": "Identity linkage", "benign": BENIGN}
    parties = np.unique(context.log.party[unit.members])
    if not len(identities.fields) or len(parties) < MIN_PARTIES:
        reason = (
            f"{UNCALIBRATED}: no identifiers are known"
            if len(parties) >= MIN_PARTIES
            else f"{UNCALIBRATED}: {len(parties)} parties"
        )
        return Reading(sentence="Identifiers cannot be compared.", p_reason=reason, **common)
    held = identities.matrix()
    bits = identities.values["bits"].to_numpy(dtype=np.float64)
    rng = generator(unit, context, "I1")
    value = float(_statistic(held, bits, parties[None, :])[0])

    def draw(count: int) -> Floats:
        return np.concatenate(
            [_statistic(held, bits, draw_parties(parties, context, rng, size)) for size in _batches(count)]
        )

    p, draws = monte_carlo_p(value, draw, context.parameters.draws, context.parameters.draws_tail)
    reference = draw(199)
    low, middle, high = np.quantile(reference, [0.025, 0.5, 0.975])
    return Reading(
        sentence=_sentence(identities, held, parties, value, float(middle)),
        value=value,
        value_unit="bits summed over pairs of parties",
        denominator=f"{len(parties)} declared customers; fields: {', '.join(FIELD_WORDS[f] for f in identities.fields)}",
        reference=f"{draws} random groups of customers of the same plan and country",
        effect=value - float(middle),
        effect_low=value - float(high),
        effect_high=value - float(low),
        p=p,
        p_reason="rank among permutations of identifiers within plan and country",
        accounts=unit.strongest(context.log),
        **common,
    )


def _sentence(identities: Identities, held: sp.csr_matrix, parties: Ints, value: float, middle: float) -> str:
    width = np.asarray(held[parties].sum(axis=0)).ravel()
    shared = identities.values.assign(inside=width)
    shared = shared[shared["inside"] >= 2]
    if not len(shared):
        return "Its customers share no identifier."
    counts = shared.groupby("field").size()
    words = ", ".join(f"{n} × {FIELD_WORDS[str(name)]}" for name, n in counts.items())
    return f"Different customers share {words}: {value:.0f} bits; strangers of the same plan and country have {middle:.0f}."


def _statistic(held: sp.csr_matrix, bits: Floats, groups: Ints) -> Floats:
    """Bits over pairs, one figure per group (row of party numbers)."""
    count, width = groups.shape
    chosen = sp.csr_matrix(
        (np.ones(groups.size), (np.repeat(np.arange(count), width), groups.ravel())), shape=(count, held.shape[0])
    )
    together = sp.csr_matrix(chosen @ held)
    together.data = together.data * (together.data - 1) / 2
    return np.asarray(together @ bits, dtype=np.float64)


def _batches(count: int, size: int = 500) -> list[int]:
    return [min(size, count - start) for start in range(0, count, size)]
