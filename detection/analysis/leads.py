"""Single accounts: one account harvesting alone is no campaign; it becomes a lead, ranked against the other customers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.figures import p_value, percent
from detection.analysis.parameters import Parameters
from detection.analysis.public import Texts, text_use
from detection.analysis.results import Rival
from detection.analysis.statistics import Floats, Ints, wilson
from detection.rivals import rivals_of_account
from detection.signals.base import Context

MAJORITY = 0.5


@dataclass(frozen=True)
class Leads:
    """For every account: p of its harvest content (H) and of what it gathered (N), and whether it is a lead."""

    p_content: Floats
    p_gathered: Floats
    lead: np.ndarray
    because: dict[int, str]
    """For leads, and for those that an innocent story let go: why."""
    rivals: dict[int, tuple[Rival, ...]] = field(default_factory=dict)
    """The innocent stories of the same accounts."""


def find_leads(context: Context, accused: Ints, texts: Texts | None = None) -> Leads:
    """Rank of each account's harvest content and of the data set it gathered, among customers outside the campaigns.

    H: share of its requests that are new and worded to make training data. N: output tokens it was given for such requests, the
    size of the data set it holds. Null: the account is one more customer of the log; the reference is every other customer with
    enough exchanges that stands in no campaign, cleared or not, which only makes p larger. A rank alone always has a first, so a lead
    also needs most of its requests to be of that kind (lower Wilson bound above one half), and no innocent story that fits on
    positive facts. It accuses nobody: it asks for a look.
    """
    p = context.parameters
    log = context.log
    n = log.column("n")
    inside = np.zeros(len(n), dtype=bool)
    inside[accused] = True
    reference = (n >= p.reference_min_exchanges) & ~inside
    elicited = log.column("elicited")
    content = _ranks(elicited / np.maximum(n, 1), reference)
    gathered = _ranks(log.column("elicited_tokens"), reference)
    mostly = np.array([wilson(float(k), float(m))[0] > MAJORITY for k, m in zip(elicited, n, strict=True)])
    candidates = (n >= p.min_exchanges) & ~inside & mostly
    enough = int(reference.sum()) >= p.reference_min_groups
    lead = candidates & enough & (np.maximum(content, gathered) <= p.lead_p)
    because: dict[int, str] = {}
    rivals: dict[int, tuple[Rival, ...]] = {}
    for row in (int(i) for i in np.flatnonzero(lead)):
        rivals[row] = rivals_of_account(row, context, text_use(row, context, texts, inside))
        fitting = [rival for rival in rivals[row] if rival.finding == "fits" and not rival.by_absence]
        lead[row] = not fitting
        said = (
            f"{percent(elicited[row] / n[row])} of its {n[row]:,.0f} requests are new and worded to make training data "
            f"(p {p_value(float(content[row]))}); it was given {log.column('elicited_tokens')[row]:,.0f} output tokens for them "
            f"(p {p_value(float(gathered[row]))}), among {int(reference.sum())} customers outside campaigns; alone."
        )
        because[row] = f"No lead: {fitting[0].story}: {fitting[0].because} {said}" if fitting else said
    return Leads(content, gathered, lead, because, rivals)


def _ranks(values: Floats, reference: np.ndarray) -> Floats:
    ordered = np.sort(values[reference])
    reached = len(ordered) - np.searchsorted(ordered, values, side="left")
    own = reference.astype(np.int64)
    return np.asarray((1 + reached - own) / (len(ordered) - own + 1), dtype=np.float64)


def limits(p: Parameters) -> str:
    """The rule in words, for the screen."""
    return (
        f"at least {p.min_exchanges} exchanges, most of them new and worded to make training data, and both the share and the "
        f"gathered output tokens at p ≤ {p.lead_p} among the other customers, and no innocent story that fits on positive facts"
    )
