"""What may be asked for, the window that a run reads, and runs where nobody looked before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from core.canonical import digest
from core.clock import from_us
from core.errors import Conflict, InvalidInput, NotAllowed
from detection import services
from detection.enums import RunKind, RunState
from detection.models import Campaign, TemplateMap
from investigations.models import FlaggedSession
from investigations.services import flag_finished_runs
from tests.detection.kept import FAST, WORKER, days_ago, done, finished, newest
from tests.factories import DetectionRunFactory, people
from tests.support.lake import exchange, fill_lake
from traffic.enums import FileKind
from traffic.lake import write_beside
from traffic.schema import SKELETONS

pytestmark = pytest.mark.django_db


# --- What may be asked for ------------------------------------------------------------------------------------------------


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


def test_a_run_of_parameters_that_are_gone_is_not_repeated() -> None:
    run = DetectionRunFactory(parameters={"old": 1}, last_file_id=1)
    with pytest.raises(Conflict, match="'old' is not known"):
        services.repeat_run(run=run, actor=WORKER)


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.FAILED])
def test_only_what_finished_is_repeated(state: str) -> None:
    with pytest.raises(Conflict, match="only what a finished run read"):
        services.repeat_run(run=DetectionRunFactory(state=state, heartbeat_at=None, last_file_id=1), actor=WORKER)


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


# --- The rolling window ---------------------------------------------------------------------------------------------------


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


# --- Without a look before ------------------------------------------------------------------------------------------------


def test_a_back_test_before_any_live_run_flags_nobody_and_is_no_run_over_what_is_new(lake: pa.Table) -> None:
    run = done(kind=RunKind.BACK_TEST, parameters=FAST)
    assert run.account_scores.filter(flagged=True).exists()
    assert flag_finished_runs() == 0
    assert not Campaign.objects.exists() and not FlaggedSession.objects.exists()
    assert services.score_new_pulls() is not None


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
