"""I1 identity linkage: accounts that present themselves as different customers share cards, devices or networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from detection.analysis.results import Reading
from detection.analysis.statistics import Floats, Ints, monte_carlo_p
from detection.clustering.identities import FIELD_WORDS, Identities
from detection.signals.base import UNCALIBRATED, Context, Unit, generator, pools_of
from detection.signals.drawing import in_steps, marked_positions, null_words

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
    held = identities.matrix
    bits = identities.values["bits"].to_numpy(dtype=np.float64)
    rng = generator(unit, context, "I1")
    value = float(_statistic(held, bits, np.zeros_like(parties), parties, 1)[0])
    pools = _holders_first(pools_of(parties, context), held)
    width = sum(min(len(holders), count) for holders, _, count in pools)

    def drawn(count: int) -> Floats:
        return _draw(held, bits, pools, rng, count)

    def draw(count: int) -> Floats:
        return in_steps(drawn, count, width)

    # No group has less than nothing in common: then p is 1 without a draw.
    p, draws = (1.0, 0)
    if value > 0:
        p, draws = monte_carlo_p(value, draw, context.parameters.draws, context.parameters.draws_tail)
    reference = draw(199)
    low, middle, high = np.quantile(reference, [0.025, 0.5, 0.975])
    return Reading(
        sentence=_sentence(identities, held, parties, value, float(middle)),
        value=value,
        value_unit="bits summed over pairs of parties",
        denominator=f"{len(parties)} declared customers; fields: {', '.join(FIELD_WORDS[f] for f in identities.fields)}",
        reference=null_words(
            context.parameters.draws_tail, draws, "random groups of customers of the same plan and country"
        ),
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
    return f"Different customers share {words}: {value:,.0f} bits; strangers of the same plan and country have {middle:,.0f}."


def _holders_first(pools: list[tuple[Ints, int]], held: sp.csr_matrix) -> list[tuple[Ints, int, int]]:
    """Of each pool who holds a shared value, how many hold none, and how many are drawn of all."""
    holds = np.diff(held.indptr) > 0
    return [(pool[holds[pool]], int((~holds[pool]).sum()), count) for pool, count in pools]


def _draw(
    held: sp.csr_matrix,
    bits: Floats,
    pools: list[tuple[Ints, int, int]],
    rng: np.random.Generator,
    draws: int,
) -> Floats:
    """The statistic of random groups. Who holds nothing adds nothing, so only the holders among a group are drawn."""
    rows, parties = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for holders, others, count in pools:
        row, position = marked_positions(rng, draws, len(holders) + others, count, len(holders))
        rows.append(row)
        parties.append(holders[position])
    return _statistic(held, bits, np.concatenate(rows), np.concatenate(parties), draws)


def _statistic(held: sp.csr_matrix, bits: Floats, groups: Ints, parties: Ints, count: int) -> Floats:
    """Bits over pairs, one figure for each of `count` groups; `groups` tells whose each party is."""
    chosen = sp.csr_matrix((np.ones(len(parties)), (groups, parties)), shape=(count, held.shape[0]))
    together = sp.csr_matrix(chosen @ held)
    together.data = together.data * (together.data - 1) / 2
    return np.asarray(together @ bits, dtype=np.float64)
