"""The signals, in one explicit tuple: measured behaviours, each with its own stated null. Pure."""

from __future__ import annotations

from dataclasses import replace

from detection.clustering.identities import Identities
from detection.results import Reading
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


def signals(identities: Identities) -> tuple[Signal, ...]:
    """Every signal in the order of the screen."""
    return (
        novelty.read,
        complementarity.read,
        coverage.read,
        shared_template.read,
        lockstep.read,
        succession.read,
        equalisation.read,
        elicitation.read,
        shape.read,
        breadth.read,
        triage.read,
        lambda unit, context: identity.read(unit, context, identities),
        fanout.read,
        onboarding.read,
    )


def read_all(unit: Unit, context: Context, identities: Identities) -> tuple[Reading, ...]:
    """All readings on one unit; what formed it is marked, keeps its value and loses its p."""
    return tuple(_mark_formation(signal(unit, context), unit) for signal in signals(identities))


def _mark_formation(reading: Reading, unit: Unit) -> Reading:
    if reading.signal not in unit.forming or reading.formation:
        return reading
    return replace(reading, formation=True, p=None, p_reason="it formed the unit, so it does not count in its test")
