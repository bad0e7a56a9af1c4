"""Which exchanges of the lake a unit is made of: its stored selector as a condition on lake columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

import ibis
import ibis.expr.types as ir

from core.errors import Conflict
from detection.models import TemplateMap
from traffic.lake import among

NEAR = "near_h"
"""Named by the map of near-duplicates, which no lake file holds: such a selector names the map's version as well."""


def stored_selector(selector: Mapping[str, Any], map_version: int) -> dict[str, Any]:
    """A unit's selector as it is stored: with the version of the map where it picks near-duplicates.

    >>> stored_selector({"columns": {"near_h": ["5"]}}, 3)
    {'columns': {'near_h': ['5']}, 'map': 3}
    >>> stored_selector({"columns": {"pre8": ["5"]}}, 3)
    {'columns': {'pre8': ['5']}}
    """
    near = NEAR in selector.get("columns", {})
    return {**selector, "map": map_version} if near else dict(selector)


def picked(exchanges: ir.Table, selectors: Iterable[Mapping[str, Any]]) -> ir.BooleanValue:
    """Whether any of the selectors picks an exchange of the table; never null. No selector picks nothing.

    Raises ValueError for a selector that names neither accounts nor columns, Conflict when its map is gone.
    """
    conditions = [part for selector in selectors for part in _parts(exchanges, selector)]
    return reduce(or_, conditions) if conditions else ibis.literal(False)


def _parts(exchanges: ir.Table, selector: Mapping[str, Any]) -> list[ir.BooleanValue]:
    accounts, columns = selector.get("accounts"), selector.get("columns")
    if isinstance(accounts, list):
        return [among(exchanges.account_id, map(str, accounts))]
    if accounts:
        return [ibis.literal(True)]
    if not isinstance(columns, Mapping) or not columns:
        raise ValueError(f"selector: {selector!r} is not allowed; it names accounts or columns")
    return [
        _near(exchanges, values, selector.get("map")) if name == NEAR else _among(exchanges[name], values)
        for name, values in columns.items()
    ]


def _among(column: ir.Value, values: Iterable[Any]) -> ir.BooleanValue:
    return among(column, map(int, values)).fill_null(False)


def _near(exchanges: ir.Table, values: Iterable[Any], version: object) -> ir.BooleanValue:
    from detection.mapping import map_path  # brings scipy, which pages without near-duplicates never need

    found = TemplateMap.objects.filter(version=version).first() if isinstance(version, int) else None
    if found is None:
        raise Conflict(f"Map {version} of near-duplicates, by which the unit picks its exchanges, is not kept here.")
    known = exchanges.get_backend().read_parquet(str(map_path(found)))
    skeletons = known.filter(_among(known[NEAR], values)).skeleton_h
    return exchanges.skeleton_h.isin(skeletons).fill_null(False)
