"""Runs and their differences: who may see them, what changed and why, which level was in reach."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from detection.enums import LabelBasis, Level, RunKind, RunState, UnitKind
from detection.models import DetectionRun
from detection.queries.comparison import compare_runs
from staff.enums import Role
from tests.factories import (
    AccountScoreFactory,
    ApiAccountFactory,
    CampaignFactory,
    DetectionRunFactory,
    LabelFactory,
    SignalReadingFactory,
    UnitFactory,
    UserFactory,
)
from tests.factories.detection import END

pytestmark = pytest.mark.django_db
INPUTS = {"lake": "a" * 64, "labels": "b" * 64, "lake_files": 3}


def two_runs(n: int = 1) -> tuple[DetectionRun, DetectionRun]:
    """A second run that found a campaign of n accounts in a unit that the first had tested in vain, and lost a lead."""
    first = DetectionRunFactory(inputs=INPUTS, parameters={"provisional_p": 0.01})
    second = DetectionRunFactory(inputs=INPUTS | {"lake": "c" * 64}, parameters={"provisional_p": 0.01})
    campaign = CampaignFactory(first_run=second)
    for run, gate_p, level in ((first, 0.2, Level.NONE), (second, 0.001, Level.PROVISIONAL)):
        families = {"H": {"p": gate_p / 10, "best": "H1"}}
        found = campaign if run is second else None
        UnitFactory(
            run=run, key="pre8:1", level=level, gate_p=gate_p, families=families, campaign=found, gate_reason=""
        )
    for _ in range(n):
        account = ApiAccountFactory()
        AccountScoreFactory(run=first, account=account, flagged=False, n_exchanges=100)
        AccountScoreFactory(run=second, account=account, campaign=campaign, because="core of it", n_exchanges=400)
        gone = ApiAccountFactory()
        AccountScoreFactory(run=first, account=gone, lead=True)
        AccountScoreFactory(run=second, account=gone, flagged=False)
    return first, second


@pytest.mark.parametrize("role", Role)
def test_pages_open_for_every_role_that_sees_evidence(client: Client, role: Role) -> None:
    first, second = two_runs()
    addresses = ["/detection/", f"/detection/{second.pk}/", f"/detection/{second.pk}/reach/"]
    addresses.append(f"/detection/compare/?before={first.pk}&after={second.pk}")
    assert client.get(addresses[0]).status_code == 302
    client.force_login(UserFactory(role=role))
    assert {client.get(address).status_code for address in addresses} == {200}


def test_a_difference_names_campaign_unit_account_and_the_one_input_that_changed() -> None:
    first, second = two_runs()
    found = compare_runs(first.pk, second.pk)
    assert [change.name for change in found.inputs] == ["exchanges (digest of the lake files)"]
    assert "in one thing alone" in found.cause
    assert [(d.word, d.n_before, d.n_after) for d in found.campaigns] == [("opened", 0, 1)]
    assert [(u.before.level, u.after.level) for u in found.units if u.before and u.after] == [("none", "provisional")]
    assert "gate p 0.2 → 0.001; families H (H1) 0.02 → 1·10⁻⁴" in found.units[0].reason
    (new,), (gone,) = found.newly, found.no_longer
    assert "C-" in new.reason and "is opened" in new.reason and "100 → 400 exchanges" in new.reason
    assert gone.reason == "a lead's evidence fell below its threshold"
    assert (found.n_newly, found.n_no_longer, found.n_both) == (1, 1, 0)


def test_the_other_way_round_the_campaign_is_not_found() -> None:
    first, second = two_runs()
    found = compare_runs(second.pk, first.pk)
    assert [(d.word, d.n_lost) for d in found.campaigns] == [("not found", 1)]
    assert {change.account_id for change in found.newly} != {change.account_id for change in found.no_longer}


def test_a_label_given_between_the_runs_is_named_and_an_older_one_is_not() -> None:
    first, second = two_runs()
    DetectionRun.objects.filter(pk=first.pk).update(requested_at=END)
    DetectionRun.objects.filter(pk=second.pk).update(requested_at=END + timedelta(days=2))
    gone = compare_runs(first.pk, second.pk).no_longer[0].account_id
    score = second.account_scores.get(account__account_id=gone)
    for days in (1, -3):
        label = LabelFactory(account=score.account, basis=LabelBasis.CLEARANCE)
        type(label).objects.filter(pk=label.pk).update(given_at=END + timedelta(days=days))
    reason = compare_runs(first.pk, second.pk).no_longer[0].reason
    assert reason.count("the label cleared was given between the runs") == 1


def test_an_account_outside_a_window_says_so() -> None:
    first, second = two_runs()
    AccountScoreFactory(run=second, account=ApiAccountFactory(account_id="fresh"))
    found = {change.account_id: change.reason for change in compare_runs(first.pk, second.pk).newly}
    assert found["fresh"] == f"it sent nothing in the window of run {first.pk}"


def test_a_back_test_is_compared_by_units_and_accounts_alone(client: Client) -> None:
    first, second = two_runs()
    DetectionRun.objects.filter(pk=first.pk).update(kind=RunKind.BACK_TEST, is_look=False)
    found = compare_runs(second.pk, first.pk)
    assert not found.campaigns_compared and not found.campaigns and found.units
    client.force_login(UserFactory())
    page = client.get("/detection/compare/", {"before": second.pk, "after": first.pk}).content.decode()
    assert "Only live runs keep campaigns" in page and "is not found" not in page


@pytest.mark.parametrize(
    ("before", "after", "status", "words"),
    [("first", "first", 422, "another run"), ("first", "999999", 404, "no run 999999"), ("x", "first", 422, "before")]
    + [("first", "waiting", 422, "has finished")],
)
def test_runs_that_cannot_be_compared_are_refused(
    client: Client, before: str, after: str, status: int, words: str
) -> None:
    first, _ = two_runs()
    waiting = DetectionRunFactory(state=RunState.WAITING)
    named = {"first": str(first.pk), "waiting": str(waiting.pk)}
    client.force_login(UserFactory())
    answer = client.get("/detection/compare/", {"before": named.get(before, before), "after": named.get(after, after)})
    assert answer.status_code == status and words in answer.content.decode()


def test_hostile_words_of_a_log_are_inert(client: Client) -> None:
    first, second = two_runs()
    account = ApiAccountFactory(account_id="<script>alert(1)</script>\u202e")
    AccountScoreFactory(run=second, account=account, because="<img src=x>\u202e")
    UnitFactory(run=second, kind=UnitKind.LINK, template=None, key="<b>\u202e", selector={"accounts": ["<i>"]})
    client.force_login(UserFactory())
    for address in (f"/detection/compare/?before={first.pk}&after={second.pk}", f"/detection/{second.pk}/"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page and "<img src=x>" not in page and "\u202e" not in page


@pytest.mark.parametrize("n", [1, 3])
def test_query_counts_do_not_grow(client: Client, n: int, django_assert_num_queries: object) -> None:
    first, second = two_runs(n)
    for signal in ("H1", "X2", "I1")[:n]:
        SignalReadingFactory(unit=second.units.get(), signal=signal)
    DetectionRunFactory.create_batch(n)
    client.force_login(UserFactory())
    client.get("/search/")
    counts = {"/detection/": 6, f"/detection/{second.pk}/": 5, f"/detection/{second.pk}/reach/": 5}
    counts[f"/detection/compare/?before={first.pk}&after={second.pk}"] = 8
    for address, most in counts.items():
        with django_assert_num_queries(most):  # type: ignore[operator]
            assert client.get(address).status_code == 200


def test_the_list_tells_looks_daily_runs_and_comparisons_apart(client: Client) -> None:
    _, second = two_runs(3)
    daily = DetectionRunFactory(is_look=False)
    back = DetectionRunFactory(kind=RunKind.BACK_TEST, is_look=False)
    client.force_login(UserFactory())
    context = client.get("/detection/").context
    assert [run.words for run in context["page"].items[:3]] == ["back-test", "daily run", "look"]
    assert context["latest"] == daily and context["before"] == second
    row = {run.pk: run for run in context["page"].items}[second.pk]
    assert (row.n_confirmed, row.n_campaigns, row.n_flagged) == (1, 1, 3)
    assert [run.pk for run in client.get("/detection/?kind=back_test").context["page"].items] == [back.pk]
    assert client.get("/detection/?kind=other").status_code == 422


def test_a_page_with_a_run_under_way_asks_again_soon(client: Client) -> None:
    client.force_login(UserFactory())
    assert "every 20s" in client.get("/detection/").content.decode()
    run = DetectionRunFactory(state=RunState.RUNNING, progress="Testing unit 3 of 9 <b>")
    page = client.get("/detection/").content.decode()
    assert "every 3s" in page and "Testing unit 3 of 9 &lt;b&gt;" in page
    assert client.get(f"/detection/{run.pk}/").status_code == 200
    assert client.get(f"/detection/{run.pk}/reach/").status_code == 409
