"""Back-tests of the live run and shadow runs that follow it, each beside the run that it is compared with."""

from __future__ import annotations

import pytest
from django.db.models import F

from detection import services
from detection.analysis.parameters import Parameters
from detection.enums import RunKind, RunState
from detection.models import Campaign, CampaignChange, CampaignMember, SignalReading
from detection.tuning import services as tuning
from detection.tuning.backtest import back_test_of
from detection.tuning.tuned import live_parameters
from investigations.models import FlaggedSession
from investigations.services import flag_finished_runs
from tests.detection.kept import Look, finished
from tests.detection.tuning.test_services import DEFAULTS, back_test, lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("look")]


def test_a_back_test_reads_the_live_runs_exchanges_and_flags_nobody(look: Look) -> None:
    live = look.run
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


def test_other_days_get_a_window_of_their_own(look: Look) -> None:
    run = tuning.request_back_test(days=3, thresholds={}, actor=lead())
    assert run.base is None and run.window_start is not None and run.window_end is not None
    assert (run.window_end - run.window_start).days == 3


def test_a_shadow_run_follows_each_live_run_once_and_stops_when_told(look: Look) -> None:
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
