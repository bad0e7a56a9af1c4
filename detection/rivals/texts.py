"""Stories about the text: a published prompt, a class with its questions, a benchmark run."""

from __future__ import annotations

import numpy as np

from core.figures import p_value, percent
from detection.analysis.results import Rival
from detection.analysis.tables import DAY_US
from detection.rivals.base import CONTRADICTED, FITS, FOUR_FIFTHS, MAJORITY, OPEN, Facts, cold_share, smallest, stop

GIVEN_TO = 3
GIVEN_SHARE = 0.2
"""One fifth: what four fifths leave over. Below it hardly anybody asks what others ask."""
# What strangers who use one text do not have in common. Equal loads (X4) are left out: users of one text are of a kind, and
# send alike; on honest users of an open-source kit X4 falls below 0.01 far too often.
TIES = ("I1", "I3", "X2", "X3")


def public_text(facts: Facts) -> Rival:
    """Unrelated users of one published text share its N and H by construction; only coordination or identity tells them apart."""
    story = "Public prompt used by unrelated customers"
    if facts.public:
        return Rival(story, FITS, facts.public)
    if "X1" not in facts.unit.forming:
        return Rival(story, CONTRADICTED, "The cluster was formed by identifiers, not by a text.")
    ps = [smallest(facts.readings, (name,)) for name in TIES]
    known = [p for p in ps if p is not None]
    if not known:
        because = "Neither identity nor coordination is calculable, so nothing tells users of one text apart."
        return Rival(story, FITS, because, by_absence=True)
    best = min(1.0, len(known) * min(known))
    words = f"(p {p_value(best)} over {', '.join(TIES)})"
    if best <= facts.context.parameters.provisional_p:
        return Rival(story, CONTRADICTED, f"Users of one text would be strangers; these are tied {words}.")
    return Rival(story, FITS, f"Its users are no closer to each other than strangers {words}.", by_absence=True)


def same_share(facts: Facts) -> float:
    """Share of the unit's requests that three or more of its accounts asked word for word."""
    unit = facts.unit
    if not len(unit.repeats):
        return 0.0
    asked = unit.repeats.groupby("prompt")["account"].transform("nunique")
    return float(unit.repeats["n"][asked >= GIVEN_TO].sum()) / max(unit.n_exchanges, 1)


def class_or_workshop(facts: Facts) -> Rival:
    """A class or workshop asks everybody the same; a harvest that is shared out never asks twice."""
    story = "Class or workshop: customers who are given the same questions"
    share = same_share(facts)
    because = f"{percent(share)} of its requests are asked by {GIVEN_TO} or more of its accounts word for word."
    if share < GIVEN_SHARE:
        return Rival(story, CONTRADICTED, because)
    harvest = facts.speaks("H1")
    return stop(story, because, f"what else they ask ({harvest})" if harvest else "")


def benchmark(facts: Facts) -> Rival:
    """A benchmark run asks a whole known set at temperature 0, for short answers, within a day. A harvest wants long ones."""
    story = "Benchmark run: a known set of questions, asked by several"
    unit, log = facts.unit, facts.context.log
    share = same_share(facts)
    because = f"{percent(share)} of its requests are asked by {GIVEN_TO} or more of its accounts word for word."
    if share < GIVEN_SHARE:
        return Rival(story, CONTRADICTED, f"{because} Several who run one set would ask the same.")
    cold = cold_share(log.settings[log.settings["account"].isin(unit.members)])
    sent, got = unit.total("n_input_tokens"), unit.total("n_output_tokens")
    days = float(np.median((unit.sums["last_us"] - unit.sums["first_us"]) / DAY_US))
    heat = (
        "Temperatures are not known"
        if cold is None
        else f"{percent(cold)} of its accounts' requests are at temperature 0"
    )
    because += (
        f" {heat}; {got:,.0f} tokens were answered to {sent:,.0f}; the middle account was at it for {days:.1f} days."
    )
    if cold is None or not sent:
        return Rival(story, OPEN, because)
    if cold >= FOUR_FIFTHS and got < sent and days <= 1:
        harvest = facts.speaks("H1")
        return stop(story, because, f"what else they ask ({harvest})" if harvest else "")
    return Rival(story, CONTRADICTED if cold < MAJORITY or got >= sent else OPEN, because)
