"""The signals, in one explicit tuple: measured behaviours, each with its own stated null. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from detection.analysis.results import Reading
from detection.clustering.identities import Identities
from detection.signals import (
    breadth,
    complementarity,
    coverage,
    elicitation,
    equalisation,
    fanout,
    identity,
    lockstep,
    novelty,
    onboarding,
    shape,
    shared_template,
    succession,
    triage,
)
from detection.signals.base import Context, Signal, Unit

OTHER_VERSIONS: dict[str, Signal] = {"X4=2": equalisation.read_relative}
"""Readers of the versions in signal_versions.SIGNAL_VERSIONS that are not the usual ones, as Parameters.signal_versions names them."""


def signals(identities: Identities, versions: Collection[str] = ()) -> tuple[Signal, ...]:
    """Every signal in the order of the screen; `versions` as in Parameters.signal_versions."""
    other = {name.split("=")[0]: OTHER_VERSIONS[name] for name in versions}
    return (
        novelty.read,
        complementarity.read,
        coverage.read,
        _steady(shared_template.read),
        _steady(lockstep.read),
        _steady(succession.read),
        other.get("X4", equalisation.read),
        elicitation.read,
        shape.read,
        breadth.read,
        triage.read,
        _steady(identity.read, identities),
        fanout.read,
        _steady(onboarding.read),
    )


def read_all(unit: Unit, context: Context, identities: Identities) -> tuple[Reading, ...]:
    """All readings on one unit; what formed it is marked, keeps its value and loses its p."""
    chosen = signals(identities, context.parameters.signal_versions)
    return tuple(_mark_formation(signal(unit, context), unit) for signal in chosen)


def _steady(signal: Callable[..., Reading], *more: object) -> Signal:
    """A signal whose null draws on all customers or on the unit's own hours, so that no step of a look changes its reading.

    It is read once of each unit; a unit that is read with another log, usage or parameters is read again.
    """

    def read(unit: Unit, context: Context) -> Reading:
        made_of = (context.log, context.usage, context.parameters, *more)
        known = unit.settled.get(signal.__module__)
        if known is None or any(a is not b for a, b in zip(known[0], made_of, strict=True)):
            known = unit.settled[signal.__module__] = (made_of, signal(unit, context, *more))
        return known[1]

    return read


def _mark_formation(reading: Reading, unit: Unit) -> Reading:
    if reading.signal not in unit.forming or reading.formation:
        return reading
    return replace(reading, formation=True, p=None, p_reason="it formed the unit, so it does not count in its test")
