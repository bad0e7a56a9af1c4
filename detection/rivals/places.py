"""Stories about place and time: strangers behind one network, customers of one launch day."""

from __future__ import annotations

import numpy as np

from core.figures import p_value, percent
from detection.analysis.results import Rival
from detection.analysis.tables import DAY_US
from detection.rivals.base import CONTRADICTED, FOUR_FIFTHS, MAJORITY, OPEN, Facts, smallest, stop

PERSONAL = ("payment_fp", "device_fp", "phone_fp")


def shared_egress(facts: Facts) -> Rival:
    """A NAT, VPN or cloud carries strangers too; it explains shared networks and hours, never shared cards or content."""
    story = "Strangers behind one network"
    unit, log = facts.unit, facts.context.log
    # A network and an account stand together in one row at most.
    inside = log.network_numbers[np.isin(log.networks["account"].to_numpy(dtype=np.int64), unit.members)]
    if not len(inside):
        return Rival(story, OPEN, "No network addresses are known.")
    users = np.bincount(inside)
    busiest = int(users.argmax())
    share = float(users[busiest] / len(unit.members))
    because = f"Its busiest /24 carries {percent(share)} of its accounts; {np.count_nonzero(users)} networks in all."
    if share < FOUR_FIFTHS:
        return Rival(story, CONTRADICTED, because)
    personal = _sharing(facts)
    because += (
        f" {int(log.accounts_per_network[busiest] - users[busiest])} accounts outside use it too. {percent(personal)} of its accounts share a card, device or "
        "telephone with another customer of it."
    )
    if personal >= MAJORITY:
        return Rival(story, CONTRADICTED, because)
    # Whoever shares a room shares its hours, so lockstep does not speak against this story.
    against = facts.speaks("H1", "X1", "X3")
    return stop(story, because, f"what the accounts ask ({against})" if against else "")


def _sharing(facts: Facts) -> float:
    """Share of the unit's accounts that hold a card, device or telephone which another customer of the unit holds too."""
    accounts = facts.context.log.accounts.iloc[facts.unit.members]
    tied = np.zeros(len(accounts), dtype=bool)
    for name in (field for field in PERSONAL if field in accounts):
        holders = accounts.groupby(name)["party"].nunique()
        tied |= accounts[name].map(holders).fillna(0).to_numpy(dtype=np.float64) >= 2
    return float(tied.mean())


def launch_day(facts: Facts) -> Rival:
    """A launch day brings everybody at once. It explains sign-ups alone, so it fits only while nothing else speaks."""
    story = "Launch day: customers who came when everybody came"
    log = facts.context.log
    created = log.accounts["created_at_us"].astype("float64")
    own = created.iloc[facts.unit.members].dropna().to_numpy(dtype=np.float64)
    others = np.delete(created.to_numpy(dtype=np.float64), facts.unit.members)
    others = others[~np.isnan(others)]
    if len(own) < MAJORITY * len(facts.unit.members) or not len(others):
        return Rival(story, OPEN, f"Sign-up times are known for {len(own)} of its accounts and {len(others)} others.")
    days, n = np.unique(own // DAY_US, return_counts=True)
    share = float(n.max() / len(own))
    at_once = float((others // DAY_US == days[int(n.argmax())]).mean())
    p = smallest(facts.readings, ("I3",))
    words = "not calculable" if p is None else f"p {p_value(p)}"
    because = (
        f"{percent(share)} of its accounts signed up on one day, as did {percent(at_once)} of all others; on everybody's clock the "
        f"crowding has {words} (I3)."
    )
    if share < MAJORITY or (p is not None and p <= facts.context.parameters.provisional_p):
        return Rival(story, CONTRADICTED, because)
    ordinary = float(np.median(np.unique(others // DAY_US, return_counts=True)[1])) / len(others)
    # More than twice an ordinary day: most of that day's sign-ups came for the launch.
    if p is None or at_once * MAJORITY <= ordinary:
        return Rival(story, OPEN, f"{because} An ordinary day brings {percent(ordinary)} of them.")
    against = facts.speaks("N1", "N2", "H1", "I1", "X2", "X3")
    return stop(story, because, f"what they do besides signing up ({against})" if against else "")
