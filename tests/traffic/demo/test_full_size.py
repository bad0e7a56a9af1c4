"""The whole demo log: its size, and a reference large enough to calibrate on."""

from __future__ import annotations

from collections import Counter

from traffic.demo import HONEST, generate


def test_the_full_log_has_the_promised_size_and_reference() -> None:
    log = generate()
    assert 2700 <= len(log.accounts) <= 3300
    assert 140_000 <= len(log.exchanges) <= 165_000
    campaigns = Counter(row["campaign"] for row in log.truth.values())
    assert (campaigns["drip"], campaigns["sharded"], campaigns["failover"]) == (260, 40, 90)
    verified = Counter(e.account.organisation for e in log.exchanges if e.account.verified)
    assert sum(n >= 30 for n in verified.values()) >= 250
    kit = {a.organisation for a in log.accounts if log.truth[a.account_id]["actor"] == "open_kit" and a.verified}
    assert len(kit) >= 12
    assert sum(row["actor"] in HONEST for row in log.truth.values()) > 2400
