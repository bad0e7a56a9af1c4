"""What every signal is held to: its null kept, degenerate units answered, order, names and whole hours without effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.stats import binom

from detection.analysis.results import Reading
from detection.analysis.tables import HOUR_US, Log
from detection.signals.base import Context, Unit

LEVELS = (0.01, 0.05, 0.1)
DRAWS = 200


def assert_null_kept(p_of: Callable[[int], float | None], draws: int = DRAWS) -> None:
    """P(p <= a) is at most a, within the upper 99.9 % binomial bound, over seeded draws from the signal's own null."""
    ps = [p for p in map(p_of, range(draws)) if p is not None]
    assert len(ps) >= draws * 0.9, f"only {len(ps)} of {draws} draws gave a p: the check would show nothing"
    assert min(ps) < 0.2, "a p that is never small keeps every level and shows nothing"
    for a in LEVELS:
        assert sum(p <= a for p in ps) <= binom.ppf(0.999, len(ps), a), f"too many p <= {a}"


def assert_sound(reading: Reading) -> None:
    """A p in (0, 1], or none with the reason; never a bare number without its benign reading."""
    assert reading.p_reason or reading.p is not None
    assert reading.p is None or 0 < reading.p <= 1
    assert reading.benign and reading.sentence and reading.title
    assert reading.value is None or np.isfinite(reading.value)


def said(reading: Reading) -> tuple[float | None, float | None, str]:
    """What must not depend on names, order or the time zone."""
    return reading.value, reading.p, reading.sentence


def renamed(log: Log) -> Log:
    """The same log with other account ids."""
    ids = [f"z{len(log.accounts) - i:05d}" for i in range(len(log.accounts))]
    return replace(log, accounts=log.accounts.assign(account_id=ids))


def shuffled(unit: Unit, seed: int = 5) -> Unit:
    """The same unit with the rows of its long tables in another order; its members stay in the log's order."""
    rng = np.random.default_rng(seed)
    frames = {name: getattr(unit, name) for name in ("hours", "repeats", "asked_again")}
    return replace(unit, **{name: frame.iloc[rng.permutation(len(frame))] for name, frame in frames.items()})


def later(log: Log, unit: Unit, hours: int) -> tuple[Log, Unit]:
    """The same log and unit, written in a time zone some whole hours away."""
    shift = hours * HOUR_US
    times = [c for c in log.accounts if c.endswith("_us")]
    moved = {c: log.accounts[c].astype("float64") + shift for c in times}
    made = replace(
        log,
        accounts=log.accounts.assign(**moved),
        activity=log.activity.assign(hour=log.activity["hour"] + hours),
        start_us=(log.start_us or 0) + shift,
        end_us=(log.end_us or 0) + shift,
    )
    sums = unit.sums.assign(first_us=unit.sums["first_us"] + shift, last_us=unit.sums["last_us"] + shift)
    return made, replace(unit, sums=sums, hours=unit.hours.assign(hour=unit.hours["hour"] + hours))


def assert_invariant(read: Callable[[Unit, Context], Reading], unit: Unit, context: Context, hours: int = 24) -> None:
    """The same answer under other ids, another order of rows and a clock that is some hours off."""
    before = said(read(unit, context))
    assert said(read(unit, replace(context, log=renamed(context.log)))) == before
    assert said(read(shuffled(unit), context)) == before
    log, moved = later(context.log, unit, hours)
    assert said(read(moved, replace(context, log=log))) == before
