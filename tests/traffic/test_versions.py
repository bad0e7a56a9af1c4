"""Two derivations in one lake: what they number alike still joins, the rest is missing and counted."""

from __future__ import annotations

import ibis
import pyarrow as pa

from traffic.derivation import DERIVATION_VERSION
from traffic.versions import EDGES, EDGES_SINCE, comparable, older


def exchanges(*versions: int):
    rows = [dict.fromkeys(EDGES, 7) | {"skeleton_h": 5, "task_tags": 3, "derivation_version": v} for v in versions]
    return ibis.memtable(pa.Table.from_pylist(rows))


def test_older_numbers_are_taken_away_and_counted():
    given = exchanges(EDGES_SINCE - 1, EDGES_SINCE)
    old, new = comparable(given).order_by("derivation_version").to_pyarrow().to_pylist()
    assert [old[name] for name in EDGES] == [None] * len(EDGES)
    assert (old["task_tags"], old["skeleton_h"]) == (0, 5)
    assert [new[name] for name in EDGES] == [7] * len(EDGES) and new["task_tags"] == 3
    assert older(given) == 1


def test_a_lake_of_one_version_is_left_as_it_is():
    given = exchanges(DERIVATION_VERSION, DERIVATION_VERSION)
    assert comparable(given).to_pyarrow().select(EDGES).equals(given.to_pyarrow().select(EDGES))
    assert older(given) == 0
