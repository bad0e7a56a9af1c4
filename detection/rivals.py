"""The innocent stories, tested on every unit before anyone is accused. A story that fits stops the accusation."""

from __future__ import annotations

import numpy as np

from detection.results import Reading, Rival
from detection.signals.base import Context, Unit

FITS, OPEN, CONTRADICTED = "fits", "open", "contradicted"
ONE_CUSTOMER_SHARE = 0.8
GIVEN_TO = 3
GIVEN_SHARE = 0.2
# What strangers who use one text do not have in common. Equal loads (X4) are left out: users of one text are of a kind, and
# send alike; on honest users of an open-source kit X4 falls below 0.01 far too often.
TIES = ("I1", "I3", "X2", "X3")


def test_rivals(unit: Unit, context: Context, readings: tuple[Reading, ...], public: str) -> tuple[Rival, ...]:
    """Every story with the fact that supports or contradicts it."""
    return (
        _one_customer(unit, context),
        _one_payer(unit, context, readings),
        _public_text(unit, context, readings, public),
        _same_questions(unit, context, readings),
        _shared_egress(unit, context, readings),
        _licensed(unit, context),
    )


test_rivals.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever pytest thinks of its name


def smallest(readings: tuple[Reading, ...], names: tuple[str, ...]) -> float | None:
    """Bonferroni-corrected best p among some signals that count; None when none is calculable."""
    ps = [r.p for r in readings if r.signal in names and r.p is not None and not r.formation]
    return min(1.0, len(ps) * min(ps)) if ps else None


def _one_customer(unit: Unit, context: Context) -> Rival:
    parties = context.log.party[unit.members]
    _, where = np.unique(parties, return_inverse=True)
    share = float(np.bincount(where.ravel(), weights=unit.counts).max() / max(unit.n_exchanges, 1))
    n = unit.parties(context.log)
    finding = FITS if share >= ONE_CUSTOMER_SHARE or n < 3 else CONTRADICTED
    because = (
        f"The accounts present themselves as {n} different customers; the largest sends {share:.0%} of the exchanges."
    )
    return Rival("One customer with many keys", finding, because)


def _one_payer(unit: Unit, context: Context, readings: tuple[Reading, ...]) -> Rival:
    story = "Agency or reseller that pays for its clients"
    if "payment_fp" not in context.log.known:
        return Rival(story, OPEN, "Payment fingerprints are not known.")
    paid = context.log.accounts["payment_fp"].iloc[unit.members].dropna()
    if not len(paid):
        return Rival(story, OPEN, "None of its accounts has a payment fingerprint.")
    top = paid.value_counts()
    share = float(top.iloc[0] / len(unit.members))
    harvest = smallest(readings, ("H1",))
    because = f"The commonest card pays for {share:.0%} of its accounts; {len(top)} cards in all."
    if share < 0.5:
        return Rival(story, CONTRADICTED, because)
    if harvest is not None and harvest <= context.parameters.provisional_p:
        return Rival(story, OPEN, f"{because} But the content is that of a harvest (H1 p {harvest:.2g}).")
    return Rival(story, FITS, f"{because} Nothing in the content speaks of a harvest.")


def _public_text(unit: Unit, context: Context, readings: tuple[Reading, ...], public: str) -> Rival:
    """Unrelated users of one published text share its N and H by construction; only coordination or identity tells them apart."""
    story = "Public prompt used by unrelated customers"
    if public:
        return Rival(story, FITS, public)
    if "X1" not in unit.forming:
        return Rival(story, CONTRADICTED, "The cluster was formed by identifiers, not by a text.")
    ps = [smallest(readings, (name,)) for name in TIES]
    known = [p for p in ps if p is not None]
    if not known:
        return Rival(
            story,
            FITS,
            "Neither identity nor coordination is calculable, so nothing tells users of one text apart.",
            by_absence=True,
        )
    best = min(1.0, len(known) * min(known))
    if best <= context.parameters.provisional_p:
        return Rival(
            story,
            CONTRADICTED,
            f"Users of one text would be strangers; these are tied (p {best:.2g} over {', '.join(TIES)}).",
        )
    return Rival(
        story,
        FITS,
        f"Its users are no closer to each other than strangers (p {best:.2g} over {', '.join(TIES)}).",
        by_absence=True,
    )


def _same_questions(unit: Unit, context: Context, readings: tuple[Reading, ...]) -> Rival:
    """A class, a workshop or a benchmark asks everybody the same; a harvest shared out never asks twice."""
    story = "Class, workshop or benchmark: customers who are given the same questions"
    asked = unit.repeats.groupby("prompt")["account"].transform("nunique") if len(unit.repeats) else None
    common = float(unit.repeats["n"][asked >= GIVEN_TO].sum()) if asked is not None else 0.0
    share = common / max(unit.n_exchanges, 1)
    because = f"{share:.0%} of its requests are asked by {GIVEN_TO} or more of its accounts word for word."
    if share < GIVEN_SHARE:
        return Rival(story, CONTRADICTED, because)
    harvest = smallest(readings, ("H1",))
    strong = harvest is not None and harvest <= context.parameters.provisional_p
    return Rival(story, OPEN if strong else FITS, because)


def _shared_egress(unit: Unit, context: Context, readings: tuple[Reading, ...]) -> Rival:
    story = "Strangers behind one network"
    networks = context.log.networks
    inside = networks[networks["account"].isin(unit.members)]
    if not len(inside):
        return Rival(story, OPEN, "No network addresses are known.")
    users = inside.groupby("ip24")["account"].nunique().sort_values(ascending=False)
    share = float(users.iloc[0] / len(unit.members))
    because = f"Its busiest /24 carries {share:.0%} of its accounts; {len(users)} networks in all."
    if share < ONE_CUSTOMER_SHARE:
        return Rival(story, CONTRADICTED, because)
    # Whoever shares a room shares its hours, so lockstep does not speak against this story.
    best = smallest(readings, ("H1", "X1", "X3"))
    strong = best is not None and best <= context.parameters.provisional_p
    return Rival(story, OPEN if strong else FITS, because)


def _licensed(unit: Unit, context: Context) -> Rival:
    story = "Licensed or verified customers"
    cleared = context.cleared[unit.members]
    share = float(unit.counts[cleared].sum() / max(unit.n_exchanges, 1))
    if "verified" not in context.log.known and not context.cleared.any():
        return Rival(story, OPEN, "Verification is not known for any account.")
    finding = FITS if share >= 0.5 else CONTRADICTED
    return Rival(story, finding, f"Verified or cleared customers send {share:.0%} of its exchanges.")
