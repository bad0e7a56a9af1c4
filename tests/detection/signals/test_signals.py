"""Every signal: a known answer, its own null kept, degenerate input, and the order of rows that does not matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from detection.clustering.identities import shared_identities
from detection.signals import elicitation, equalisation, fanout, identity, lockstep, novelty, succession
from detection.tables import DAY_US, HOUR_US
from tests.detection import worlds

MEMBERS = list(range(12))


def held(made):
    return shared_identities(made, bits_per_field=8)


READERS = {
    "N1": novelty.read,
    "X2": lockstep.read,
    "X3": succession.read,
    "X4": equalisation.read,
    "H1": elicitation.read,
    "I1": lambda unit, context: identity.read(unit, context, held(context.log)),
}


def test_elicitation_known_answer():
    made = worlds.log(300)
    for measure in ("tagged", "elicited"):
        made.accounts.loc[MEMBERS, measure] = made.accounts.loc[MEMBERS, "n"]
    reading = elicitation.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert reading.value == 1.0
    assert reading.p == 1 / 289  # 288 customers outside, none as high
    assert "288 customers" in reading.reference


def test_elicitation_without_a_tag_has_p_one():
    made = worlds.log(300)
    made.accounts[["tagged", "elicited"]] = 0
    assert elicitation.read(worlds.unit(made, MEMBERS), worlds.context(made)).p == 1.0


def test_verified_customers_are_the_reference_where_enough_are_known():
    made = worlds.log(300)
    context = worlds.context(made)
    context.cleared[12:] = True
    reading = elicitation.read(worlds.unit(made, MEMBERS, forming=("I1",)), context)
    assert reading.reference.startswith("288 verified or cleared customers")


def test_novelty_is_uninformative_where_honest_customers_never_repeat_either():
    made = worlds.log(300)
    made.accounts["fresh"] = made.accounts["n"].astype(float)
    reading = novelty.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.value, reading.p) == (1.0, None)
    assert reading.p_reason.startswith("uninformative")


def test_lockstep_sees_shared_hours_and_not_shared_days_of_one_rhythm():
    made = worlds.log(60)
    rng = np.random.default_rng(3)
    base = worlds.START_US // HOUR_US
    together = np.sort(rng.choice(28 * 24, 90, replace=False)) + base
    rows = [{"account": a, "hour": int(h), "n": 1} for a in MEMBERS for h in together if rng.random() < 0.8]
    hours = pd.DataFrame(rows)
    reading = lockstep.read(worlds.unit(made, MEMBERS, hours=hours), worlds.context(made))
    assert reading.p == 1 / 200
    assert reading.value > 2
    daily = pd.DataFrame([{"account": a, "hour": base + 24 * d + 9, "n": 1} for a in MEMBERS for d in range(28)])
    assert lockstep.read(worlds.unit(made, MEMBERS, hours=daily), worlds.context(made)).p == 1.0


def test_succession_counts_newcomers_after_a_closure():
    made = worlds.log(60)
    closure = worlds.START_US + 14 * DAY_US
    made.accounts["created_at_us"] = np.nan
    made.accounts.loc[0:5, "closed_at_us"] = closure
    first = made.accounts["first_us"].to_numpy().copy()
    first[6:12] = closure + 2 * HOUR_US
    made.accounts["first_us"] = first
    made.accounts.loc[6:11, "created_at_us"] = closure - DAY_US
    made.accounts.loc[0:5, "created_at_us"] = worlds.START_US - 300 * DAY_US
    reading = succession.read(worlds.unit(made, MEMBERS), worlds.context(made, draws_tail=1999))
    assert reading.value == 6
    assert reading.accounts == tuple(f"a{i:04d}" for i in range(6, 12))
    assert reading.p is not None and reading.p < 0.06  # one wave of one day in 28


def test_load_equalisation_known_answer():
    made = worlds.log(200)
    made.accounts.loc[MEMBERS, "n"] = 100
    reading = equalisation.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert reading.value == pytest.approx(0.0, abs=1e-12)
    assert reading.p == 1 / 200


def shared_cards(made, pairs: int):
    made.accounts["payment_fp"] = [f"card{i}" for i in range(len(made.accounts))]
    for pair in range(pairs):
        made.accounts.loc[[2 * pair, 2 * pair + 1], "payment_fp"] = f"shared{pair}"
    return replace(made, known=frozenset({"payment_fp"}))


def test_identity_known_answer_in_bits():
    made = shared_cards(worlds.log(128), 6)
    reading = READERS["I1"](worlds.unit(made, MEMBERS), worlds.context(made))
    assert reading.value == 6 * 6.0  # six pairs, each card held by 2 of 128 customers: 6 bits
    assert reading.p == 1 / 200


def test_links_inside_one_declared_customer_do_not_count():
    made = shared_cards(worlds.log(128), 6)
    made.accounts.loc[MEMBERS, "party"] = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    reading = READERS["I1"](worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.value, reading.p) == (0.0, 1.0)


def test_fan_out_is_context_and_never_counts():
    made = worlds.log(30)
    made.networks.loc[len(made.networks)] = [0, "192.0.2", 1]
    reading = fanout.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.p, reading.counts) == (None, False)


@pytest.mark.parametrize("name", sorted(READERS))
def test_null_is_kept(name):
    """Units of random accounts: p at or below a in at most a of the logs, within binomial bounds."""
    ps = []
    for seed in range(100):
        made = worlds.log(240, seed=seed)
        made = shared_cards(made, 100) if name == "I1" else made
        rng = np.random.default_rng(seed + 1000)
        members = sorted(int(i) for i in rng.choice(240, 8, replace=False))
        forming = ("I1",) if name in {"N1", "H1"} else ("X1",)
        p = READERS[name](worlds.unit(made, members, forming=forming), worlds.context(made)).p
        if p is not None:
            ps.append(p)
    for a in (0.01, 0.05, 0.1):
        assert sum(p <= a for p in ps) <= binom.ppf(0.999, max(len(ps), 1), a)


@pytest.mark.parametrize("name", sorted(READERS))
@pytest.mark.parametrize("members", [[0], [0, 1], list(range(30))])
def test_degenerate_units_give_a_reason_or_a_sound_p(name, members):
    made = worlds.log(30)
    made.accounts[["fresh", "tagged"]] = 0
    reading = READERS[name](worlds.unit(made, members), worlds.context(made))
    assert (reading.p is None and reading.p_reason) or 0 < reading.p <= 1


@pytest.mark.parametrize("name", ["N1", "X2", "X4", "H1"])
def test_renaming_accounts_changes_nothing(name):
    made = worlds.log(240)
    before = READERS[name](worlds.unit(made, MEMBERS), worlds.context(made))
    made.accounts["account_id"] = [f"z{999 - i}" for i in range(240)]
    after = READERS[name](worlds.unit(made, MEMBERS), worlds.context(made))
    assert (before.value, before.p) == (after.value, after.p)
