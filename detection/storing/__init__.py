"""Writing what a run concluded: rows appear together, in the transaction that makes the run finished."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.services import Event
from detection.analysis.results import Analysis
from detection.models import DetectionRun
from detection.storing.campaigns import list_price, store_campaigns
from detection.storing.scores import account_keys, flagged_outside, store_scores
from detection.storing.templates import shown_skeleton, store_templates
from detection.storing.units import store_units, window_words

__all__ = [
    "facts_of",
    "flagged_outside",
    "list_price",
    "shown_skeleton",
    "store_analysis",
    "store_for_comparison",
    "window_words",
]


def store_analysis(run: DetectionRun, analysis: Analysis, skeletons: Mapping[int, str]) -> list[Event]:
    """Write units, readings, campaigns with their history, members and scores of a live run; the caller holds the
    transaction and records the events that come back."""
    ids = account_keys(analysis)
    templates = store_templates(analysis, skeletons)
    kept = store_campaigns(run, analysis, ids)
    store_units(run, analysis, templates, kept.campaigns)
    store_scores(run, analysis, ids, kept.campaigns)
    return kept.events


def store_for_comparison(run: DetectionRun, analysis: Analysis, skeletons: Mapping[int, str]) -> None:
    """Write units, readings and scores of a run that is not live; no campaign, member or history is touched."""
    ids = account_keys(analysis)
    templates = store_templates(analysis, skeletons, live=False)
    store_units(run, analysis, templates, {})
    store_scores(run, analysis, ids, {})


def facts_of(analysis: Analysis) -> dict[str, Any]:
    """What the audit says of a finished run."""
    return {
        "exchanges": analysis.n_exchanges,
        "accounts": analysis.n_accounts,
        "units": len(analysis.units),
        "campaigns": len(analysis.campaigns),
        "flagged": sum(result.flagged for result in analysis.accounts),
    }
