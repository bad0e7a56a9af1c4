"""What a first look leaves, and runs after it: daily runs, late exchanges, repeats after the world has changed, comparisons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import ApiAccount
from audit.models import AuditEvent
from core.clock import now
from detection import services
from detection.analysis.parameters import Parameters
from detection.enums import ChangeKind, Level, RunKind, RunState, Tier
from detection.labels.services import give_label
from detection.models import (
    AccountScore,
    Campaign,
    CampaignChange,
    CampaignMember,
    DetectionRun,
    SignalReading,
    Unit,
)
from detection.public_text.corpora import Corpus
from detection.queries import conclusions as queries
from investigations.models import FlaggedSession
from investigations.services import flag_finished_runs
from tests.detection.kept import FAST, WORKER, Look, days_ago, done, finished, newest
from tests.factories import people
from tests.support.lake import daily, exchange, fill_lake
from traffic.lake import Lake
from traffic.models import LakeFile

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("look")]


# --- The look itself ------------------------------------------------------------------------------------------------------


def test_a_run_over_the_lake_opens_the_planted_campaign(look: Look) -> None:
    assert look.run.state == RunState.FINISHED, look.run.message
    campaign = Campaign.objects.get()
    members = sorted(m.account.account_id for m in queries.accused_members(campaign))
    assert members == [f"a{i}" for i in range(240, 250)]
    assert {m.tier for m in campaign.members.all()} == {Tier.CORE}
    assert queries.flagged_accounts(look.run).count() == 10
    reading = SignalReading.objects.filter(unit__run=look.run, unit__campaign=campaign, signal="H1").get()
    assert reading.value == 1.0
    for action in ("run.requested", "run.finished", "campaign.opened"):
        assert AuditEvent.objects.filter(payload__contains=f'"action":"{action}"').count() == 1


def test_the_exchanges_of_a_unit_are_those_of_its_template(look: Look) -> None:
    campaign = Campaign.objects.get()
    found = queries.campaign_exchanges(campaign, Lake().exchanges())
    assert found.count().to_pyarrow().as_py() == campaign.n_exchanges
    assert set(found.account_id.to_pyarrow().to_pylist()) == {f"a{i}" for i in range(240, 250)}


def test_a_run_is_carried_out_once(look: Look) -> None:
    finished_at = look.run.finished_at
    assert finished_at is not None
    assert services.run_detection(run=look.run).finished_at == finished_at


# --- Looks and daily runs -------------------------------------------------------------------------------------------------


def test_after_a_look_a_daily_run_keeps_the_campaign_and_certifies_nothing_until_a_look_is_due(look: Look) -> None:
    first, campaign = look.run, Campaign.objects.get()
    assert (campaign.level, campaign.certified_run) == (Level.CERTIFIED, first)
    day = finished()
    assert [(run.is_look, run.words, run.parameters["certify"]) for run in (first, day)] == [
        (True, "look", True),
        (False, "daily run", False),
    ]
    assert day.base is None and first.is_live and day.inputs == first.inputs
    assert not Unit.objects.filter(run=day, level=Level.CERTIFIED).exists()
    campaign = Campaign.objects.get()
    assert (campaign.level, campaign.certified_run) == (Level.CERTIFIED, first)
    assert (campaign.first_run, campaign.last_run) == (first, day)
    assert services.score_new_pulls() is None
    days_ago(first, 7)
    asked = services.score_new_pulls()  # though nothing new came in
    assert asked is not None and asked.is_look and asked.pk > day.pk


def test_one_exchange_of_a_clock_years_ahead_does_not_empty_the_window(look: Look) -> None:
    fill_lake([exchange("odd", 1, now() + timedelta(days=9_000))])
    second = finished(as_look=True)
    assert (second.window_start, second.window_end) == (look.run.window_start, look.run.window_end)
    assert second.n_exchanges == look.run.n_exchanges == look.lake.num_rows
    assert "Exchanges not read, since their time lies more than a day after this run began: 1;" in second.message
    assert Campaign.objects.get().not_found_run is None


# --- Late exchanges -------------------------------------------------------------------------------------------------------


def test_a_late_exchange_is_read_by_the_next_run_whose_window_holds_it(look: Look) -> None:
    first = look.run
    fill_lake(daily("late", newest(look.lake) - timedelta(days=2), 2))
    second = finished()
    assert (first.n_missed, second.n_missed) == (0, 0)
    assert second.n_exchanges == first.n_exchanges + 2
    assert AccountScore.objects.filter(run=second, account__account_id="late").exists()


def test_what_came_in_too_late_for_every_window_is_counted_once(look: Look) -> None:
    fill_lake(daily("late", newest(look.lake) - timedelta(days=90), 4))
    second, third = finished(), finished()
    assert (second.n_missed, third.n_missed) == (4, 0)
    assert "4 exchanges that came in since the live run before lie before this window" in second.message


def test_files_of_a_pull_with_a_lower_number_are_new_too(look: Look) -> None:
    run = look.run
    DetectionRun.objects.filter(pk=run.pk).update(last_pull_id=99)
    assert services.score_new_pulls() is None
    fill_lake(daily("late", newest(look.lake) - timedelta(days=2), 1))
    assert services.score_new_pulls() is not None


# --- Repeats --------------------------------------------------------------------------------------------------------------


def change_the_world(look: Look) -> None:
    """Late exchanges of a campaign account, accounts closed and renamed, a label, a public wording, a corpus."""
    fill_lake(daily("a245", newest(look.lake) - timedelta(days=5), 5, prompt_h=7))
    ApiAccount.objects.filter(account_id__in=["a240", "a241", "a242"]).update(payment_fp="changed", country="zz")
    give_label(account_id="a246", kind="cleared", reason="Spoke to them", actor=people().ines)
    Corpus.objects.create(
        name="c", licence="l", digest="d", n_items=1, imported_by="p", imported_at=now()
    ).items.create(prompt_h=3)


def test_a_repeat_gives_the_same_numbers_although_the_world_has_changed(look: Look) -> None:
    first = look.run
    change_the_world(look)
    other = finished()
    assert other.result_digest != first.result_digest
    again = services.run_detection(run=services.repeat_run(run=first, actor=WORKER))
    assert (again.state, again.result_digest) == (RunState.FINISHED, first.result_digest)
    assert (again.inputs, again.n_exchanges, again.last_file_id) == (
        first.inputs,
        first.n_exchanges,
        first.last_file_id,
    )
    assert again.message.endswith(f"The same result digest as run {first.pk}.")
    assert again.words == f"repeat of run {first.pk}"


def test_a_repeat_says_which_input_differed(look: Look) -> None:
    first = look.run
    LakeFile.objects.order_by("pk")[0].delete()
    again = services.run_detection(run=services.repeat_run(run=first, actor=WORKER))
    assert again.result_digest != first.result_digest
    assert again.message.endswith(
        f"Not the result digest of run {first.pk}. What differs: input lake, input lake_files."
    )


def test_a_repeat_without_its_inputs_fails_and_says_so(look: Look, var_dir: Any) -> None:
    first = look.run
    (var_dir / "inputs" / first.inputs["accounts"][:2] / f"{first.inputs['accounts']}.parquet").unlink()
    again = services.run_detection(run=services.repeat_run(run=first, actor=WORKER))
    assert again.state == RunState.FAILED and "is not kept here" in again.message


# --- Back-tests and shadow runs -------------------------------------------------------------------------------------------


def everything_live() -> list[Any]:
    rows = [Campaign, CampaignMember, CampaignChange, FlaggedSession]
    return [list(model.objects.order_by("pk").values()) for model in rows]


@pytest.mark.parametrize("kind", [RunKind.BACK_TEST, RunKind.SHADOW])
def test_a_run_for_comparison_flags_nobody_and_touches_no_campaign(look: Look, kind: str) -> None:
    live = look.run
    flag_finished_runs()
    before = everything_live()
    assert before[0] and before[3]
    assert set(CampaignChange.objects.values_list("run", "kind")) == {(live.pk, ChangeKind.OPENED)}
    run = done(kind=kind, base=live, parameters=Parameters(draws=499, draws_tail=4_999, provisional_p=0.2))
    assert flag_finished_runs() == 0
    assert everything_live() == before
    assert run.account_scores.count() == live.account_scores.count()
    assert Unit.objects.filter(run=run).exclude(level=Level.NONE).exists()
    assert not Unit.objects.filter(run=run).exclude(campaign=None).exists()
    assert not run.account_scores.exclude(campaign=None).exists()


def test_a_shadow_run_reads_what_its_base_read(look: Look) -> None:
    live = look.run
    change_the_world(look)
    shadow = done(kind=RunKind.SHADOW, base=live, parameters=FAST)
    assert (shadow.inputs, shadow.n_exchanges) == (live.inputs, live.n_exchanges)
    assert shadow.result_digest == live.result_digest


def test_the_lake_as_it_stood_and_what_came_since(look: Look) -> None:
    last = services.newest_file()
    fill_lake(daily("late", newest(look.lake), 3))
    store = Lake()
    counts = [t.count().to_pyarrow().as_py() for t in (store.exchanges(up_to=last), store.exchanges(after=last))]
    assert counts == [look.lake.num_rows, 3]
