"""The innocent stories of a single account: a lead rests on its own content, so ties and sign-ups explain nothing of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.figures import percent
from detection.analysis.results import Rival
from detection.analysis.statistics import wilson
from detection.analysis.tables import DAY_US, HOUR_US
from detection.rivals.base import CONTRADICTED, FITS, FOUR_FIFTHS, MAJORITY, OPEN, cold_share, commonest, stop
from detection.rivals.customers import declares_data
from detection.signals.base import Context


@dataclass(frozen=True)
class TextUse:
    """The template that an account lives on, and how its data set compares with those of the template's other users."""

    public: bool
    share: float
    """Share of its requests that use the template; 0 when it lives on none."""
    others: int
    """Other customers with most of their requests on it."""
    rank: float
    """Share of these, itself included, that gathered at least as many output tokens for such requests."""


@dataclass(frozen=True)
class Alone:
    """One account as the stories see it."""

    row: int
    context: Context
    text: TextUse | None = None
    """The template that it lives on; None when nobody looked."""

    @property
    def record(self) -> pd.Series:
        """Its sums and what is known of it."""
        return self.context.log.accounts.iloc[self.row]

    @property
    def settings(self) -> pd.DataFrame:
        """How it sets up its requests."""
        settings = self.context.log.settings
        return settings[settings["account"] == self.row]

    @property
    def harvest(self) -> str:
        """In words, that most of its requests are new and worded to make training data; empty when they are not."""
        elicited, n = float(self.record["elicited"]), float(self.record["n"])
        if wilson(elicited, n)[0] <= MAJORITY:
            return ""
        return f"why {percent(elicited / n)} of its requests are new and worded to make training data"


def rivals_of_account(row: int, context: Context, text: TextUse | None = None) -> tuple[Rival, ...]:
    """Every story of a single account (row number of the log), with the fact that supports or contradicts it."""
    alone = Alone(row, context, text)
    return tuple(
        story(alone)
        for story in (_keys, _gateway, _agency, _batch, _benchmark, _class, _public, _egress, _launch, _licensed)
    )


def _keys(alone: Alone) -> Rival:
    story = "One customer with many keys"
    party = alone.context.log.party
    keys = int((party == party[alone.row]).sum())
    if keys == 1:
        return Rival(story, CONTRADICTED, "Its customer has this one account.")
    return Rival(story, OPEN, f"Its customer declares {keys} accounts: look at the customer. Keys explain no content.")


def _gateway(alone: Alone) -> Rival:
    story = "Reseller or gateway that passes on other people's requests"
    settings = alone.settings
    if not len(settings):
        return Rival(story, OPEN, "How it sets up its requests is not known.")
    agent, setup = commonest(settings, "agent"), commonest(settings, "settings")
    because = (
        f"Its commonest client program sends {percent(agent)} of its requests, its commonest set-up {percent(setup)}. Languages and "
        "personas were not checked."
    )
    if agent >= MAJORITY and setup >= MAJORITY:
        return Rival(story, CONTRADICTED, because)
    if agent >= MAJORITY or setup >= MAJORITY:
        return Rival(story, OPEN, because)
    return stop(story, because, alone.harvest)


def _agency(alone: Alone) -> Rival:
    because = "It stands alone; no payment was held against it, and who pays explains no content."
    return Rival("Agency or reseller that pays for its clients", CONTRADICTED, because)


def _batch(alone: Alone) -> Rival:
    story = "Batch job of one customer"
    if not len(alone.settings):
        return Rival(story, OPEN, "How it sets up its requests is not known.")
    same = commonest(alone.settings, "settings")
    because = f"One set-up of requests makes up {percent(same)} of its traffic."
    return stop(story, because, alone.harvest) if same >= FOUR_FIFTHS else Rival(story, CONTRADICTED, because)


def _benchmark(alone: Alone) -> Rival:
    """A known set, once, with one set-up at temperature 0, for answers too short to live on; then silence."""
    story = "Benchmark run: a known set of questions"
    record, cold = alone.record, cold_share(alone.settings)
    sent, got, n = (float(record[name]) for name in ("n_input_tokens", "n_output_tokens", "n"))
    usual = _usual_answer(alone.context)
    if cold is None or usual is None or not sent:
        return Rival(
            story, OPEN, "Its temperatures, its tokens or the length of other customers' answers are not known."
        )
    same = commonest(alone.settings, "settings") if record["limited"] >= FOUR_FIFTHS * n else 0.0
    days, over = (record["last_us"] - record["first_us"]) / DAY_US, _over(alone)
    because = (
        f"{percent(cold)} of its requests are at temperature 0, {percent(same)} with one set-up that limits the answer; an answer has "
        f"{got / n:,.0f} tokens, most customers' have {usual:,.0f} or more; it sent {sent:,.0f} tokens and was given {got:,.0f}; its "
        f"traffic spans {days:.1f} days, {'with' if over else 'without'} as long a silence on both sides. Whether the set is a known "
        "one was not checked."
    )
    if min(cold, same) < MAJORITY or got >= sent or got / n >= usual:
        return Rival(story, CONTRADICTED, because)
    return Rival(story, FITS if min(cold, same) >= FOUR_FIFTHS and days <= 1 and over else OPEN, because)


