"""Back-tests, shadow runs and repeats are for comparison alone: whoever reads "the newest run" means the newest live one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from detection.admin import DetectionRunAdmin
from detection.enums import RunKind, RunState
from detection.queries.conclusions import latest_finished_run
from investigations.models import FlaggedSession, RunFlagged
from investigations.queries.accounts import account_context
from investigations.queries.sessions_list import standing
from investigations.services import flag_finished_runs
from tests.factories import AccountScoreFactory, DetectionRunFactory, UserFactory
from tests.factories.detection import END, START

pytestmark = pytest.mark.django_db
OTHERS = [kind for kind in RunKind if kind != RunKind.LIVE]


@pytest.fixture(params=OTHERS)
def scene(request: pytest.FixtureRequest) -> SimpleNamespace:
    """A live run, and a newer one for comparison that made a lead of an account which the live run did not."""
    live = DetectionRunFactory(finished_at=START)
    other = DetectionRunFactory(kind=request.param, is_look=False, base=live, finished_at=END)
    told = AccountScoreFactory(run=live, flagged=False)
    AccountScoreFactory(run=other, account=told.account, lead=True, flagged=True, because="comparison alone")
    return SimpleNamespace(live=live, other=other, told=told)


def test_the_newest_run_is_the_newest_live_one(scene: SimpleNamespace) -> None:
    assert latest_finished_run() == scene.live
    assert standing().last_finished == START


def test_a_comparison_under_way_is_not_what_the_queue_waits_for(scene: SimpleNamespace) -> None:
    DetectionRunFactory(kind=scene.other.kind, state=RunState.RUNNING, finished_at=None)
    assert standing().run is None
    live = DetectionRunFactory(state=RunState.RUNNING, finished_at=None)
    assert standing().run == live


def test_nothing_is_flagged_from_a_comparison(scene: SimpleNamespace) -> None:
    flag_finished_runs()
    assert list(RunFlagged.objects.values_list("run", flat=True)) == [scene.live.pk]
    assert not FlaggedSession.objects.exists()


def test_an_account_shows_what_live_runs_said_of_it(scene: SimpleNamespace) -> None:
    assert account_context(scene.told.account, reader=UserFactory())["scores"] == [scene.told]


def test_the_api_and_the_admin_tell_the_kinds_apart(scene: SimpleNamespace) -> None:
    from api.filters import RunFilter
    from api.serializers.detection import RunSerializer
    from detection.models import DetectionRun

    said = RunSerializer(scene.other).data
    assert (said["kind"], said["is_look"], said["base"]) == (scene.other.kind, False, scene.live.pk)
    found = RunFilter({"kind": "live"}, queryset=DetectionRun.objects.all())
    assert list(found.qs) == [scene.live]
    assert {"kind", "is_look"} <= set(DetectionRunAdmin.list_display)
