"""Sessions with known answers: a conversation id, a pause, an id that is none."""

from __future__ import annotations

import ibis
import pytest

from traffic.sessions import GAP_US, sessions


def named(rows: list[tuple[str, int, str | None]]) -> list[str]:
    """The session of each exchange, given as (account, time, conversation id), in the order given."""
    data = [
        {"exchange_id": f"e{n}", "account_id": account, "ts_us": moment, "session_ref": ref}
        for n, (account, moment, ref) in enumerate(rows)
    ]
    schema = {"exchange_id": "string", "account_id": "string", "ts_us": "int64", "session_ref": "string"}
    found = sessions(ibis.memtable(data, schema=ibis.schema(schema))).to_pyarrow().to_pylist()
    by_id = {row["exchange_id"]: row["session_id"] for row in found}
    return [by_id[f"e{n}"] for n in range(len(rows))]


def test_a_conversation_id_holds_over_any_pause():
    assert named([("a", 0, "x"), ("a", 9 * GAP_US, "x"), ("a", 1, "y")]) == ["a#x", "a#x", "a#y"]


@pytest.mark.parametrize(("pause", "second"), [(GAP_US, "a@5"), (GAP_US + 1, f"a@{5 + GAP_US + 1}")])
def test_without_an_id_a_pause_of_more_than_half_an_hour_ends_it(pause: int, second: str):
    assert named([("a", 5, None), ("a", 5 + pause, None)]) == ["a@5", second]


def test_an_id_different_for_every_exchange_is_no_conversation():
    assert named([("a", 0, "1"), ("a", 1, "2"), ("a", 2, "3")]) == ["a@0"] * 3
    assert named([("a", 0, "1")]) == ["a#1"], "one exchange alone proves nothing against its id"


def test_accounts_do_not_mix_and_loose_exchanges_stand_apart():
    rows = [("a", 0, "x"), ("b", 0, "x"), ("a", 1, "x"), ("b", 1, "x"), ("a", 2, None), ("b", 2, None)]
    assert named(rows) == ["a#x", "b#x", "a#x", "b#x", "a@2", "b@2"]
