"""The queue's pages: own work first, filters in the address, skip and next, saved views, one page for an account's flags."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.clock import now
from investigations import services
from investigations.models import CaseTask, DefaultView, FlaggedSession, QueueItem, SavedView, Snooze
from investigations.services.access import restrict_case
from tests.factories import (
    ApiAccountFactory,
    CampaignFactory,
    CaseFactory,
    FlaggedSessionFactory,
    SamplePromptFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
PLAIN = "show=open"


@pytest.fixture
def desk(client: Client, staff: SimpleNamespace) -> Client:
    client.force_login(staff.ines)
    return client


def lead(strength: float = 5.0, **changes: Any) -> QueueItem:
    session = FlaggedSessionFactory(campaign=None, run=None, strength=strength, **changes)
    return QueueItem.objects.get(account=session.account)


def shown(desk: Client, query: str = "") -> list[str]:
    page = desk.get(f"/?{query}").context["page"]
    return [item.code for item in page.items]


def test_own_work_first_then_campaigns_leads_and_approvals(desk: Client, staff: SimpleNamespace, propose: Any) -> None:
    propose(actor=staff.leo)
    held, other, taken = lead(9.0), lead(1.0), lead(8.0)
    FlaggedSessionFactory(campaign=CampaignFactory(score=4.0))
    services.claim_item(item=held, actor=staff.ines)
    services.claim_item(item=taken, actor=staff.ivan)
    answer = desk.get("/")
    assert [item.code for item in answer.context["mine"]] == [held.code]
    kinds = {item.code: item.kind for item in answer.context["page"].items}
    assert held.code not in kinds and taken.code not in kinds and kinds[other.code] == "lead"
    assert sorted(kinds.values()) == ["approval", "campaign", "campaign", "lead"], "a small radius asks any colleague"
    desk.force_login(staff.lea if hasattr(staff, "lea") else UserFactory(lead=True))
    assert "approval" in {item.kind for item in desk.get("/").context["page"].items}
    desk.force_login(staff.leo)
    assert "approval" not in {item.kind for item in desk.get("/").context["page"].items}, "not one's own proposal"


def test_every_filter_and_order_stands_in_the_address(desk: Client) -> None:
    old, strong = lead(2.0), lead(6.0)
    big = CampaignFactory(score=3.0, n_core=40, level="provisional", name="Wide one")
    QueueItem.objects.filter(pk=old.pk).update(since=now() - timedelta(days=900), due_at=now() - timedelta(days=9))
    assert shown(desk) == [strong.code, big.code, old.code]
    assert shown(desk, "order=blast")[0] == big.code and shown(desk, "order=age")[0] == old.code
    assert shown(desk, "order=due&kind=lead") == [old.code, strong.code]
    assert shown(desk, "overdue=1&kind=lead") == [old.code] and shown(desk, "level=provisional") == [big.code]
    assert shown(desk, "min_strength=2.5") == [strong.code, big.code] and shown(desk, "text=wide") == [big.code]
    for wrong in ("order=colour", "min_strength=much", "show=all", "after=x"):
        assert desk.get(f"/?{wrong}").status_code == 422, wrong


def test_own_tasks_and_cases_stand_first_on_the_queue_by_day(desk: Client, staff: SimpleNamespace) -> None:
    (
        lead(7.0),
        services.save_view(name="Leads", query="show=open&kind=lead", shared=False, default=True, actor=staff.ines),
    )
    today = timezone.localdate()
    case = CaseFactory(owner=staff.ines, title="Late <b>case", due_on=today - timedelta(days=2))
    CaseFactory(owner=staff.ivan, due_on=today), CaseFactory(owner=staff.ines), CaseFactory(due_on=today)
    shut = CaseFactory(owner=staff.ines, due_on=today, state="closed")
    secret = CaseFactory(owner=staff.ivan)
    given = {"assignee": staff.ines, "actor": staff.ivan}
    services.add_task(case=secret, text="Not known to her", due_on=today, **given)
    restrict_case(case=secret, people=[], reason="A partner is named", actor=staff.ivan)
    CaseTask.objects.create(case=shut, text="Of a closed case", assignee=staff.ines, added_by=staff.ivan)
    late, undated, later = (
        services.add_task(case=case, text=f"Ask {name}", due_on=day, **given)
        for name, day in (("A", today - timedelta(days=1)), ("B", None), ("C", today + timedelta(days=9)))
    )
    services.finish_task(task=services.add_task(case=case, text="Done", due_on=today, **given), actor=staff.ines)
    for answer in (desk.get("/", follow=True), desk.get(f"/?{PLAIN}"), desk.get("/queue/due/")):
        own = answer.context["own"]
        assert [row.task for row in own.rows] == [None, late, later, undated] and (own.n, own.n_overdue) == (4, 2)
        page = answer.content.decode()
        assert f'href="/cases/{case.code}/#task-{late.pk}"' in page and "Late &lt;b&gt;case" in page
        assert secret.code not in page and "Of a closed case" not in page and page.count("overdue</span>") == 2
    assert "own" not in desk.get("/?show=held").context, "only where the day starts"


def test_counts_are_those_of_the_lists(desk: Client, staff: SimpleNamespace) -> None:
    items = [lead() for _ in range(5)]
    FlaggedSessionFactory(campaign=CampaignFactory(level="provisional"))
    services.claim_item(item=items[0], actor=staff.ivan)
    services.skip_item(item=items[1], reason="I know them", actor=staff.ines)
    made = {"pattern": "account", "value": items[2].code, "hours": 1, "reason": "A school"}
    services.make_snooze(actor=staff.ines, **made)
    counts = desk.get("/").context["counts"]
    assert {kind: n.n for kind, n in counts.kinds.items()} == {
        "campaign": 1, "lead": 2, "account": 1, "approval": 0,
    }  # fmt: skip
    assert {show: n.n for show, n in counts.states.items()} == {
        "open": 3, "mine": 0, "held": 1, "skipped": 1, "snoozed": 1,
    }  # fmt: skip
    for show, n in counts.states.items():
        assert len(shown(desk, f"show={show}")) == n.n, show


def test_a_skip_hides_from_one_person_until_it_is_taken_back(desk: Client, staff: SimpleNamespace) -> None:
    first, second = lead(2.0), lead(1.0)
    services.claim_item(item=first, actor=staff.ines)
    assert desk.post(f"/queue/{first.pk}/skip/?{PLAIN}", {"reason": ""}).status_code == 422
    answer = desk.post(f"/queue/{first.pk}/skip/?{PLAIN}", {"reason": "I worked there"})
    assert answer.url == f"/queue/{second.pk}/?{PLAIN}#item"
    assert shown(desk) == [second.code] and shown(desk, "show=skipped") == [first.code]
    desk.force_login(staff.ivan)
    assert shown(desk) == [first.code, second.code]
    desk.force_login(staff.ines)
    desk.post(f"/queue/{first.pk}/unskip/?show=skipped")
    assert shown(desk) == [first.code, second.code]


def test_a_group_verdict_leads_to_the_next_item_of_the_view(desk: Client) -> None:
    first, second, third = lead(3.0), lead(2.0), lead(1.0)
    FlaggedSessionFactory(account=first.account, campaign=None, run=None)
    page = desk.get(f"/queue/{first.pk}/?{PLAIN}&order=strength")
    assert 'id="item" tabindex="-1"' in page.content.decode()
    given = {"verdict": "benign_positive", "reason": "A class", **page.context["seen"]}
    answer = desk.post(f"/queue/{first.pk}/verdict/?{PLAIN}", given)
    assert answer.url == f"/queue/{second.pk}/?{PLAIN}#item"
    assert FlaggedSession.objects.filter(verdict="benign_positive").count() == 2
    assert desk.get(f"/queue/next/?{PLAIN}&past={third.pk}").url == f"/queue/{second.pk}/?{PLAIN}#item", "round again"
    assert desk.post(f"/queue/{first.pk}/verdict/?{PLAIN}", given).status_code == 409, "nothing of it is open"


def test_a_snooze_is_listed_counted_and_lifted(desk: Client) -> None:
    item = lead()
    made = {"pattern": f"account:{item.code}", "hours": "24", "reason": "Our own load test"}
    assert desk.post(f"/queue/{item.pk}/snooze/?{PLAIN}", made | {"hours": "9999"}).status_code == 422
    assert desk.post(f"/queue/{item.pk}/snooze/?{PLAIN}", made).status_code == 302
    assert shown(desk) == [] and shown(desk, "show=snoozed") == [item.code]
    assert "Our own load test" in desk.get("/queue/snoozes/").content.decode()
    desk.post(f"/queue/snoozes/{Snooze.objects.get().pk}/lift/")
    assert shown(desk) == [item.code]


def test_views_are_saved_shared_and_opened_first(desk: Client, staff: SimpleNamespace) -> None:
    lead()
    saved = {"name": "Strong leads", "shared": "on", "default": "on"}
    desk.post("/queue/views/save/?show=open&kind=lead&min_strength=3&after=abc", saved)
    view = SavedView.objects.get()
    assert view.query == "show=open&kind=lead&min_strength=3"
    assert desk.get("/").url == f"/?{view.query}" and desk.get(f"/?{PLAIN}").status_code == 200
    desk.force_login(staff.ivan)
    assert "Strong leads" in desk.get("/").content.decode()
    assert desk.post(f"/queue/views/{view.pk}/delete/").status_code == 403
    desk.post("/queue/views/", {"view": view.pk})
    assert desk.get("/").url == f"/?{view.query}"
    SavedView.objects.update(shared=False)
    assert desk.get("/").status_code == 200, "what is no longer shared opens nobody else's queue"
    assert desk.post("/queue/views/", {"view": view.pk}).status_code == 404
    desk.force_login(staff.ines)
    desk.post("/queue/views/", {"view": ""})
    assert not DefaultView.objects.filter(person=staff.ines).exists()


def test_holding_is_shown_and_passed_on_by_the_holder_or_a_lead(desk: Client, staff: SimpleNamespace) -> None:
    item = lead()
    desk.post(f"/queue/{item.pk}/claim/?{PLAIN}")
    desk.force_login(staff.ivan)
    assert "Pat Person" in desk.get("/?show=held").content.decode()
    assert desk.post(f"/queue/{item.pk}/claim/?{PLAIN}").status_code == 409
    assert desk.post(f"/queue/{item.pk}/pass/?{PLAIN}", {"assignee": "ivan"}).status_code == 403
    desk.force_login(staff.leo)
    assert desk.post(f"/queue/{item.pk}/pass/?{PLAIN}", {"assignee": "lena"}).status_code == 422
    assert desk.post(f"/queue/{item.pk}/pass/?{PLAIN}", {"assignee": "ivan"}).status_code == 302
    item.refresh_from_db()
    assert (item.assignee, item.claim_until) == (staff.ivan, None)
    assert [notice.kind for notice in staff.ivan.notices.all()] == ["assigned"]


def test_due_dates_and_targets_are_set_on_their_pages(desk: Client, staff: SimpleNamespace) -> None:
    item, day = lead(), (timezone.localdate() + timedelta(days=3)).isoformat()
    assert desk.post(f"/queue/{item.pk}/due/?{PLAIN}", {"due_on": day, "reason": "Counsel"}).status_code == 302
    assert "set by a person" in desk.get(f"/queue/{item.pk}/?{PLAIN}").content.decode()
    assert "Due date of" in desk.get(f"/queue/bar/{CampaignFactory(level='provisional').code}/").content.decode()
    assert "Change" not in desk.get("/queue/targets/").content.decode()
    desk.force_login(staff.admin)
    assert desk.post("/queue/targets/set/", {"kind": "lead", "hours": 1, "reason": "Short"}).status_code == 302
    page = desk.get("/queue/targets/").content.decode()
    assert "1 h" in page and "72 h" in page


@pytest.mark.parametrize("n", [1, 3])
def test_query_counts_do_not_grow(desk: Client, staff: SimpleNamespace, n: int, django_assert_num_queries: Any) -> None:
    account = ApiAccountFactory()
    SamplePromptFactory.create_batch(n, session=FlaggedSessionFactory(account=account, campaign=None, run=None))
    for _ in range(n - 1):
        FlaggedSessionFactory(account=account, campaign=None, run=None)
        lead(6.0)
        CampaignFactory(level="provisional")
    for name in range(n):
        services.save_view(name=f"{name}", query=PLAIN, shared=False, default=False, actor=staff.ines)
    item = QueueItem.objects.get(account=account)
    desk.get(f"/?{PLAIN}")
    case = CaseFactory(owner=staff.ines, due_on=timezone.localdate())
    for name in range(n):
        services.add_task(case=case, text=f"{name}", assignee=staff.ines, actor=staff.ivan)
    with django_assert_num_queries(10):  # session, person, default view, page, votes, counts, views, held, tasks, cases
        desk.get(f"/?{PLAIN}")
    with django_assert_num_queries(9):
        assert len(desk.get(f"/queue/{item.pk}/?{PLAIN}").context["sessions"].items) == n
    with django_assert_num_queries(4):  # session, person, counts, notices
        desk.get("/rail/")
