"""Reading over the API: every route for every role, masked text, filters by allow-list, unknown ids."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from audit.models import AuditEvent
from staff.enums import Role
from tests import factories as make

pytestmark = pytest.mark.django_db
SECRET = "CANARY the prompt itself"


@pytest.fixture
def world() -> SimpleNamespace:
    """One of everything, with text that could leak."""
    campaign = make.CampaignFactory()
    unit = make.UnitFactory(campaign=campaign, run=campaign.last_run)
    make.SignalReadingFactory(unit=unit)
    member = make.CampaignMemberFactory(campaign=campaign)
    flag = make.FlaggedSessionFactory(campaign=campaign, account=member.account)
    sample = make.SamplePromptFactory(session=flag, prompt=SECRET, response=SECRET, system_prompt=SECRET)
    case = make.CaseFactory(campaign=campaign)
    make.ExhibitFactory(case=case, content={"prompt": SECRET})
    make.NoteFactory(case=case)
    decision = make.DecisionFactory(case=case)
    make.DecisionItemFactory(decision=decision, account=member.account)
    pull = make.PullFactory()
    make.OutsideScoreFactory(account=member.account)
    make.LabelFactory(account=member.account)
    return SimpleNamespace(**locals())


def routes(w: SimpleNamespace) -> list[str]:
    a, c, k, d = w.member.account.pk, w.campaign.code, w.case.code, w.decision.code
    lists = ("accounts", "campaigns", "flagged-sessions", "samples", "cases", "decisions", "runs", "sources", "pulls")
    return [
        *(f"{name}/" for name in (*lists, "scores", "labels")),
        f"accounts/{a}/",
        f"accounts/{a}/status-changes/",
        *(f"campaigns/{c}/{part}" for part in ("", "members/", "units/", "readings/")),
        f"flagged-sessions/{w.flag.pk}/",
        f"samples/{w.sample.pk}/",
        *(f"cases/{k}/{part}" for part in ("", "accounts/", "exhibits/", "notes/")),
        f"decisions/{d}/",
        f"decisions/{d}/items/",
        f"runs/{w.campaign.last_run_id}/",
        f"sources/{w.pull.source.slug}/",
        f"pulls/{w.pull.pk}/",
    ]


@pytest.mark.parametrize("role", Role)
def test_every_route_answers_every_role_that_may_read(client: Client, world: SimpleNamespace, role: Role) -> None:
    client.force_login(make.UserFactory(role=role))
    answers = {route: client.get(f"/api/v1/{route}").status_code for route in routes(world)}
    assert answers == dict.fromkeys(answers, 200)


def test_no_route_answers_the_unknown_or_the_switched_off(client: Client, world: SimpleNamespace) -> None:
    off = make.UserFactory(is_active=False)
    client.force_login(off)
    for headers in (
        {},
        {"Authorization": "Token sw_wrong"},
        {"Authorization": "Token"},
        {"Authorization": "Basic YTph"},
    ):
        answers = {r: client.get(f"/api/v1/{r}", headers=headers).status_code for r in routes(world)}
        assert answers == dict.fromkeys(answers, 401)
    assert client.get("/api/schema/").status_code == 401
    assert client.get("/api/docs/").status_code == 302


def test_no_answer_holds_prompt_or_response(client: Client, world: SimpleNamespace) -> None:
    client.force_login(make.UserFactory(role=Role.LEAD))
    for route in routes(world):
        assert "CANARY" not in client.get(f"/api/v1/{route}").content.decode(), route
    shown = client.get(f"/api/v1/samples/{world.sample.pk}/").json()["prompt"]
    assert (shown["masked"], shown["length"]) == (True, len(SECRET))
    assert AuditEvent.objects.filter(action="sample.revealed").count() == 0


def test_unknown_ids_are_not_found(client: Client, world: SimpleNamespace) -> None:
    client.force_login(make.UserFactory(role=Role.LEAD))
    for route in routes(world):
        parts = route.strip("/").split("/")
        if len(parts) > 1:
            unknown = "9" * 12 if parts[1].isdigit() else "X-404"
            path = "/".join([parts[0], unknown, *parts[2:]])
            assert client.get(f"/api/v1/{path}/").status_code == 404, path


@pytest.mark.parametrize(
    "query",
    [
        "account__organisation__name=x",
        "order_by=id",
        "ordering=-id",
        "pk__in=1",
        "verdict_by__password__startswith=p",
        "limit=0",
        "limit=501",
        "limit=١",
        "after=%00",
        "after=WyJ4IiwgInkiXQ",
        "verdict=guilty",
        "open=perhaps' OR 1=1",
    ],
)
def test_lists_take_only_what_they_name(client: Client, world: SimpleNamespace, query: str) -> None:
    client.force_login(make.UserFactory(role=Role.LEAD))
    answer = client.get(f"/api/v1/flagged-sessions/?{query}")
    assert answer.status_code == 422
    assert set(answer.json()) >= {"title", "detail"}


def test_pages_follow_each_other(client: Client, world: SimpleNamespace) -> None:
    client.force_login(make.UserFactory(role=Role.LEAD))
    for strength in (1.0, 1.0, 9.0):
        make.FlaggedSessionFactory(campaign=world.campaign, strength=strength)
    seen: list[int] = []
    after = ""
    while after is not None:
        page: dict[str, Any] = client.get(f"/api/v1/flagged-sessions/?limit=1&after={after}").json()
        seen += [row["id"] for row in page["results"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 4


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("route", "queries"), [("accounts", 3), ("campaigns", 3), ("flagged-sessions", 4), ("decisions", 6), ("cases", 3)]
)
def test_lists_ask_a_constant_number_of_queries(
    client: Client, django_assert_num_queries: Any, route: str, queries: int, count: int
) -> None:
    client.force_login(make.UserFactory(role=Role.LEAD))
    for _ in range(count):
        flag = make.FlaggedSessionFactory(account=make.ApiAccountFactory(verified_customer=True))
        decision = make.DecisionFactory(case=make.CaseFactory(campaign=flag.campaign))
        decision.exhibits.add(make.ExhibitFactory(case=decision.case))
        make.ApprovalFactory(decision=decision)
    with django_assert_num_queries(queries):
        assert len(client.get(f"/api/v1/{route}/").json()["results"]) == count


def test_the_schema_is_made_without_warnings() -> None:
    from io import StringIO

    from django.core.management import call_command

    out = StringIO()
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=out)
    assert "/api/v1/campaigns/{code}/readings/" in out.getvalue()
