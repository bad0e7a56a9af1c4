"""Thresholds: ranges, back-tests that flag nobody, going live with a reason, shadow runs that follow."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from django.db.models import F

from audit.models import AuditEvent
from core.errors import Conflict, InvalidInput, NotAllowed
from detection import services, tuning
from detection.backtest import back_test_of
from detection.enums import RunKind, RunState, TuningPurpose
from detection.models import Campaign, CampaignChange, CampaignMember, DetectionRun, SignalReading, Tuning
from detection.parameters import Parameters
from detection.thresholds import NAMES, thresholds_of, with_thresholds
from detection.tuned import live_parameters, standing
from investigations.models import FlaggedSession
from investigations.services import flag_finished_runs
from staff.enums import Role
from staff.permissions import Worker
from tests.detection.test_services import finished, lake
from tests.factories import DetectionRunFactory, UserFactory

__all__ = ["lake"]
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
        ("provisional_p", 0.2, "a number from 1e-05 to 0.05"),
        ("certified_q", 0, "a number from 0.001 to 0.2"),
        ("lead_p", float("nan"), "a number from 0.001 to 0.2"),
        ("min_accounts", 4, "a whole number from 5 to 1000"),
        ("min_exchanges", 200.5, "a whole number from 50 to 100000"),
        ("min_accounts", True, "a whole number from 5 to 1000"),
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


def test_a_back_test_reads_the_live_runs_exchanges_and_flags_nobody(lake: pa.Table) -> None:
    live = finished()
    kept = [(c.pk, c.last_run_id, c.level) for c in Campaign.objects.all()], CampaignMember.objects.count()
    flag_finished_runs()
    sessions, changes = FlaggedSession.objects.count(), CampaignChange.objects.count()
    asked = tuning.request_back_test(days=30, thresholds=dict(DEFAULTS) | {"min_accounts": 20}, actor=lead())
    assert (asked.kind, asked.base, asked.parameters["draws"]) == (RunKind.BACK_TEST, live, live.parameters["draws"])
    run = services.run_detection(run=asked)
    assert run.state == RunState.FINISHED, run.message
    flag_finished_runs()
    assert ([(c.pk, c.last_run_id, c.level) for c in Campaign.objects.all()], CampaignMember.objects.count()) == kept
    assert (FlaggedSession.objects.count(), CampaignChange.objects.count()) == (sessions, changes)
    found = back_test_of(run)
    assert found is not None and found.live == live
    assert [change.name for change in found.comparison.inputs] == ["parameter min_accounts"]
    # The planted campaign has ten accounts: a unit of twenty at least cannot hold it.
    assert found.comparison.n_no_longer >= 10 and found.comparison.n_newly == 0
    assert (found.total.live, found.total.no_longer) == (
        found.comparison.n_no_longer + found.total.test,
        found.comparison.n_no_longer,
    )
    assert sum(row.n for row in found.strata) == found.total.n == 250
    assert sum(row.live for row in found.strata) == found.total.live


def test_other_days_get_a_window_of_their_own(lake: pa.Table) -> None:
    finished()
    run = tuning.request_back_test(days=3, thresholds={}, actor=lead())
    assert run.base is None and run.window_start is not None and run.window_end is not None
    assert (run.window_end - run.window_start).days == 3


@pytest.mark.parametrize("change", [tuning.make_live, tuning.start_shadow])
@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.LEGAL, Role.AUDITOR])
def test_only_leads_and_administrators_change_thresholds(change: Callable[..., Tuning], role: Role) -> None:
    with pytest.raises(NotAllowed):
        change(run=back_test(lead_p=0.01), reason="because", expected=0, actor=UserFactory(role=role))
    assert not Tuning.objects.exists()


def test_going_live_is_audited_and_the_next_live_run_is_told(lake: pa.Table) -> None:
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


def test_a_shadow_run_follows_each_live_run_once_and_stops_when_told(lake: pa.Table) -> None:
    finished()
    assert tuning.shadow_live_run() is None
    tried = back_test(lead_p=0.01, X4_version="2")
    started = tuning.start_shadow(run=tried, reason="r", expected=0, actor=lead())
    assert tuning.shadow_live_run() is None  # the live run was over before anybody asked
    live = finished()
    shadow = tuning.shadow_live_run()
    assert shadow is not None and (shadow.kind, shadow.base, shadow.is_look) == (RunKind.SHADOW, live, False)
    assert tuning.shadow_live_run() is None
    flagged = live.account_scores.filter(flagged=True).count()
    run = services.run_detection(run=shadow)
    assert run.state == RunState.FINISHED, run.message
    found = back_test_of(run)
    assert found is not None and found.live == live and found.total.live == flagged
    assert {change.name for change in found.comparison.inputs} == {"parameter lead_p", "parameter signal_versions"}
    versions = {r.run_id: r.version for r in SignalReading.objects.filter(signal="X4").annotate(run_id=F("unit__run"))}
    assert (versions[live.pk], versions[run.pk]) == ("1", "2")
    assert live_parameters() == Parameters()
    tuning.stop_shadow(reason="seen enough", expected=started.pk, actor=lead())
    finished()
    assert tuning.shadow_live_run() is None


def test_stopping_what_does_not_run_is_refused() -> None:
    with pytest.raises(Conflict, match="No shadow run"):
        tuning.stop_shadow(reason="r", expected=0, actor=lead())
