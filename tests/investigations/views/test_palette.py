"""The palette takes any id straight to its page, by indexes alone; what only the lake knows is looked up in the lake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from investigations.models import Appeal
from tests.factories import (
    ApiAccountFactory,
    CampaignFactory,
    DecisionFactory,
    DecisionItemFactory,
    DetectionRunFactory,
    FlaggedSessionFactory,
    OrganisationFactory,
    SamplePromptFactory,
    TemplateFactory,
    UserFactory,
)
from tests.factories.detection import START
from tests.support.lake import exchange, fill_lake

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(UserFactory())
    return client


def places(desk: Client, query: str) -> list[tuple[str, str]]:
    options = desk.get("/palette/", {"q": query}).context["options"]
    return [(option.kind, option.address) for option in options]


def test_whatever_is_pasted_leads_to_its_page(desk: Client) -> None:
    session = FlaggedSessionFactory(session_key="acct-9#conversation")
    sample = SamplePromptFactory(session=session, exchange_id="exchange-of-sample")
    decision, template, campaign = DecisionFactory(), TemplateFactory(), CampaignFactory()
    item, run = DecisionItemFactory(), DetectionRunFactory()
    appeal = Appeal.objects.create(item=item, words="Not I", received_at=START, recorded_by=item.decision.proposed_by)
    expected = {
        str(appeal): f"/decisions/appeals/{appeal.pk}/",
        f"run {run.pk}": f"/detection/{run.pk}/",
        f" {session.account.account_id} ": f"/accounts/{session.account.account_id}/",
        str(session).lower(): f"/sessions/{session.pk}/",
        "acct-9#conversation": f"/sessions/{session.pk}/",
        sample.exchange_id: f"/sessions/{session.pk}/",
        str(template): f"/templates/{template.pk}/",
        campaign.code.lower(): f"/campaigns/{campaign.code}/",
        decision.case.code: f"/cases/{decision.case.code}/",
        decision.code: f"/decisions/{decision.code}/",
    }
    for query, address in expected.items():
        assert places(desk, query)[0] == ("go to", address), query


def test_beginnings_pages_and_unknown_ids(desk: Client) -> None:
    ApiAccountFactory(account_id="team-1"), ApiAccountFactory(account_id="team-2")
    OrganisationFactory(name="team Orange & Co")
    assert places(desk, "team-") == [("account", "/accounts/team-1/"), ("account", "/accounts/team-2/")]
    assert places(desk, "team O") == [("organisation", "/accounts/?text=team+Orange+%26+Co")]
    assert places(desk, "set") == [("page", "/settings/")]
    assert places(desk, "unknown-exchange-7") == [("in the lake", "/palette/lake/?exchange=unknown-exchange-7")]
    hostile = desk.get("/palette/", {"q": "<b>no such thing</b>\u202e"}).content.decode()
    assert "Looked for: account id" in hostile and "<b>" not in hostile and "\\u{202E}" in hostile


def test_exchanges_and_addresses_are_found_in_the_lake(desk: Client) -> None:
    assert "The lake is empty" in desk.get("/palette/lake/?exchange=a-0").content.decode()
    flagged = FlaggedSessionFactory(started_at=START, ended_at=START + timedelta(minutes=5))
    plain = ApiAccountFactory()
    names = [flagged.account.account_id, plain.account_id, "never-recorded"]
    fill_lake([exchange(name, n, START + timedelta(minutes=n), ip="192.0.2.7") for n, name in enumerate(names)])
    assert places(desk, "192.0.2.7") == [("in the lake", "/palette/lake/?ip=192.0.2.7")]
    assert desk.get(f"/palette/lake/?exchange={names[0]}-0").url == f"/sessions/{flagged.pk}/"
    assert desk.get(f"/palette/lake/?exchange={names[1]}-1").url == f"/accounts/{names[1]}/"
    found = desk.get("/palette/lake/?ip=192.0.2.7")
    assert sorted(row["account_id"] for row in found.context["rows"]) == sorted(names)
    missing = desk.get("/palette/lake/?exchange=nowhere").content.decode()
    assert "No exchange bears this id in the newest 90 days" in " ".join(missing.split())


@pytest.mark.parametrize("n", [1, 3])
def test_query_count(desk: Client, n: int, django_assert_max_num_queries: Any) -> None:
    for number in range(n):
        ApiAccountFactory(account_id=f"team-{number}")
    desk.get("/palette/")
    with django_assert_max_num_queries(8):
        assert len(places(desk, "team-")) == n