def _usual_answer(context: Context) -> float | None:
    """Output tokens of the middle customer's mean answer; None with fewer customers than a reference needs."""
    log = context.log
    n, got = (np.bincount(log.party, weights=log.column(name)) for name in ("n", "n_output_tokens"))
    enough = (n >= context.parameters.reference_min_exchanges) & (got > 0)
    if int(enough.sum()) < context.parameters.reference_min_groups:
        return None
    return float(np.median(got[enough] / n[enough]))


def _over(alone: Alone) -> bool:
    """Whether the window shows that the account's traffic began and ended: a silence as long as itself on both sides."""
    log, record = alone.context.log, alone.record
    if log.start_us is None or log.end_us is None:
        return False
    first, last = int(record["first_us"]), int(record["last_us"])
    return min(first - log.start_us, log.end_us - last) >= max(last - first, HOUR_US)


def _class(alone: Alone) -> Rival:
    story = "Class or workshop: customers who are given the same questions"
    record = alone.record
    share = 1 - float(record["fresh"]) / max(float(record["n"]), 1)
    because = f"{percent(share)} of its requests repeat what it or others ask in the window."
    return stop(story, because, alone.harvest) if share >= MAJORITY else Rival(story, CONTRADICTED, because)


def _public(alone: Alone) -> Rival:
    """A published text explains its wording for every user alike, so it does not explain taking more than its users take.

    Only the registry says that a text is published: that others live on it too would be true of an operator's accounts.
    """
    story, text = "Public prompt used by unrelated customers", alone.text
    if text is None:
        return Rival(story, OPEN, "Which texts it shares with others was not checked.")
    if text.share < MAJORITY:
        return Rival(story, CONTRADICTED, "No text that other customers use too makes up most of its requests.")
    kind = "public text" if text.public else "text that is not known to be public"
    because = f"{percent(text.share)} of its requests use one {kind}, on which {text.others} other customers live."
    p = alone.context.parameters
    if not text.public or text.others < p.public_parties:
        return Rival(story, OPEN, because)
    because += f" It gathered as much as the top {percent(text.rank)} of them."
    return stop(story, because, "why it gathered more than nearly all of them" if text.rank <= p.lead_p else "")


def _egress(alone: Alone) -> Rival:
    story, networks = "Strangers behind one network", alone.context.log.networks
    own = networks[networks["account"] == alone.row]["ip24"]
    if not len(own):
        return Rival(story, OPEN, "Its network addresses are not known.")
    others = networks[networks["ip24"].isin(own)]["account"].nunique() - 1
    because = f"{others} other accounts use its {own.nunique()} networks. A network explains ties, of which none is held against it."
    return Rival(story, CONTRADICTED, because)


def _launch(alone: Alone) -> Rival:
    story, created = "Launch day: customers who came when everybody came", alone.context.log.accounts["created_at_us"]
    days = created.astype("float64") // DAY_US
    if pd.isna(days.iloc[alone.row]):
        return Rival(story, OPEN, "When it signed up is not known.")
    others = int((days == days.iloc[alone.row]).sum()) - 1
    because = (
        f"{others} other accounts signed up on its day. Its sign-up is not held against it and explains no content."
    )
    return Rival(story, CONTRADICTED, because)


def _licensed(alone: Alone) -> Rival:
    story, context = "Licensed or verified customers", alone.context
    if context.cleared[alone.row]:
        return Rival(story, FITS, "It is verified or was cleared by people.")
    use = alone.record["declared_use"] if "declared_use" in alone.record.index else None
    if declares_data([use])[0]:
        return Rival(story, OPEN, "It declares synthetic or training data as its use; nobody has verified that.")
    if "verified" not in context.log.known or pd.isna(alone.record["verified"]):
        return Rival(story, OPEN, "Its verification is not known.")
    return Rival(story, CONTRADICTED, "It is not verified, nobody cleared it, and it declares no such use.")
