"""Thresholds: ranges, who may change them, going live with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from audit.models import AuditEvent
from core.errors import Conflict, InvalidInput, NotAllowed
from detection import services
from detection.analysis.parameters import Parameters
from detection.enums import RunKind, RunState, TuningPurpose
from detection.models import DetectionRun, Tuning
from detection.tuning import services as tuning
from detection.tuning.thresholds import NAMES, thresholds_of, with_thresholds
from detection.tuning.tuned import live_parameters, standing
from staff.enums import Role
from staff.permissions import Worker
from tests.factories import DetectionRunFactory, UserFactory

pytestmark = pytest.mark.django_db
DEFAULTS = thresholds_of({})


def back_test(**changed: object) -> DetectionRun:
    told = with_thresholds(DEFAULTS | changed).as_dict()
    return DetectionRunFactory(kind=RunKind.BACK_TEST, is_look=False, parameters=json.loads(json.dumps(told)))


def lead() -> Any:
    return UserFactory(role=Role.LEAD)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("provisional_p", 0.2, "a number from 0.00001 to 0.05"),
        ("certified_q", 0, "a number from 0.001 to 0.2"),
        ("lead_p", float("nan"), "a number from 0.001 to 0.2"),
        ("min_accounts", 4, "a whole number from 5 to 1,000"),
        ("min_exchanges", 200.5, "a whole number from 50 to 100,000"),
        ("min_accounts", True, "a whole number from 5 to 1,000"),
        ("seed", 1, "provisional_p"),
        ("X4_version", "3", "it is one of 1, 2"),
    ],
)
def test_a_threshold_out_of_range_is_refused_by_name_value_and_range(name: str, value: object, allowed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        tuning.request_back_test(days=30, thresholds={name: value}, actor=lead())
    assert name in refused.value.message and allowed in refused.value.message
    assert not DetectionRun.objects.exists()


@pytest.mark.parametrize("days", [0, 367])
def test_days_out_of_range_are_refused(days: int) -> None:
    with pytest.raises(InvalidInput, match="days"):
        tuning.request_back_test(days=days, thresholds={}, actor=lead())


def test_an_empty_lake_cannot_be_tested_on() -> None:
    with pytest.raises(Conflict, match="no exchange yet"):
        tuning.request_back_test(days=30, thresholds={}, actor=lead())


@pytest.mark.parametrize("change", [tuning.make_live, tuning.start_shadow])
@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.LEGAL, Role.AUDITOR])
def test_only_leads_and_administrators_change_thresholds(change: Callable[..., Tuning], role: Role) -> None:
    with pytest.raises(NotAllowed):
        change(run=back_test(lead_p=0.01), reason="because", expected=0, actor=UserFactory(role=role))
    assert not Tuning.objects.exists()


def test_going_live_is_audited_and_the_next_live_run_is_told() -> None:
    run = back_test(certified_q=0.1, min_accounts=8)
    made = tuning.make_live(run=run, reason=" fewer false alarms ", expected=0, actor=lead())
    assert standing(TuningPurpose.LIVE) == made and made.reason == "fewer false alarms"
    event = json.loads(AuditEvent.objects.get(payload__contains='"action":"thresholds.changed"').payload)
    assert "0.1" in json.dumps(event) and str(run.pk) in json.dumps(event) and "fewer false alarms" in json.dumps(event)
    live = services.request_run(actor=Worker("test"))
    assert (live.parameters["certified_q"], live.parameters["min_accounts"]) == (0.1, 8)
    assert thresholds_of(live.parameters) == made.thresholds and set(made.thresholds) == set(NAMES)


def test_without_a_change_live_runs_have_the_defaults() -> None:
    assert live_parameters() == Parameters() == with_thresholds(DEFAULTS)


def test_what_was_not_tried_or_not_finished_cannot_go_live() -> None:
    with pytest.raises(InvalidInput, match="back-test"):
        tuning.make_live(run=DetectionRunFactory(), reason="r", expected=0, actor=lead())
    waiting = back_test()
    waiting.state = RunState.WAITING
    with pytest.raises(Conflict, match="look at its result"):
        tuning.make_live(run=waiting, reason="r", expected=0, actor=lead())
    with pytest.raises(InvalidInput, match="reason"):
        tuning.make_live(run=back_test(), reason="  ", expected=0, actor=lead())


def test_a_change_made_meanwhile_is_not_overwritten() -> None:
    made = tuning.make_live(run=back_test(lead_p=0.01), reason="r", expected=0, actor=lead())
    with pytest.raises(Conflict, match="changed meanwhile"):
        tuning.make_live(run=back_test(lead_p=0.02), reason="r", expected=0, actor=lead())
    with pytest.raises(Conflict, match="already"):
        tuning.make_live(run=back_test(lead_p=0.01), reason="r", expected=made.pk, actor=lead())
    assert Tuning.objects.count() == 1


def test_stopping_what_does_not_run_is_refused() -> None:
    with pytest.raises(Conflict, match="No shadow run"):
        tuning.stop_shadow(reason="r", expected=0, actor=lead())
