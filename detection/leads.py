"""Single accounts: one account harvesting alone is no campaign; it becomes a lead, ranked against its stratum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detection.parameters import Parameters
from detection.signals.base import Context
from detection.statistics import Floats, Ints


@dataclass(frozen=True)
class Leads:
    """For every account: p of its harvest content and novelty among single customers, and whether it is a lead."""

    p_content: Floats
    p_novelty: Floats
    lead: np.ndarray
    because: dict[int, str]


def find_leads(context: Context, accused: Ints) -> Leads:
    """Rank of H1 and N1 of each account among customers outside the campaigns; a lead needs both families.

    Null: the account is one more customer of the log. The reference is every other customer with enough exchanges that
    stands in no campaign; it is not cleared, which only makes p larger. Never below 1 / (n + 1).
    """
    p = context.parameters
    log = context.log
    n = log.column("n")
    inside = np.zeros(len(n), dtype=bool)
    inside[accused] = True
    reference = (n >= p.reference_min_exchanges) & ~inside
    content = _ranks(log.column("tagged") / np.maximum(n, 1), reference)
    novelty = _ranks(log.column("fresh") / np.maximum(n, 1), reference)
    candidates = (n >= p.min_exchanges) & ~inside & ~context.cleared & (log.column("tagged") > 0)
    enough = int(reference.sum()) >= p.reference_min_groups
    both = np.maximum(content, novelty)
    lead = candidates & enough & (both <= p.provisional_p)
    because = {
        int(i): _words(log.column("tagged")[i] / n[i], content[i], novelty[i], int(reference.sum()))
        for i in np.flatnonzero(lead)
    }
    return Leads(content, novelty, lead, because)


def _ranks(values: Floats, reference: np.ndarray) -> Floats:
    ordered = np.sort(values[reference])
    reached = len(ordered) - np.searchsorted(ordered, values, side="left")
    own = reference.astype(np.int64)
    return np.asarray((1 + reached - own) / (len(ordered) - own + 1), dtype=np.float64)


def _words(share: float, content: float, novelty: float, n: int) -> str:
    return f"{share:.0%} of its requests carry a task tag (p {content:.2g}), novelty p {novelty:.2g}, among {n} customers; alone."


def limits(p: Parameters) -> str:
    """The rule in words, for the screen."""
    return f"at least {p.min_exchanges} exchanges, both families at p <= {p.provisional_p}"
