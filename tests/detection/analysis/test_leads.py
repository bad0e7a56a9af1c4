"""Leads: one account alone, ranked among the others, and let go where an innocent story fits on positive facts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import scipy.sparse as sp

from detection.analysis.leads import find_leads
from detection.analysis.public import Texts, text_use
from detection.analysis.ranking import rank_accounts
from detection.analysis.tables import DAY_US, Log
from tests.detection import worlds

NOBODY = np.zeros(0, dtype=np.int64)


def harvester(heat: str = "1.0", answer: int = 700) -> Log:
    """250 ordinary customers; the first asked for training data alone, 2,000 times within half a day."""
    made = worlds.log(250)
    first = worlds.START_US + 10 * DAY_US
    values = {"n": 2000, "fresh": 2000.0, "elicited": 2000.0, "elicited_tokens": 2000 * answer, "limited": 2000}
    values |= {"n_input_tokens": 800_000, "n_output_tokens": 2000 * answer, "first_us": first}
    values |= {"last_us": first + DAY_US // 2}
    accounts = made.accounts.copy()
    for name, value in values.items():
        accounts[name] = accounts[name].astype(type(value))
        accounts.loc[0, name] = value
    others = made.settings[made.settings["account"] > 0]
    own = pd.DataFrame([{"account": 0, "agent": "client/1", "settings": f"{heat}|900|chat|", "n": 2000}])
    return replace(made, accounts=accounts, settings=pd.concat([own, others], ignore_index=True))


def test_the_harvester_is_the_only_lead_with_every_story_told() -> None:
    found = find_leads(worlds.context(harvester()), NOBODY)
    assert np.flatnonzero(found.lead).tolist() == [0]
    assert len(found.rivals[0]) == 10
    assert not any(rival.finding == "fits" for rival in found.rivals[0])
    assert found.because[0].startswith("100 % of its 2,000 requests")


def test_a_benchmark_run_is_no_lead_and_says_why() -> None:
    found = find_leads(worlds.context(harvester("0.0", answer=3)), NOBODY)
    assert not found.lead.any()
    assert found.because[0].startswith("No lead: Benchmark run: a known set of questions: 100 %")
    ranked = {a.account_id: a for a in rank_accounts(worlds.context(harvester("0.0", answer=3)), (), (), found)}
    assert ranked["a0000"].rivals == found.rivals[0]
    assert not ranked["a0000"].flagged and ranked["a0000"].because == found.because[0]
    assert ranked["a0001"].rivals == ()


def test_a_cleared_account_is_no_lead_and_says_so() -> None:
    context = worlds.context(harvester())
    cleared = np.arange(250) == 0
    found = find_leads(replace(context, cleared=cleared), NOBODY)
    assert not found.lead.any() and found.because[0].startswith("No lead: Licensed or verified")


def test_who_stands_in_a_campaign_is_no_lead() -> None:
    found = find_leads(worlds.context(harvester()), np.array([0]))
    assert not found.lead.any() and not found.rivals


def texts(made: Log, users: list[int], public: bool) -> Texts:
    counts = np.zeros((len(made.accounts), 1))
    counts[users, 0] = made.column("n")[users]
    return Texts(sp.csc_matrix(counts), np.array([public]))


def test_a_public_text_explains_an_ordinary_take_alone() -> None:
    made = harvester()
    users = list(range(21))
    assert find_leads(worlds.context(made), NOBODY, texts(made, users, True)).lead[0]
    accounts = made.accounts.copy()
    accounts.loc[1:4, "elicited_tokens"] = 10_000_000
    rich = replace(made, accounts=accounts)
    spared = find_leads(worlds.context(rich), NOBODY, texts(rich, users, True))
    assert not spared.lead[0] and spared.because[0].startswith("No lead: Public prompt")
    # An operator's own accounts share a text too: only the registry lets one go.
    assert find_leads(worlds.context(rich), NOBODY, texts(rich, users, False)).lead[0]


def test_peers_of_a_text_are_other_customers_outside_campaigns() -> None:
    made = harvester()
    inside = np.zeros(250, dtype=bool)
    inside[5] = True
    accounts = made.accounts.copy()
    accounts.loc[1, "party"] = 0
    use = text_use(0, worlds.context(replace(made, accounts=accounts)), texts(made, list(range(11)), True), inside)
    assert use is not None
    assert (use.public, use.share, use.others, use.rank) == (True, 1.0, 8, 1 / 9)
    assert text_use(0, worlds.context(made), None, inside) is None
    elsewhere = text_use(0, worlds.context(made), texts(made, [3, 4], True), inside)
    assert elsewhere is not None and elsewhere.share == 0.0
