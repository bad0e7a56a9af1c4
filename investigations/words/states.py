"""The transition tables as a page, so that the documentation cannot say anything else. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from investigations.enums import (
    APPEAL_TRANSITIONS,
    CASE_TRANSITIONS,
    DECISION_TRANSITIONS,
    ITEM_TRANSITIONS,
    AppealState,
    CaseState,
    DecisionState,
    ItemState,
)

PARTS = (
    ("A case", CASE_TRANSITIONS, CaseState),
    ("A decision", DECISION_TRANSITIONS, DecisionState),
    ("One account of a decision", ITEM_TRANSITIONS, ItemState),
    ("An appeal", APPEAL_TRANSITIONS, AppealState),
)


def case_states_page() -> str:
    """The Markdown of docs/concepts/case-states.md."""
    parts = ["# Case states", "", "Made by `manage.py write_case_states` from `investigations/enums.py`.", ""]
    for title, table, states in PARTS:
        parts += [f"## {title}", "", *_diagram(table), "", *_rows(table, states), ""]
    return "\n".join(parts)


def _diagram(table: Mapping[str, frozenset[str]]) -> list[str]:
    steps = [f"    {before} --> {after}" for before in table for after in sorted(table[before])]
    first = f"    [*] --> {next(iter(table))}"
    ends = [f"    {state} --> [*]" for state in table if not table[state]]
    return ["```mermaid", "stateDiagram-v2", *map(str, (first, *steps, *ends)), "```"]


def _rows(
    table: Mapping[str, frozenset[str]], states: type[CaseState | DecisionState | ItemState | AppealState]
) -> list[str]:
    rows = ["| state | shown as | may become |", "|---|---|---|"]
    rows.extend(
        f"| {state.value} | {state.label} | {', '.join(sorted(table[state])) or 'nothing'} |" for state in states
    )
    return rows
