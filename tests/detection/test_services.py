"""Runs over the lake: visible only when finished, repeatable, one at a time; campaigns keep their id; outside scores."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import now
from core.errors import Conflict, InvalidInput, NotAllowed
from detection import services
from detection.enums import RunState
from detection.models import AccountScore, Campaign, OutsideScore, ScoreMapping
from detection.services import OutsideScoreRow, carrying_out
from tests.detection.kept import FAST, WORKER, finished

pytestmark = pytest.mark.django_db


def test_a_failed_run_leaves_nothing_visible(lake, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("disk gone")

    monkeypatch.setattr(carrying_out, "store_analysis", broken)
    run = services.request_run(actor=WORKER, parameters=FAST)
    with pytest.raises(RuntimeError):
        services.run_detection(run=run)
    run.refresh_from_db()
    assert (run.state, run.message) == (RunState.FAILED, "RuntimeError: disk gone")
    assert not AccountScore.objects.exists() and not Campaign.objects.exists()


def test_one_run_at_a_time(lake):
    services.request_run(actor=WORKER)
    with pytest.raises(Conflict):
        services.request_run(actor=WORKER)


def test_an_empty_window_is_refused():
    moment = now()
    with pytest.raises(InvalidInput, match="window_end"):
        services.request_run(actor=WORKER, window_start=moment, window_end=moment - timedelta(days=1))


def test_who_may_not_run_detection_is_told_who_may():
    with pytest.raises(NotAllowed, match="Roles that may"):
        services.request_run(actor="nobody")


def scores(*values: float) -> list[OutsideScoreRow]:
    return [OutsideScoreRow("account", "a001", "a001", value, now()) for value in values]


def test_outside_scores_stand_beside_ours_and_pass_their_mapped_threshold(lake):
    added, refused = services.receive_outside_scores(rows=scores(0.9), name="nsfw", version="2", actor=WORKER)
    assert (added, refused) == (1, [])
    ScoreMapping.objects.create(name="nsfw", threshold=0.8)
    run = finished()
    score = AccountScore.objects.get(run=run, account__account_id="a001")
    assert score.flagged and score.because.endswith("nsfw gave 0.9, its threshold is 0.8")
    assert score.campaign is None


def test_outside_scores_for_nobody_or_no_number_are_refused(lake):
    rows = [*scores(float("nan")), OutsideScoreRow("account", "zz", "zz", 1.0)]
    added, refused = services.receive_outside_scores(rows=rows, name="n", version="", actor=WORKER)
    assert added == 0
    assert [why for _, why in refused] == [
        "score: nan is not allowed; it is a finite number",
        "account_id: 'zz' is not known",
    ]
    assert not OutsideScore.objects.exists()
