"""Runs over the lake: visible only when finished, repeatable, one at a time; campaigns keep their id; outside scores."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pytest

from accounts.models import ApiAccount
from audit.models import AuditEvent
from core.clock import now
from core.errors import Conflict, InvalidInput, NotAllowed
from detection import queries, services
from detection.enums import RunState, Tier
from detection.models import AccountScore, Campaign, DetectionRun, OutsideScore, ScoreMapping, SignalReading
from detection.parameters import Parameters
from detection.services import OutsideScoreRow, carrying_out
from staff.permissions import Worker
from tests.detection.test_pipeline import small_log
from traffic.lake import Lake, write_exchanges
from traffic.models import LakeFile
from traffic.schema import EXCHANGES

pytestmark = pytest.mark.django_db
WORKER = Worker("test")
FAST = Parameters(draws=499, draws_tail=4_999)


@pytest.fixture
def lake(settings, tmp_path):
    """A lake with the small planted log, and its accounts."""
    settings.LAKE_DIR = tmp_path / "lake"
    rows, accounts = small_log()
    values = []
    for i, row in enumerate(rows.to_dict("records")):
        blank = dict.fromkeys(EXCHANGES.names)
        fixed = {
            "exchange_id": f"x{i}",
            "record_id": f"x{i}",
            "prompt_h": i,
            "content_state": "full",
            "raw_sha256": b"0" * 32,
        }
        stored = {"source": "s", "pull_id": 1, "conflict": False, "content_sha256": b"1" * 32, "derivation_version": 2}
        values.append({**blank, "n_output_tokens": 10, "model": "m", **row, **fixed, **stored})
    table = pa.Table.from_pylist(values, schema=EXCHANGES)
    LakeFile.objects.bulk_create(write_exchanges(table, stem="t"))
    ApiAccount.objects.bulk_create(
        [
            ApiAccount(account_id=a["account_id"], payment_fp=a["payment_fp"], plan="p")
            for a in accounts.to_dict("records")
        ]
    )
    return table


def finished(**options) -> DetectionRun:
    run = services.request_run(actor=WORKER, parameters=FAST, **options)
    return services.run_detection(run=run)


def test_a_run_over_the_lake_opens_the_planted_campaign(lake):
    run = finished()
    assert run.state == RunState.FINISHED, run.message
    campaign = Campaign.objects.get()
    members = sorted(m.account.account_id for m in queries.accused_members(campaign))
    assert members == [f"a{i}" for i in range(240, 250)]
    assert {m.tier for m in campaign.members.all()} == {Tier.CORE}
    assert queries.flagged_accounts(run).count() == 10
    assert SignalReading.objects.filter(unit__run=run, unit__campaign=campaign, signal="H1").get().value == 1.0
    for action in ("run.requested", "run.finished", "campaign.opened"):
        assert AuditEvent.objects.filter(payload__contains=f'"action":"{action}"').count() == 1


def test_the_exchanges_of_a_unit_are_those_of_its_template(lake):
    finished()
    campaign = Campaign.objects.get()
    found = queries.campaign_exchanges(campaign, Lake().exchanges())
    assert found.count().to_pyarrow().as_py() == campaign.n_exchanges
    assert set(found.account_id.to_pyarrow().to_pylist()) == {f"a{i}" for i in range(240, 250)}


def test_the_next_run_over_the_same_lake_keeps_the_campaigns_id(lake):
    first, second = finished(), finished()
    assert second.inputs == first.inputs
    campaign = Campaign.objects.get()
    assert (campaign.first_run, campaign.last_run) == (first, second)


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


def test_a_run_is_carried_out_once(lake):
    run = finished()
    finished_at = run.finished_at
    assert services.run_detection(run=run).finished_at == finished_at


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
