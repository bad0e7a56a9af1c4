"""I1 and I2: shared identifiers in bits; fan-out as context."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detection.clustering.identities import shared_identities
from detection.signals import fanout, identity
from tests.detection import worlds
from tests.detection.signals.kept import assert_invariant, assert_null_kept, assert_sound

MEMBERS = list(range(12))


def read(unit, context):
    return identity.read(unit, context, shared_identities(context.log, bits_per_field=8))


def shared_cards(made, pairs: int):
    cards = [f"shared{i // 2}" if i < 2 * pairs else f"card{i}" for i in range(len(made.accounts))]
    made.accounts["payment_fp"] = cards
    return replace(made, known=frozenset({"payment_fp"}))


def test_known_answer_in_bits():
    made = shared_cards(worlds.log(128), 6)
    reading = read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert reading.value == 6 * 6.0  # six pairs, each card held by 2 of 128 customers: 6 bits
    assert reading.p == 1 / 200


def test_links_inside_one_declared_customer_do_not_count():
    made = shared_cards(worlds.log(128), 6)
    made.accounts.loc[MEMBERS, "party"] = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    reading = read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.value, reading.p) == (0.0, 1.0)


def test_null_is_kept():
    """Random customers, in a log where pairs of customers share cards."""

    def p_of(seed: int) -> float | None:
        made = shared_cards(worlds.log(60, seed=seed, days=2), 30)
        members = sorted(int(i) for i in np.random.default_rng(seed + 1000).choice(60, 12, replace=False))
        return read(worlds.unit(made, members), worlds.context(made)).p

    assert_null_kept(p_of)


@pytest.mark.parametrize("members", [[], [0], [0, 1, 2], list(range(30))])
def test_degenerate_units(members):
    for made in (worlds.log(30), shared_cards(worlds.log(30), 0), shared_cards(worlds.log(30), 15)):
        assert_sound(read(worlds.unit(made, members), worlds.context(made)))
        assert_sound(fanout.read(worlds.unit(made, members), worlds.context(made)))


def test_names_order_and_hours_change_nothing():
    made = shared_cards(worlds.log(128), 30)
    assert_invariant(read, worlds.unit(made, MEMBERS), worlds.context(made), hours=5)


def networked():
    made = worlds.log(30)
    made.networks.loc[0] = [0, "192.0.2", 1]
    made.networks.loc[1] = [1, "192.0.2", 1]
    made.networks.loc[2] = [20, "198.51.100", 1]
    return made


def test_fan_out_is_context_and_never_counts():
    made = networked()
    reading = fanout.read(worlds.unit(made, MEMBERS), worlds.context(made))
    assert (reading.value, reading.p, reading.counts) == (2.0, None, False)


def test_fan_out_by_other_names():
    made = networked()
    assert_invariant(fanout.read, worlds.unit(made, MEMBERS), worlds.context(made), hours=5)
