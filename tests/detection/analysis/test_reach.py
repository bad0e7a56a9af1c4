"""Which level a run's references and its number of tests leave in reach."""

from __future__ import annotations

import pytest

from detection.analysis.reach import harmonic, reach_of
from detection.analysis.statistics import benjamini_yekutieli
from tests.factories import DetectionRunFactory, SignalReadingFactory, UnitFactory

pytestmark = pytest.mark.django_db


def reading(unit: object, signal: str, groups: int, p: float | None, **given: object) -> None:
    words = f"{groups} verified or cleared customers outside the unit, each one group"
    SignalReadingFactory(unit=unit, signal=signal, p=p, reference=words, p_reason="rank among the groups", **given)


def test_the_demanded_p_is_where_benjamini_yekutieli_turns() -> None:
    run = DetectionRunFactory()
    UnitFactory.create_batch(4, run=run, gate_p=0.5)
    UnitFactory(run=run, gate_p=None)
    reach = reach_of(run)
    assert reach.m == 4 and reach.expected_false_alarms == pytest.approx(0.04)
    assert reach.alone_p is not None and reach.all_p is not None
    assert benjamini_yekutieli([reach.alone_p * 0.999, 1, 1, 1], 0.05) == [True, False, False, False]
    assert not any(benjamini_yekutieli([reach.alone_p * 1.001, 1, 1, 1], 0.05))
    assert all(benjamini_yekutieli([reach.all_p * 0.999] * 4, 0.05))
    assert reach.alone_p == pytest.approx(0.05 / (4 * harmonic(4)))


def test_the_floor_is_the_gates_arithmetic_on_the_smallest_p_of_each_reference() -> None:
    run = DetectionRunFactory()
    unit = UnitFactory(run=run, gate_p=0.5)
    reading(unit, "X2", 99, 0.5)
    reading(unit, "I1", 49, 0.5)
    reading(unit, "H1", 9, 0.5)
    reach = reach_of(run)
    assert reach.floor_best == pytest.approx(
        2 / 50
    )  # three families, so twice the second smallest of 1/100, 1/50, 1/10
    assert (reach.n_reach_provisional, reach.n_reach_certified) == (0, 1)


def test_forming_and_context_signals_have_no_part_in_the_floor() -> None:
    run = DetectionRunFactory()
    unit = UnitFactory(run=run, gate_p=0.5)
    reading(unit, "X2", 99, 0.5)
    reading(unit, "I1", 49, 0.5, formation=True)
    SignalReadingFactory(unit=unit, signal="H4", p=0.01, p_reason="context: rank", reference="500 windows")
    assert reach_of(run).floor_best is None


def test_each_signal_tells_its_nulls_references_and_silence() -> None:
    run = DetectionRunFactory()
    for groups, p in ((300, 0.2), (400, 0.004)):
        reading(UnitFactory(run=run), "H1", groups, p)
    SignalReadingFactory(unit=UnitFactory(run=run), signal="H1", p=None, p_reason="not calculable: 7 parties")
    (use,) = reach_of(run).signals
    assert (use.n_units, use.n_with_p, use.smallest) == (3, 2, 0.004)
    assert [(kind.fewest, kind.most, kind.n_units) for kind in use.references] == [(300, 400, 2)]
    assert [kind.words for kind in use.nulls] == ["rank among the groups"]
    assert use.reasons == [("not calculable: 7 parties", 1)]


def test_a_run_without_units_and_a_daily_run_claim_nothing() -> None:
    reach = reach_of(DetectionRunFactory(is_look=False))
    assert (reach.m, reach.alone_p, reach.floor_best, reach.certify, reach.signals) == (0, None, None, False, [])
