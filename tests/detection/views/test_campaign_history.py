"""A campaign's history on its page: what each run changed, where it went, since when it is missing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from detection.enums import ChangeKind
from detection.models import CampaignChange
from staff.enums import Role
from tests.factories import CampaignFactory, CampaignMemberFactory, DetectionRunFactory, UserFactory

pytestmark = pytest.mark.django_db


def address(code: str) -> str:
    return f"/detection/campaigns/{code}/history/"


@pytest.mark.parametrize("role", Role)
def test_open_for_every_role_that_sees_evidence(client: Client, role: Role) -> None:
    campaign = CampaignFactory()
    assert client.get(address(campaign.code)).status_code == 302
    client.force_login(UserFactory(role=role))
    assert "No run has changed it" in client.get(address(campaign.code)).content.decode()
    assert client.get(address("C-9999")).status_code == 404


def test_the_campaign_page_embeds_it_and_says_where_the_campaign_is_now(client: Client) -> None:
    kept, look = CampaignFactory(), DetectionRunFactory()
    merged = CampaignFactory(merged_into=kept)
    missing = CampaignFactory(not_found_run=look)
    client.force_login(UserFactory())
    page = client.get(f"/campaigns/{merged.code}/").content.decode()
    assert f'hx-get="{address(merged.code)}"' in page
    assert f'Merged into <a href="/campaigns/{kept.code}/">{kept.code}</a>' in page and "Not found again" not in page
    page = client.get(f"/campaigns/{missing.code}/").content.decode()
    assert f'Not found again since <a href="/detection/{look.pk}/">run {look.pk}</a>' in page
    assert "Merged into" not in page


def test_a_merged_campaign_is_reviewed_where_it_is_now(client: Client) -> None:
    kept = CampaignFactory()
    CampaignFactory(merged_into=kept)
    client.force_login(UserFactory())
    response = client.get("/")
    assert [item.campaign for item in response.context["page"].items] == [kept]
    assert client.get("/campaigns/").content.decode().count('<span class="chip plain">merged</span>') == 1


def test_words_and_account_ids_from_the_log_are_inert(client: Client) -> None:
    campaign = CampaignFactory()
    hostile = "<script>alert(1)</script>\u202e"
    CampaignChange.objects.create(
        campaign=campaign, run=campaign.last_run, kind=ChangeKind.GREW, n_accounts=1, accounts=[hostile], words=hostile
    )
    client.force_login(UserFactory())
    page = client.get(address(campaign.code)).content.decode()
    assert "<script>alert" not in page and "\u202e" not in page and "\\u{202E}" in page


@pytest.mark.parametrize("n", [1, 3])
def test_query_counts_do_not_grow(client: Client, n: int, django_assert_num_queries: Any) -> None:
    campaign = CampaignFactory(split_from=CampaignFactory(), certified_run=DetectionRunFactory())
    for _ in range(n):
        CampaignMemberFactory(campaign=campaign)
        CampaignChange.objects.create(
            campaign=campaign,
            run=DetectionRunFactory(),
            kind=ChangeKind.JOINED,
            other=CampaignFactory(),
            n_accounts=3000,
            accounts=[f"a{i}" for i in range(3000)],
            words="Joined.",
        )
    client.force_login(UserFactory())
    client.get("/search/")
    with django_assert_num_queries(4):
        response = client.get(address(campaign.code))
    rows = response.context["history"].changes.items
    assert [row.named for row in rows] == [[f"a{i}" for i in range(12)]] * n
    page = response.content.decode()
    assert page.count("The first 12 of 3,000 accounts") == n
    assert f'was a part of <a href="/campaigns/{campaign.split_from.code}/">' in page


def test_the_newest_stand_first_over_pages(client: Client) -> None:
    campaign = CampaignFactory()
    for number in range(30):
        run = DetectionRunFactory()
        CampaignChange.objects.create(campaign=campaign, run=run, kind=ChangeKind.LEVEL, words=f"Change {number}.")
    client.force_login(UserFactory())
    first = client.get(address(campaign.code)).context["history"].changes
    assert [row.words for row in first.items] == [f"Change {n}." for n in range(29, 4, -1)]
    second = client.get(f"{address(campaign.code)}?after={first.next}").context["history"].changes
    assert [row.words for row in second.items] == [f"Change {n}." for n in range(4, -1, -1)]
    assert client.get(f"{address(campaign.code)}?after=zzz").status_code == 422
