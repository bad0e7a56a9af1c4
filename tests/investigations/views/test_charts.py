"""The chart addresses: the campaign's unit exchanges by accused accounts, with releases, closures and enforcement."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from detection.models import Campaign
from investigations.queries.charts import closure_marks
from staff.enums import Role
from tests.factories import (
    CampaignFactory,
    CampaignMemberFactory,
    CaseFactory,
    DecisionFactory,
    DecisionItemFactory,
    ModelReleaseFactory,
    StatusChangeFactory,
    UnitFactory,
    UserFactory,
)
from tests.factories.detection import START
from tests.support.lake import daily, exchange, fill_lake


@pytest.fixture
def campaign(db: None) -> Campaign:
    """Two accused accounts over ten days, one of them closed by the provider; a bystander inside the unit too."""
    made: Campaign = CampaignFactory(n_core=2)
    UnitFactory(run=made.last_run, campaign=made, selector={"columns": {"pre8": ["77"]}})
    one, two = CampaignMemberFactory.create_batch(2, campaign=made)
    by = CampaignMemberFactory(campaign=made, tier="bystander")
    rows = daily(one.account.account_id, START, 10, pre8=77) + daily(two.account.account_id, START, 4, pre8=77)
    rows += daily(by.account.account_id, START, 10, pre8=77)
    rows += [exchange(one.account.account_id, 99, START, pre8=1)]
    rows += [exchange(two.account.account_id, 98, START, pre8=77, n_output_tokens=None)]
    fill_lake(rows)
    for member in (two, by):
        StatusChangeFactory(account=member.account, occurred_at=START + timedelta(days=4))
    ModelReleaseFactory(model="model-9", released_at=START + timedelta(days=2))
    ModelReleaseFactory(model="later", released_at=START + timedelta(days=400))
    case = CaseFactory(campaign=made)
    decided = DecisionFactory(case=case, state="enforced", enforced_at=START + timedelta(days=6), n_accounts=1)
    DecisionItemFactory(decision=decided, state="done")
    DecisionItemFactory(decision=decided, state="failed")
    return made


def chart(client: Client, campaign: Campaign, name: str) -> dict[str, dict]:
    return client.get(f"/campaigns/{campaign.code}/charts/{name}.json").json()  # type: ignore[no-any-return]


def test_activity_counts_unit_exchanges_of_accused_accounts(client: Client, campaign: Campaign) -> None:
    client.force_login(UserFactory())
    rows = chart(client, campaign, "activity")["table"]["rows"]
    assert sorted(row[3:] for row in rows) == [[4, 5], [10, 10]]


def test_volume_says_how_many_tokens_are_not_known(client: Client, campaign: Campaign) -> None:
    client.force_login(UserFactory())
    answer = chart(client, campaign, "volume")
    assert sum(row[1] for row in answer["table"]["rows"]) == 15
    assert sum(row[2] for row in answer["table"]["rows"]) == 1400
    assert "output tokens not known for 1 of 15 exchanges" in answer["text"]


def test_marks_of_releases_closures_and_enforcement(client: Client, campaign: Campaign) -> None:
    client.force_login(UserFactory())
    notes = chart(client, campaign, "activity")["figure"]["layout"]["annotations"]
    assert [note["text"] for note in notes] == ["model-9 released", "provider closed 1 account", "suspend: 1 account"]


@pytest.mark.parametrize("role", Role)
def test_open_for_every_role_that_sees_evidence(client: Client, campaign: Campaign, role: Role) -> None:
    assert client.get(f"/campaigns/{campaign.code}/charts/volume.json").status_code == 302
    client.force_login(UserFactory(role=role))
    assert client.get(f"/campaigns/{campaign.code}/charts/volume.json").status_code == 200


def test_other_names_and_themes_are_refused(client: Client, campaign: Campaign) -> None:
    client.force_login(UserFactory())
    assert client.get(f"/campaigns/{campaign.code}/charts/pie.json").status_code == 422
    assert client.get(f"/campaigns/{campaign.code}/charts/volume.json?theme=red").status_code == 422
    assert client.get("/campaigns/C-9999/charts/volume.json").status_code == 404


@pytest.mark.django_db
def test_a_campaign_without_exchanges_has_words_alone(client: Client) -> None:
    client.force_login(UserFactory())
    answer = chart(client, CampaignFactory(), "activity")
    assert answer["figure"] is None and "no exchanges" in answer["text"]


def test_few_closures_among_many_accounts_are_no_mark() -> None:
    assert closure_marks([0, 1], 100) == []
    assert [mark.at_us for mark in closure_marks([5, 1, 9], 60)] == [1]
