"""Exchanges of one derivation: a lake that an older version filled must not silently mix its numbers with newer ones."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from traffic.schema import WORD_COUNTS

EDGES_SINCE = 2
"""First and last words have their present numbers, and task tags their present rules, from this derivation on."""
EDGES = tuple(f"{end}{n}" for end in ("pre", "suf") for n in WORD_COUNTS)


def comparable(exchanges: ir.Table) -> ir.Table:
    """The exchanges with what an older derivation numbered otherwise taken away: first and last words null, no task tag.

    Whole skeletons, prompts, system prompts and slots have the same numbers in every version and go on to join. What is
    taken away is missing, not zero: callers say how many exchanges `older` counts.
    """
    present = exchanges.derivation_version >= EDGES_SINCE
    kept = {name: ibis.ifelse(present, exchanges[name], ibis.null("int64")) for name in EDGES}
    tags = ibis.ifelse(present, exchanges.task_tags, ibis.literal(0, "int32"))
    return exchanges.mutate(**kept, task_tags=tags)


def older(exchanges: ir.Table) -> int:
    """How many of the exchanges an older derivation numbered."""
    return int(exchanges.filter(exchanges.derivation_version < EDGES_SINCE).count().to_pyarrow().as_py())
