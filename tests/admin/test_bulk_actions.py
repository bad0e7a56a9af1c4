"""Bulk actions: a page between choice and deed, one event for each object, the same few queries for 1 and for 30."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiAccount
from audit.models import AuditEvent
from investigations.models import Case, Decision, FlaggedSession
from staff.enums import Role
from tests import factories as make

pytestmark = pytest.mark.django_db
ROLES_THAT_OPEN_THE_ADMIN = (Role.INVESTIGATOR, Role.LEAD, Role.ADMIN)
WHY = {"reason": "Seen in the review of May"}
GROUNDS = {
    "action": "suspend",
    "reason": "Coordinated harvest",
    "clause": "Terms of use, section 3.2",
    "benign_reading": "One customer with many keys; ruled out",
}


@dataclass(frozen=True)
class Bulk:
    """An action of a section, what it asks, the event it leaves for each object, and how many queries it takes."""

    section: str
    name: str
    event: str
    queries: int
    given: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.section}-{self.name}"


ACTIONS = (
    Bulk("flaggedsession", "bulk_assign", "session.assigned", 17, {"assignee": "ivan"}),
    Bulk("flaggedsession", "bulk_tag", "session.tagged", 13, {"tags": "pool b, cards", **WHY}),
    Bulk("flaggedsession", "bulk_give_a_verdict", "verdict.given", 16, {"verdict": "true_positive", **WHY}),
    Bulk("flaggedsession", "bulk_open_a_case", "session.put_in_case", 33, {"title": "Pool b", **WHY}),
    Bulk("flaggedsession", "bulk_export", "session.exported", 10, WHY),
    Bulk("apiaccount", "bulk_tag", "account.tagged", 12, {"tags": "pool b", **WHY}),
    Bulk("apiaccount", "bulk_open_a_case", "case_account.added", 30, {"title": "Pool b", **WHY}),
    Bulk("apiaccount", "bulk_export", "account.exported", 10, WHY),
    Bulk("case", "bulk_assign", "case.assigned", 13, {"owner": "ivan", **WHY}),
    Bulk("case", "bulk_tag", "case.tagged", 12, {"tags": "urgent", **WHY}),
    Bulk("case", "bulk_export", "case.exported", 10, WHY),
)


def objects(section: str, count: int, owner: Any) -> list[Any]:
    """So many of them; accounts and sessions share no campaign, which is the costlier way."""
    if section == "case":
        return make.CaseFactory.create_batch(count, owner=owner)
    accounts = make.ApiAccountFactory.create_batch(count)
    if section == "apiaccount":
        return accounts
    return [make.FlaggedSessionFactory(account=account, campaign=None, run=None) for account in accounts]


def post(client: Client, bulk: Bulk, rows: list[Any], **more: Any) -> Any:
    app = "accounts" if bulk.section == "apiaccount" else "investigations"
    chosen = {"action": bulk.name, ACTION_CHECKBOX_NAME: [row.pk for row in rows], "select_across": "0"}
    return client.post(f"/admin/{app}/{bulk.section}/", {**chosen, **more})


def given(bulk: Bulk, **people: Any) -> dict[str, Any]:
    return {name: people[value].pk if value in people else value for name, value in bulk.given.items()}


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("bulk", ACTIONS, ids=str)
def test_one_event_for_each_object_and_few_queries(client: Client, bulk: Bulk, count: int) -> None:
    people = make.people()
    client.force_login(people.leo)
    rows = objects(bulk.section, count, people.leo)
    page = post(client, bulk, rows)
    assert page.status_code == 200
    assert page.context["count"] == count
    assert AuditEvent.objects.count() == 0
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = post(client, bulk, rows, apply="1", count=count, **given(bulk, ivan=people.ivan))
    errors = answer.context["form"].errors if answer.status_code == 200 and answer.context else None
    assert errors is None, errors
    assert AuditEvent.objects.filter(action=bulk.event).count() == count
    subjects = AuditEvent.objects.filter(action=bulk.event).values_list("subject", flat=True)
    assert len(set(subjects)) == count
    assert len(asked) == bulk.queries, "\n".join(query["sql"][:160] for query in asked)


@pytest.mark.parametrize("role", ROLES_THAT_OPEN_THE_ADMIN)
@pytest.mark.parametrize("bulk", ACTIONS, ids=str)
def test_only_roles_that_may_are_offered_it_and_may_do_it(client: Client, bulk: Bulk, role: Role) -> None:
    me = make.UserFactory(role=role)
    client.force_login(me)
    rows = objects(bulk.section, 1, me)
    answer = post(client, bulk, rows, apply="1", count=1, **given(bulk, ivan=make.UserFactory()))
    may = role != Role.ADMIN
    assert AuditEvent.objects.filter(action=bulk.event).count() == int(may)
    if not may:
        assert AuditEvent.objects.count() == 0
        assert answer.status_code in {200, 302}


def test_what_the_sessions_are_afterwards(client: Client) -> None:
    people = make.people()
    client.force_login(people.ines)
    rows = objects("flaggedsession", 3, None)
    for bulk in ACTIONS[:3]:
        post(client, bulk, rows, apply="1", count=3, **given(bulk, ivan=people.ines))
    after = (
        FlaggedSession.objects.filter(assignee=people.ivan).count(),
        FlaggedSession.objects.filter(assignee=people.ines, verdict="true_positive", tags=["cards", "pool b"]).count(),
    )
    assert after == (0, 3)


def test_a_case_of_sessions_of_one_campaign_stands_on_the_campaign(client: Client) -> None:
    client.force_login(make.UserFactory())
    campaign = make.CampaignFactory()
    rows = make.FlaggedSessionFactory.create_batch(3, campaign=campaign)
    post(client, ACTIONS[3], rows, apply="1", count=3, **ACTIONS[3].given)
    case = Case.objects.get()
    assert (case.campaign, case.case_accounts.count()) == (campaign, 3)
    assert list(case.exhibits.values_list("kind", "ref")) == [("campaign", campaign.code)]


def test_a_decision_is_proposed_on_the_preview_in_the_open_case_that_holds_them_all(client: Client) -> None:
    client.force_login(make.UserFactory())
    accounts = make.ApiAccountFactory.create_batch(3)
    open_one = ACTIONS[6]
    post(client, open_one, accounts, apply="1", count=3, **open_one.given)
    chosen = {"action": "decide_on", ACTION_CHECKBOX_NAME: [row.pk for row in accounts[:2]], "select_across": "0"}
    preview = client.post("/admin/accounts/apiaccount/", chosen)
    assert preview["Location"].startswith("/selections/")
    client.post(preview["Location"], GROUNDS)
    decision = Decision.objects.get()
    assert (Case.objects.count(), decision.items.count(), decision.exhibits.count()) == (1, 2, 3)


def test_only_who_may_propose_decides_from_the_admin(client: Client) -> None:
    client.force_login(make.UserFactory(admin=True))
    chosen = {"action": "decide_on", ACTION_CHECKBOX_NAME: [make.ApiAccountFactory().pk], "select_across": "0"}
    client.post("/admin/accounts/apiaccount/", chosen)
    assert AuditEvent.objects.count() == 0


def test_more_than_500_exhibits_are_refused_before_anything_is_written(client: Client) -> None:
    client.force_login(make.UserFactory())
    accounts = ApiAccount.objects.bulk_create([ApiAccount(account_id=f"many-{n}") for n in range(501)])
    page = post(client, ACTIONS[6], accounts, apply="1", count=501, **ACTIONS[6].given)
    assert "choose at most 500" in page.content.decode()
    assert (Case.objects.count(), AuditEvent.objects.count()) == (0, 0)


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "＋1", "－1", "＠a"])
def test_no_cell_of_an_export_is_a_formula(client: Client, start: str) -> None:
    client.force_login(make.UserFactory())
    rows = [
        make.ApiAccountFactory(
            account_id=start, tags=[start, "\u202e"], organisation=make.OrganisationFactory(name=start)
        )
    ]
    answer = post(client, ACTIONS[7], rows, apply="1", count=1, **WHY)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="accounts-')
    [header, cells] = csv.reader(answer.content.decode().splitlines())
    shown = dict(zip(header, cells, strict=True))
    for name in ("account_id", "organisation", "tags"):
        assert shown[name].startswith("'"), shown[name]
    assert "\u202e" not in shown["tags"]


def test_a_case_of_another_is_not_passed_on_by_an_investigator(client: Client) -> None:
    people = make.people()
    client.force_login(people.ines)
    case = make.CaseFactory(owner=people.leo)
    post(client, ACTIONS[8], [case], apply="1", count=1, owner=people.ivan.pk, **WHY)
    case.refresh_from_db()
    assert case.owner == people.leo
    assert AuditEvent.objects.count() == 0
