"""What every innocent story is told from, and the grounds on which it is judged: majority and four fifths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.figures import p_value
from detection.analysis.results import Reading, Rival
from detection.analysis.statistics import Ints
from detection.signals.base import Context, Unit

FITS, OPEN, CONTRADICTED = "fits", "open", "contradicted"
MAJORITY = 0.5
FOUR_FIFTHS = 0.8


@dataclass(frozen=True)
class Facts:
    """A unit as the stories see it."""

    unit: Unit
    context: Context
    readings: tuple[Reading, ...]
    public: str
    """Why its text counts as published; empty when it does not."""

    def speaks(self, *names: str) -> str:
        """In words, that some of these signals together are as rare as the gate asks; empty when they are not."""
        p = smallest(self.readings, names)
        return (
            f"{', '.join(names)} p {p_value(p)}" if p is not None and p <= self.context.parameters.provisional_p else ""
        )

    def rest_is_cluster(self, explained: Ints) -> bool:
        """Whether the members that a story leaves unexplained would be a unit of their own size.

        Without this question a few loud accounts could carry an alibi for all the quiet ones.
        """
        rest = ~np.isin(self.unit.members, explained)
        customers = len(np.unique(self.context.log.party[self.unit.members[rest]]))
        p = self.context.parameters
        return customers >= p.min_accounts and int(self.unit.counts[rest].sum()) >= p.min_exchanges


def smallest(readings: tuple[Reading, ...], names: tuple[str, ...]) -> float | None:
    """Bonferroni-corrected best p among some signals that count; None when none is calculable."""
    ps = [r.p for r in readings if r.signal in names and r.p is not None and not r.formation]
    return min(1.0, len(ps) * min(ps)) if ps else None


def stop(story: str, because: str, against: str) -> Rival:
    """The story fits, unless something that it does not explain speaks too: then it stays open."""
    if against:
        return Rival(story, OPEN, f"{because} It does not explain {against}.")
    return Rival(story, FITS, because)


def cold_share(settings: pd.DataFrame) -> float | None:
    """Share of requests at temperature 0, of those whose temperature is known; None when it is known for none.

    >>> cold_share(pd.DataFrame({"settings": ["0.0|64|chat|", "0.7|64|chat|", "-|64|chat|"], "n": [3, 1, 9]}))
    0.75
    """
    heat = pd.to_numeric(settings["settings"].str.split("|").str[0], errors="coerce")
    known = heat.notna()
    n = float(settings["n"][known].sum())
    return float(settings["n"][known & (heat == 0)].sum()) / n if n else None


def commonest(frame: pd.DataFrame, column: str) -> float:
    """Share of requests with the commonest value of a column.

    >>> commonest(pd.DataFrame({"agent": ["a", "b", "a"], "n": [1, 2, 1]}), "agent")
    0.5
    """
    sums = frame.groupby(column)["n"].sum()
    return float(sums.max() / sums.sum()) if len(sums) else 1.0
