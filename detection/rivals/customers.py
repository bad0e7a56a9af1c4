"""Stories about who the customer is: one with many keys, an agency, a gateway, a batch job, a licensed one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from core.figures import percent
from detection.analysis.results import Rival
from detection.analysis.statistics import Ints
from detection.rivals.base import CONTRADICTED, FITS, FOUR_FIFTHS, MAJORITY, OPEN, Facts, commonest, smallest, stop

FEW = 5
"""Fewer customers than this are no campaign: the size below which no unit is tested."""


def one_customer(facts: Facts) -> Rival:
    """One organisation's many keys. A loud declared customer is no alibi for the quiet ones beside it."""
    story = "One customer with many keys"
    unit, log = facts.unit, facts.context.log
    parties = log.party[unit.members]
    names, where = np.unique(parties, return_inverse=True)
    sent = np.bincount(where.ravel(), weights=unit.counts)
    share = float(sent.max() / max(unit.n_exchanges, 1))
    because = (
        f"The accounts present themselves as {len(names)} different customers; the largest sends {percent(share)} of the "
        "exchanges."
    )
    if share < FOUR_FIFTHS and len(names) >= 3:
        return Rival(story, CONTRADICTED, because)
    largest = unit.members[parties == names[int(sent.argmax())]]
    left = "the other customers, who would be a cluster by themselves" if facts.rest_is_cluster(largest) else ""
    return stop(story, because, left)


def agency(facts: Facts) -> Rival:
    """An agency or reseller pays for its clients with one card; they do not harvest, nor succeed each other after closures."""
    story = "Agency or reseller that pays for its clients"
    if "payment_fp" not in facts.context.log.known:
        return Rival(story, OPEN, "Payment fingerprints are not known.")
    unit = facts.unit
    paid = facts.context.log.accounts["payment_fp"].iloc[unit.members].dropna()
    if not len(paid):
        return Rival(story, OPEN, "None of its accounts has a payment fingerprint.")
    cards = paid.value_counts()
    share = float(cards.iloc[0] / len(unit.members))
    because = f"The commonest card pays for {percent(share)} of its accounts; {len(cards)} cards in all."
    if share < MAJORITY:
        return Rival(story, CONTRADICTED, because)
    harvest = facts.speaks("H1") or facts.speaks("X3")
    return stop(story, because, f"what the accounts do ({harvest})" if harvest else "")


def _carriers(facts: Facts) -> Ints:
    """The fewest accounts that send four fifths of the unit's exchanges."""
    order = np.lexsort((facts.unit.members, -facts.unit.counts))
    running = np.cumsum(facts.unit.counts[order])
    needed = int(np.searchsorted(running, FOUR_FIFTHS * running[-1])) + 1 if len(running) else 0
    return facts.unit.members[order[:needed]]


def gateway(facts: Facts) -> Rival:
    """A gateway passes on strangers' requests: few accounts carry the unit, each with many client programs and set-ups."""
    story = "Reseller or gateway that passes on other people's requests"
    log, carriers = facts.context.log, _carriers(facts)
    because = f"{len(carriers)} of its {len(facts.unit.members)} accounts send four fifths of its exchanges."
    if len(carriers) >= FEW:
        return Rival(story, CONTRADICTED, because)
    settings = log.settings[log.settings["account"].isin(carriers)]
    mixed = [
        commonest(part, "agent") < MAJORITY and commonest(part, "settings") < MAJORITY
        for _, part in settings.groupby("account")
    ]
    if not mixed:
        return Rival(story, OPEN, f"{because} How they set up their requests is not known.")
    because += (
        f" In {sum(mixed)} of these no client program and no set-up of requests holds a majority. Languages and personas "
        "were not checked."
    )
    if not all(mixed):
        return Rival(story, OPEN if any(mixed) else CONTRADICTED, because)
    # Client programs are only a word in a header: whoever rotates them still has its content and its other accounts.
    if smallest(facts.readings, ("H1",)) is None:
        return Rival(story, OPEN, f"{because} Its content cannot be compared (H1 is not calculable).")
    against = facts.speaks("H1") and f"the content ({facts.speaks('H1')})"
    rest = "the other accounts, who would be a cluster by themselves" if facts.rest_is_cluster(carriers) else ""
    return stop(story, because, against or rest)


def batch_job(facts: Facts) -> Rival:
    """One customer's program at work: one account carries the unit, with one set-up, and asks for no training data."""
    story = "Batch job of one customer"
    unit, log = facts.unit, facts.context.log
    largest = unit.members[int(unit.counts.argmax())]
    share = float(unit.counts.max() / max(unit.n_exchanges, 1))
    because = f"The largest account sends {percent(share)} of the exchanges."
    if share < FOUR_FIFTHS:
        return Rival(story, CONTRADICTED, f"{because} A job of one customer needs one account.")
    setup = log.settings[log.settings["account"] == largest]
    if not len(setup):
        return Rival(story, OPEN, f"{because} How it sets up its requests is not known.")
    same = commonest(setup, "settings")
    because += f" One set-up of requests makes up {percent(same)} of its traffic."
    if same < FOUR_FIFTHS:
        return Rival(story, CONTRADICTED, because)
    against = facts.speaks("H1") and f"the content ({facts.speaks('H1')})"
    explained = np.array([largest], dtype=np.int64)
    rest = "the other accounts, who would be a cluster by themselves" if facts.rest_is_cluster(explained) else ""
    return stop(story, because, against or rest)


def licensed(facts: Facts) -> Rival:
    """Verified or cleared customers; what an unverified customer declares is shown and stops nothing."""
    story = "Licensed or verified customers"
    unit, context = facts.unit, facts.context
    records = context.log.accounts.iloc[unit.members]
    declared = int(declares_data(records["declared_use"]).sum()) if "declared_use" in records else 0
    words = f" {declared} of its accounts declare synthetic data or training as their use." if declared else ""
    if "verified" not in context.log.known and not context.cleared.any():
        return Rival(story, OPEN, f"Verification is not known for any account.{words}")
    cleared = context.cleared[unit.members]
    share = float(unit.counts[cleared].sum() / max(unit.n_exchanges, 1))
    parties = context.log.party[unit.members]
    customers = len(np.unique(parties[cleared])) / max(len(np.unique(parties)), 1)
    because = f"Verified or cleared customers send {percent(share)} of its exchanges and are {percent(customers)} of its customers.{words}"
    if share >= MAJORITY and customers >= MAJORITY:
        return Rival(story, FITS, because)
    return Rival(story, OPEN if share >= MAJORITY or declared else CONTRADICTED, because)


def declares_data(uses: Iterable[object]) -> NDArray[np.bool_]:
    """Which declared uses speak of synthetic or training data.

    >>> declares_data(["Synthetic data for tests", None, "support"]).tolist()
    [True, False, False]
    """
    words = ("synthetic", "training data", "fine-tun", "distill")
    return np.array([isinstance(use, str) and any(w in use.lower() for w in words) for use in uses], dtype=bool)
