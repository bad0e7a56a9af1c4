"""Runs over time: kinds, looks and daily runs, the rolling window, repeats after the world has changed, late exchanges."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from accounts.models import ApiAccount
from core.canonical import digest
from core.clock import from_us, now
from core.errors import Conflict, InvalidInput, NotAllowed
from detection import services
from detection.corpora import Corpus
from detection.enums import ChangeKind, Level, RunKind, RunState
from detection.labels.services import give_label
from detection.models import AccountScore, Campaign, CampaignChange, CampaignMember, DetectionRun, TemplateMap, Unit
from detection.parameters import Parameters
from investigations.models import FlaggedSession
from investigations.services import flag_finished_runs
from tests.detection.test_services import FAST, WORKER, finished, lake
from tests.factories import DetectionRunFactory, people
from tests.support.lake import daily, exchange, fill_lake
from traffic.enums import FileKind
from traffic.lake import Lake, write_beside
from traffic.models import LakeFile
from traffic.schema import SKELETONS

__all__ = ["lake"]
pytestmark = pytest.mark.django_db


def newest(lake: pa.Table) -> datetime:
    return from_us(max(lake["ts_us"].to_pylist()))


def done(**options: Any) -> DetectionRun:
    run = services.run_detection(run=services.request_run(actor=WORKER, **options))
    assert run.state == RunState.FINISHED, run.message
    return run


def days_ago(run: DetectionRun, days: int) -> None:
    DetectionRun.objects.filter(pk=run.pk).update(requested_at=now() - timedelta(days=days))


# --- Looks and the rolling window -----------------------------------------------------------------------------------------


def test_the_first_run_is_a_look_and_the_next_a_daily_run(lake: pa.Table) -> None:
    first, second = finished(), finished()
    assert [(run.is_look, run.words, run.parameters["certify"]) for run in (first, second)] == [
        (True, "look", True),
        (False, "daily run", False),
    ]
    assert second.base is None and first.is_live


def test_what_a_look_certified_stays_so_between_looks_and_a_daily_run_certifies_nothing(lake: pa.Table) -> None:
    look = finished()
    campaign = Campaign.objects.get()
    assert (campaign.level, campaign.certified_run) == (Level.CERTIFIED, look)
    day = finished()
    assert not Unit.objects.filter(run=day, level=Level.CERTIFIED).exists()
    campaign.refresh_from_db()
    assert (campaign.level, campaign.certified_run, campaign.last_run) == (Level.CERTIFIED, look, day)


@pytest.mark.parametrize(("days", "due"), [(6, False), (7, True)])
def test_a_look_is_due_each_seven_days(days: int, due: bool) -> None:
    assert services.look_is_due()
    run = DetectionRunFactory(n_exchanges=1)
    days_ago(run, days)
    assert services.look_is_due() is due


def test_a_look_that_failed_and_a_comparison_are_no_looks() -> None:
    DetectionRunFactory(state=RunState.FAILED, n_exchanges=1)
    DetectionRunFactory(kind=RunKind.BACK_TEST, n_exchanges=1)
    assert services.look_is_due()


def test_a_look_at_an_empty_lake_is_no_look() -> None:
    empty = done()
    assert (empty.is_look, empty.n_exchanges, empty.window_end) == (True, 0, None)
    assert services.look_is_due()


def test_a_lead_asks_for_a_look_and_an_investigator_may_not() -> None:
    desk = people()
    DetectionRunFactory(n_exchanges=1)
    with pytest.raises(NotAllowed, match="leads and administrators"):
        services.request_run(actor=desk.ines, as_look=True)
    assert services.request_run(actor=desk.leo, as_look=True).is_look


def test_a_due_look_is_asked_for_though_nothing_new_came_in(lake: pa.Table) -> None:
    look, day = finished(), finished()
    assert services.score_new_pulls() is None
    days_ago(look, 7)
    asked = services.score_new_pulls()
    assert asked is not None and asked.is_look and asked.pk > day.pk


def test_the_window_rolls_with_the_newest_exchange(lake: pa.Table, settings: Any) -> None:
    settings.DETECTION_WINDOW_DAYS = 3
    run = done(parameters=FAST)
    end = newest(lake) + timedelta(microseconds=1)
    assert (run.window_start, run.window_end, run.rolling_days) == (end - timedelta(days=3), end, 3)
    inside = sum(from_us(t) >= end - timedelta(days=3) for t in lake["ts_us"].to_pylist())
    assert 0 < run.n_exchanges == inside < lake.num_rows
    assert run.n_missed == lake.num_rows - inside
    fill_lake([exchange("a001", 1, end + timedelta(days=1))])
    assert done(parameters=FAST).window_end == end + timedelta(days=1, microseconds=1)


def test_the_whole_lake_is_read_where_asked_for(lake: pa.Table, settings: Any) -> None:
    settings.DETECTION_WINDOW_DAYS = 3
    run = done(parameters=FAST, whole_lake=True)
    assert (run.n_exchanges, run.n_missed) == (lake.num_rows, 0)


# --- Late exchanges ---------------------------------------------------------------------------------------------------


def test_a_late_exchange_is_read_by_the_next_run_whose_window_holds_it(lake: pa.Table) -> None:
    first = finished()
    fill_lake(daily("late", newest(lake) - timedelta(days=2), 2))
    second = finished()
    assert (first.n_missed, second.n_missed) == (0, 0)
    assert second.n_exchanges == first.n_exchanges + 2
    assert AccountScore.objects.filter(run=second, account__account_id="late").exists()


def test_what_came_in_too_late_for_every_window_is_counted_once(lake: pa.Table) -> None:
    finished()
    fill_lake(daily("late", newest(lake) - timedelta(days=90), 4))
    second, third = finished(), finished()
    assert (second.n_missed, third.n_missed) == (4, 0)
    assert "4 exchanges that came in since the live run before lie before this window" in second.message


def test_files_of_a_pull_with_a_lower_number_are_new_too(lake: pa.Table) -> None:
    run = finished()
    DetectionRun.objects.filter(pk=run.pk).update(last_pull_id=99)
    assert services.score_new_pulls() is None
    fill_lake(daily("late", newest(lake) - timedelta(days=2), 1))
    assert services.score_new_pulls() is not None


# --- Repeats ----------------------------------------------------------------------------------------------------------


def change_the_world(lake: pa.Table) -> None:
    """Late exchanges of a campaign account, accounts closed and renamed, a label, a public wording, a corpus."""
    fill_lake(daily("a245", newest(lake) - timedelta(days=5), 5, prompt_h=7))
    ApiAccount.objects.filter(account_id__in=["a240", "a241", "a242"]).update(payment_fp="changed", country="zz")
    give_label(account_id="a246", kind="cleared", reason="Spoke to them", actor=people().ines)
    Corpus.objects.create(
        name="c", licence="l", digest="d", n_items=1, imported_by="p", imported_at=now()
    ).items.create(prompt_h=3)


def test_a_repeat_gives_the_same_numbers_although_the_world_has_changed(lake: pa.Table) -> None:
    first = finished()
    change_the_world(lake)
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


def test_a_repeat_says_which_input_differed(lake: pa.Table) -> None:
    first = finished()
    LakeFile.objects.order_by("pk")[0].delete()
    again = services.run_detection(run=services.repeat_run(run=first, actor=WORKER))
    assert again.result_digest != first.result_digest
    assert again.message.endswith(
        f"Not the result digest of run {first.pk}. What differs: input lake, input lake_files."
    )


def test_a_repeat_without_its_inputs_fails_and_says_so(lake: pa.Table, var_dir: Any) -> None:
    first = finished()
    (var_dir / "inputs" / first.inputs["accounts"][:2] / f"{first.inputs['accounts']}.parquet").unlink()
    again = services.run_detection(run=services.repeat_run(run=first, actor=WORKER))
    assert again.state == RunState.FAILED and "is not kept here" in again.message


def list_skeletons(*texts: str) -> None:
    rows = [{"skeleton_h": int(digest(text)[:12], 16), "skeleton": text, "n": 1} for text in texts]
    for file in write_beside(pa.Table.from_pylist(rows, schema=SKELETONS), FileKind.SKELETONS, stem="test"):
        file.save()


def test_a_repeat_reads_the_map_of_near_duplicates_that_the_run_named(lake: pa.Table) -> None:
    list_skeletons("write a story of <n> words about the sea and its ships")
    first = finished()
    list_skeletons("write a story of <n> words about the sea and its boats")
    second = finished()
    again = services.run_detection(run=services.repeat_run(run=first, actor=WORKER))
    assert [run.inputs["template_map_version"] for run in (first, second, again)] == [1, 2, 1]
    assert again.result_digest == first.result_digest
    TemplateMap.objects.filter(version=1).delete()
    gone = services.run_detection(run=services.repeat_run(run=first, actor=WORKER))
    assert gone.state == RunState.FAILED and gone.message.startswith("Map 1 of near-duplicates")


def test_a_run_of_parameters_that_are_gone_is_not_repeated() -> None:
    run = DetectionRunFactory(parameters={"old": 1}, last_file_id=1)
    with pytest.raises(Conflict, match="'old' is not known"):
        services.repeat_run(run=run, actor=WORKER)


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.FAILED])
def test_only_what_finished_is_repeated(state: str) -> None:
    with pytest.raises(Conflict, match="only what a finished run read"):
        services.repeat_run(run=DetectionRunFactory(state=state, heartbeat_at=None, last_file_id=1), actor=WORKER)


# --- Back-tests and shadow runs -------------------------------------------------------------------------------------------


def everything_live() -> list[Any]:
    rows = [Campaign, CampaignMember, CampaignChange, FlaggedSession]
    return [list(model.objects.order_by("pk").values()) for model in rows]


@pytest.mark.parametrize("kind", [RunKind.BACK_TEST, RunKind.SHADOW])
def test_a_run_for_comparison_flags_nobody_and_touches_no_campaign(lake: pa.Table, kind: str) -> None:
    live = finished()
    flag_finished_runs()
    before = everything_live()
    assert before[0] and before[3]
    run = done(kind=kind, base=live, parameters=Parameters(draws=499, draws_tail=4_999, provisional_p=0.2))
    assert flag_finished_runs() == 0
    assert everything_live() == before
    assert run.account_scores.count() == live.account_scores.count()
    assert Unit.objects.filter(run=run).exclude(level=Level.NONE).exists()
    assert not Unit.objects.filter(run=run).exclude(campaign=None).exists()
    assert not run.account_scores.exclude(campaign=None).exists()


def test_a_back_test_before_any_live_run_flags_nobody(lake: pa.Table) -> None:
    run = done(kind=RunKind.BACK_TEST, parameters=FAST)
    assert run.account_scores.filter(flagged=True).exists()
    assert flag_finished_runs() == 0
    assert not Campaign.objects.exists() and not FlaggedSession.objects.exists()


def test_a_back_test_is_not_what_the_sweep_takes_for_a_run_over_what_is_new(lake: pa.Table) -> None:
    done(kind=RunKind.BACK_TEST, parameters=FAST)
    assert services.score_new_pulls() is not None


def test_a_shadow_run_reads_what_its_base_read(lake: pa.Table) -> None:
    live = finished()
    change_the_world(lake)
    shadow = done(kind=RunKind.SHADOW, base=live, parameters=FAST)
    assert (shadow.inputs, shadow.n_exchanges) == (live.inputs, live.n_exchanges)
    assert shadow.result_digest == live.result_digest


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"kind": "dry"}, "kind"),
        ({"kind": RunKind.BACK_TEST, "as_look": True}, "as_look"),
        ({"kind": RunKind.REPEAT}, "base"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidInput, match=word):
        services.request_run(actor=WORKER, **options)


def test_a_live_run_has_no_base_and_a_base_no_other_window() -> None:
    base = DetectionRunFactory(last_file_id=1)
    with pytest.raises(InvalidInput, match="base"):
        services.request_run(actor=WORKER, base=base)
    with pytest.raises(InvalidInput, match="base"):
        services.request_run(actor=WORKER, kind=RunKind.SHADOW, base=base, whole_lake=True)


def test_history_is_written_by_live_runs_alone(lake: pa.Table) -> None:
    live = finished()
    done(kind=RunKind.BACK_TEST, base=live, parameters=FAST)
    assert set(CampaignChange.objects.values_list("run", "kind")) == {(live.pk, ChangeKind.OPENED)}


def test_the_lake_as_it_stood_and_what_came_since(lake: pa.Table) -> None:
    last = services.newest_file()
    fill_lake(daily("late", newest(lake), 3))
    store = Lake()
    counts = [t.count().to_pyarrow().as_py() for t in (store.exchanges(up_to=last), store.exchanges(after=last))]
    assert counts == [lake.num_rows, 3]
