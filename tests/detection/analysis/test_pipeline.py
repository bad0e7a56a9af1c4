"""Clustering and the whole run on small logs: planted ties are found, honest crowds are not, order does not matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from detection.analysis.campaigns import Membership, tiers
from detection.analysis.parameters import Parameters
from detection.analysis.pipeline import run
from detection.clustering.communities import families, parts, validated_edges, well_tied
from detection.clustering.identities import link_clusters, shared_identities
from detection.clustering.mining import subsume
from detection.clustering.parties import declared_parties
from detection.services import result_digest
from tests.detection import worlds


def frame(**columns):
    base = {"organisation": None, "verified": None, "email_domain": None}
    return pd.DataFrame({**base, **columns}).astype(object).where(lambda f: f.notna(), None)


def test_one_verified_organisation_is_one_party():
    made = frame(organisation=["Ash", "Ash", "Ash"], verified=[True, True, False])
    assert declared_parties(made).tolist() == [0, 0, 1]


def test_a_mail_provider_is_no_declared_address_and_an_own_domain_is():
    made = frame(email_domain=["gmail.com", "gmail.com", "ash.example", "ash.example"])
    assert declared_parties(made).tolist() == [0, 1, 2, 2]


def test_a_domain_under_several_organisation_names_is_nobodys_own():
    made = frame(email_domain=["post.example"] * 2, organisation=["Ash", "Birch"])
    assert declared_parties(made).tolist() == [0, 1]


def mined(rows):
    columns = ["column", "value", "account", "n", "mark", "parent", "example"]
    return pd.DataFrame(rows, columns=columns)


def test_the_longest_informative_opening_wins():
    rows = [("pre8", 1, a, 20, 7, None, 5) for a in "ab"] + [("pre16", 2, a, 20, 7, 1, 5) for a in "ab"]
    assert subsume(mined(rows))[["column", "value"]].to_numpy().tolist() == [["pre16", 2]]


def test_a_short_opening_with_other_continuations_stands_beside_the_long_one():
    rows = [("pre8", 1, a, 50, 9, None, 5) for a in "ab"] + [("pre16", 2, a, 20, 7, 1, 5) for a in "ab"]
    assert sorted(subsume(mined(rows))["column"]) == ["pre16", "pre8"]


def test_parties_that_share_many_rare_templates_form_a_cluster_and_chance_sharers_do_not():
    rng = np.random.default_rng(5)
    usage = (rng.random((60, 400)) < 0.02).astype(float)
    usage[:6, :40] = 1
    edges = validated_edges(sp.csr_matrix(usage), alpha=0.01, exclude_above=30)
    assert [part.tolist() for part in parts(edges, seed=1)] == [[0, 1, 2, 3, 4, 5]]


def test_variants_of_one_template_are_one_family():
    usage = sp.csr_matrix(np.array([[1, 2, 0], [1, 1, 0], [3, 1, 1]], dtype=float))
    assert families(usage, jaccard=0.8).tolist() == [0, 0, 1]


def identities_log(cards, networks):
    made = worlds.log(len(cards))
    made.accounts["payment_fp"] = cards
    nets = pd.DataFrame([(i, net, 5) for i, net in enumerate(networks) if net], columns=["account", "ip24", "n"])
    return replace(made, networks=nets, known=frozenset({"payment_fp"}))


def test_a_shared_card_and_network_join_and_one_shared_network_does_not():
    cards = ["c0", "c0", "c1", "c1", *[f"own{i}" for i in range(60)]]
    networks = ["n0"] * 4 + ["n1"] * 4 + [f"m{i}" for i in range(56)]
    found = link_clusters(shared_identities(identities_log(cards, networks), bits_per_field=8), bits_in_total=20)
    assert [cluster.tolist() for cluster in found] == [[0, 1, 2, 3]]


def test_networks_alone_are_no_link_however_rare():
    cards = [f"own{i}" for i in range(64)]
    networks = ["n0", "n0", *[f"m{i}" for i in range(62)]]
    identities = shared_identities(identities_log(cards, networks), bits_per_field=8)
    assert link_clusters(identities, bits_in_total=20) == []


def test_a_fringe_tied_to_some_is_let_go():
    edges = np.zeros((14, 14))
    edges[:10, :10] = 1
    edges[10:, 10:] = 1
    edges[10, :3] = edges[:3, 10] = 1
    np.fill_diagonal(edges, 0)
    assert well_tied(sp.csr_matrix(edges), np.arange(11)).tolist() == list(range(10))


def test_tiers_follow_k_and_share():
    made = worlds.log(50)
    made.accounts.loc[[0, 1, 2], "n"] = [40, 400, 100]
    rows = np.array([0, 1, 2])
    found = Membership(rows, np.array([20, 30, 2]), np.array([False, False, False]))
    result = {m.account_id: m.tier for m in tiers(found, made, shared_identities(made, bits_per_field=8), Parameters())}
    assert result == {"a0000": "core", "a0001": "bystander", "a0002": "bystander"}


def test_nearly_all_are_tied_one_is_not_the_stranger_is_a_bystander():
    cards = ["c0"] * 5 + [f"own{i}" for i in range(40)]
    made = identities_log(cards, [None] * 45)
    made.accounts.loc[range(6), "n"] = 100
    found = Membership(np.arange(6), np.full(6, 90), np.zeros(6, dtype=bool))
    result = [m.tier for m in tiers(found, made, shared_identities(made, bits_per_field=8), Parameters())]
    assert result == ["core"] * 5 + ["bystander"]


def small_log(seed=0, campaign=True):
    """240 honest accounts, and 10 that send one tagged template in shared hours on shared cards."""
    rng = np.random.default_rng(seed)
    rows, accounts = [], []
    together = rng.choice(28 * 24, 60, replace=False)
    for a in range(250 if campaign else 240):
        planted = a >= 240
        accounts.append({"account_id": f"a{a:03d}", "payment_fp": f"c{a // 5 if planted else 1000 + a}", "plan": "p"})
        hours = together[rng.random(60) < 0.8] if planted else rng.choice(28 * 24, int(rng.integers(20, 60)))
        for hour in hours:
            ts = worlds.START_US + int(hour) * 3_600_000_000 + int(rng.integers(0, 3_600_000_000))
            words = (
                {"pre8": 77, "pre16": 78}
                if planted
                else {"pre8": int(rng.integers(1e9)), "pre16": int(rng.integers(1e9))}
            )
            skeleton = {"skeleton_h": int(rng.integers(1e9)), "n_words": 20}
            rows.append({"account_id": f"a{a:03d}", "ts_us": ts, "task_tags": int(planted), **words, **skeleton})
    return pd.DataFrame(rows), pd.DataFrame(accounts)


def analysed(rows, accounts):
    import ibis

    fast = Parameters(draws=499, draws_tail=4_999)
    return run(worlds.table(rows.to_dict("records")), worlds.inputs(ibis.memtable(accounts)), fast)


def test_a_planted_campaign_is_found_whole_and_alone():
    analysis = analysed(*small_log())
    assert [sorted(c.accused()) for c in analysis.campaigns] == [[f"a{i}" for i in range(240, 250)]]
    assert sorted(a.account_id for a in analysis.accounts if a.flagged) == [f"a{i}" for i in range(240, 250)]
    assert [a.account_id for a in analysis.accounts[:10]] == sorted(a.account_id for a in analysis.accounts[:10])


def test_nobody_is_accused_in_an_honest_log():
    for seed in range(3):
        analysis = analysed(*small_log(seed, campaign=False))
        assert analysis.campaigns == ()
        assert not any(account.flagged for account in analysis.accounts)


def test_a_run_repeats_to_the_same_digest_in_any_order_of_rows():
    rows, accounts = small_log()
    rows["exchange_id"] = [f"x{i}" for i in range(len(rows))]
    rows["prompt_h"] = np.arange(len(rows))
    shuffled = rows.sample(frac=1, random_state=1).reset_index(drop=True)
    assert result_digest(analysed(rows, accounts)) == result_digest(analysed(shuffled, accounts.iloc[::-1]))


def test_formation_is_marked_on_every_unit():
    analysis = analysed(*small_log())
    for unit in analysis.units:
        formed = [reading for reading in unit.readings if reading.signal in unit.forming]
        assert formed and all(reading.formation and reading.p is None for reading in formed)


@pytest.mark.parametrize("n", [0, 1])
def test_empty_and_one_exchange_logs_conclude_nothing(n):
    rows, _ = small_log()
    analysis = run(worlds.table(rows.to_dict("records")).limit(n), worlds.inputs(), Parameters())
    assert (analysis.n_exchanges, analysis.units, analysis.campaigns) == (n, (), ())
