"""X3 succession: new accounts take over the same work soon after others of the cluster were closed."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.figures import counted
from detection.analysis.results import Reading
from detection.analysis.statistics import Floats, monte_carlo_p
from detection.analysis.tables import DAY_US, HOUR_US
from detection.signals.base import UNCALIBRATED, Context, Unit, generator
from detection.signals.drawing import null_words

BENIGN = "A customer that opens a new account after a billing lapse takes its work along; accounts of one declared customer are left out."
MIN_ARRIVALS = 3


def read(unit: Unit, context: Context) -> Reading:
    """Accounts under a week old whose first request in the unit falls within a day after a closure in the unit.

    Closures come from the records, else from the log: refusals (401, 403) after the last accepted request. Closures within
    an hour are one wave. Null: the waves stand at a random phase of the window (circular shift of all waves together);
    arrivals stay. One-sided, many arrivals soon after speak for succession.
    """
    common: dict[str, Any] = {"signal": "X3", "family": "X", "title": "Succession after closure", "benign": BENIGN}
    log, parameters = context.log, context.parameters
    waves = _waves(unit, context)
    arrivals, who = _arrivals(unit, context)
    if not len(waves) or len(arrivals) < MIN_ARRIVALS or log.start_us is None or log.end_us is None:
        reason = f"{UNCALIBRATED}: {counted(len(waves), 'closure')} and {counted(len(arrivals), 'arrival')} of new accounts in the unit"
        return Reading(sentence="No closure with newcomers after it.", p_reason=reason, **common)
    start, span = log.start_us, max(log.end_us - log.start_us, 1)
    limit = parameters.successor_hours * HOUR_US
    rng = generator(unit, context, "X3")

    def count(moments: Floats) -> float:
        gap = arrivals[None, :] - moments[:, None]
        return float(((gap > 0) & (gap <= limit)).any(axis=0).sum())

    def draw(n: int) -> Floats:
        return np.array([count((waves - start + shift) % span + start) for shift in rng.random(n) * span])

    value = count(waves)
    p, draws = monte_carlo_p(value, draw, parameters.draws, parameters.draws_tail)
    expected = float(draw(199).mean())
    followers = [w for w, at in zip(who, arrivals, strict=True) if ((at - waves > 0) & (at - waves <= limit)).any()]
    return Reading(
        sentence=f"{value:.0f} of {counted(len(arrivals), 'new account')} began within {parameters.successor_hours} h after "
        f"{'the one closure' if len(waves) == 1 else f'one of {len(waves)} closures'}; {expected:.1f} would by chance.",
        value=value,
        value_unit="new accounts within a day after a closure",
        denominator=f"{counted(len(arrivals), 'new account')}, {counted(len(waves), 'closure wave')}",
        reference=null_words(parameters.draws_tail, draws, "random phases of the closures in the window"),
        effect=value / max(expected, 0.1),
        p=p,
        p_reason="rank among random phases",
        accounts=tuple(followers),
        **common,
    )


def _waves(unit: Unit, context: Context) -> Floats:
    accounts = context.log.accounts.iloc[unit.members]
    closed = accounts["closed_at_us"].astype("float64").to_numpy(dtype=np.float64)
    accepted = accounts["accepted_us"].astype("float64").to_numpy(dtype=np.float64)
    refused = accounts["refused_us"].astype("float64").to_numpy(dtype=np.float64)
    from_log = np.where(refused > accepted, accepted, np.nan)
    moments = np.sort(np.where(np.isnan(closed), from_log, closed))
    moments = moments[~np.isnan(moments)]
    inside = (moments > (context.log.start_us or 0)) & (moments < (context.log.end_us or 0))
    moments = moments[inside]
    new = np.ones(len(moments), dtype=bool)
    new[1:] = np.diff(moments) > HOUR_US
    return np.asarray(moments[new], dtype=np.float64)


def _arrivals(unit: Unit, context: Context) -> tuple[Floats, list[str]]:
    """First requests of accounts younger than a week; of an account of unknown age when it began after the first two days."""
    log = context.log
    created = log.accounts["created_at_us"].astype("float64").to_numpy(dtype=np.float64)[unit.members]
    first = unit.sums["first_us"].to_numpy(dtype=np.float64)
    young = first - created <= context.parameters.new_account_days * DAY_US
    unknown = np.isnan(created)
    late = first > (log.start_us or 0) + 2 * DAY_US
    kept = np.where(unknown, late, young & late)
    return first[kept], [str(log.ids[row]) for row in unit.members[kept]]
