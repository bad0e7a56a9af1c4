"""Campaign identity: the id follows the accounts through growth, joins, splits and back."""

from __future__ import annotations

import random

from detection.storing.identity import Earlier, Heir, heirs


def sets(*words: str) -> list[frozenset[str]]:
    return [frozenset(word) for word in words]


def test_unknown_accounts_make_a_new_campaign():
    assert heirs(sets("abc"), []) == [Heir()]
    assert heirs(sets("abc"), [Earlier(1, frozenset("xyz"))]) == [Heir()]


def test_half_of_the_smaller_one_is_not_enough():
    assert heirs(sets("abxy"), [Earlier(1, frozenset("abcd"))]) == [Heir()]
    assert heirs(sets("abcx"), [Earlier(1, frozenset("abcd"))]) == [Heir(keeps=1)]


def test_growth_and_shrinking_keep_the_id():
    assert heirs(sets("abcdefghijklm"), [Earlier(7, frozenset("abc"))]) == [Heir(keeps=7)]
    assert heirs(sets("ab"), [Earlier(7, frozenset("abcdefghijklm"))]) == [Heir(keeps=7)]


def test_of_joined_campaigns_the_oldest_id_stays_though_it_is_the_smallest():
    earlier = [Earlier(9, frozenset("uvwxyz")), Earlier(4, frozenset("abc")), Earlier(6, frozenset("def"))]
    assert heirs(sets("abcdefuvwxyz"), earlier) == [Heir(keeps=4, absorbs=(6, 9))]


def test_the_larger_part_of_a_split_keeps_the_id_and_the_others_name_their_origin():
    found = sets("ab", "cdefg", "hij")
    assert heirs(found, [Earlier(3, frozenset("abcdefghij"))]) == [Heir(origin=3), Heir(keeps=3), Heir(origin=3)]


def test_a_campaign_may_join_one_and_leave_a_part_behind():
    earlier = [Earlier(1, frozenset("abcdef")), Earlier(2, frozenset("uvwxyz"))]
    assert heirs(sets("abcdefuvwx", "yz"), earlier) == [Heir(keeps=1, absorbs=(2,)), Heir(origin=2)]


def test_what_was_joined_stands_apart_again_under_its_own_id():
    earlier = [Earlier(1, frozenset("abcdefgh")), Earlier(2, frozenset("fgh"), merged=True)]
    assert heirs(sets("abcde", "fgh"), earlier) == [Heir(keeps=1), Heir(keeps=2, origin=1, revived=True)]
    assert heirs(sets("abcdefgh"), earlier) == [Heir(keeps=1)]


def test_no_id_is_given_twice_and_the_order_of_the_earlier_ones_does_not_matter():
    draw = random.Random(11)
    for _ in range(200):
        pool = [f"a{i}" for i in range(40)]
        found = [frozenset(draw.sample(pool, draw.randint(1, 15))) for _ in range(6)]
        earlier = [
            Earlier(pk, frozenset(draw.sample(pool, draw.randint(1, 15))), draw.random() < 0.2) for pk in range(1, 8)
        ]
        first = heirs(found, earlier)
        ids = [pk for heir in first for pk in (heir.keeps, *heir.absorbs) if pk is not None]
        assert len(ids) == len(set(ids))
        assert all(heir.keeps != heir.origin for heir in first if heir.origin is not None)
        assert heirs(found, draw.sample(earlier, len(earlier))) == first
