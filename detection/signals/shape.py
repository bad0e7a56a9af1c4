"""H2 output harvest shape: a harvester pays for answers, so most of its tokens are answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.figures import percent
from detection.analysis.results import Reading
from detection.analysis.statistics import rank_p
from detection.signals.base import UNCALIBRATED, Context, Unit, reference_groups

BENIGN = (
    "Report writers, code generation and story tools also send little and receive much; retrieval and agents do the opposite. "
    "Grading campaigns have short answers and are not seen here."
)


def read(unit: Unit, context: Context) -> Reading:
    """Share of the unit's tokens that are output: output / (input + output), over exchanges whose both counts are known.

    One statistic, chosen before any log was seen: the output is what a student model is trained on and what costs most, the
    share is bounded, pools over exchanges of any length, and needs no client option. Completions at the token limit, those not
    streamed and the mean length are shown beside it and play no part in p. Null: the pooled share is one more draw from the
    customers' own pooled shares, each customer one group whatever formed the unit, since one program and one text make
    their users alike. One-sided, large speaks for harvesting. Source: conformal rank, Bates et al., Ann. Statist. 51 (2023) 2.1.
    """
    common: dict[str, Any] = {
        "signal": "H2",
        "family": "H",
        "title": "Output harvest shape",
        "benign": BENIGN,
        "accounts": unit.strongest(context.log),
        "parameters": _beside(unit),
    }
    tokens = unit.total("counted_tokens")
    if tokens <= 0:
        reason = f"{UNCALIBRATED}: input and output tokens are known of none of its exchanges"
        return Reading(sentence="Token counts are not known.", p_reason=reason, **common)
    value = unit.total("counted_output") / tokens
    groups = reference_groups(unit, context, "counted_output", "H2", same_kind=True, denominator="counted_tokens")
    common |= {
        "value": value,
        "value_unit": "share of tokens that are output",
        "denominator": f"{tokens:,.0f} tokens in {unit.n_exchanges:,} requests of {len(unit.members)} accounts",
        "reference": groups.words,
    }
    said = f"{percent(value)} of its tokens are answers"
    if not len(groups.values):
        return Reading(sentence=f"{said}; {_words(unit)}.", p_reason=UNCALIBRATED, **common)
    low, middle, high = np.quantile(groups.values, [0.025, 0.5, 0.975])
    return Reading(
        sentence=f"{said}, of the middle reference group's {percent(middle)}; {_words(unit)}.",
        effect=value - float(middle),
        effect_low=value - float(high),
        effect_high=value - float(low),
        p=rank_p(value, groups.values),
        p_reason="rank among the reference groups",
        **common,
    )


def _beside(unit: Unit) -> dict[str, Any]:
    """What stands beside the statistic, each a share or a mean, None where its column is unknown."""
    n, limited = max(unit.n_exchanges, 1), unit.total("limited")
    return {
        "share_at_token_limit": unit.total("capped") / limited if limited else None,
        "share_not_streamed": unit.total("unstreamed") / n,
        "mean_output_tokens": unit.total("n_output_tokens") / n,
        "mean_input_tokens": unit.total("n_input_tokens") / n,
    }


def _words(unit: Unit) -> str:
    beside = _beside(unit)
    capped = beside["share_at_token_limit"]
    limit = "no token limit was set" if capped is None else f"{percent(capped)} of those with a limit reach it"
    return f"{beside['mean_output_tokens']:.0f} output tokens a request, {limit}, {percent(beside['share_not_streamed'])} not streamed"
