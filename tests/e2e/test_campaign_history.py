"""The history of a campaign in a real browser, on the campaign's page of a phone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from detection.models import Campaign
from tests.detection.storing.analyses import campaign, reading, stored
from tests.factories import UserFactory
from tests.factories.staff import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def lived() -> tuple[Campaign, Campaign]:
    """A campaign that was certified, grew by successors, took in another, lost a part and vanished; and the other."""
    a, b = [f"acct-{i:05d}" for i in range(40)], [f"other-account-with-a-long-name-{i:05d}" for i in range(12)]
    grown = campaign(a, level="certified")
    with transaction.atomic():
        stored(campaign(a[:25], level="certified"))
        stored(grown, campaign(b), readings={grown.key: reading("X3", p=0.004, accounts=a[25:35])})
        stored(campaign([*a[:30], *b]), campaign(a[32:38]), idle=a[30:32], look=False)
        stored(idle=a[:10])
    first, other, _ = Campaign.objects.order_by("pk")
    return first, other


def test_the_campaign_page_tells_its_history(page: Any) -> None:
    first, other = lived()
    person, faults = UserFactory(lead=True), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto("/sign-in/")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    page.goto(f"/campaigns/{first.code}/")
    page.locator("#history table").wait_for()
    kinds = page.locator("#history tbody .chip").all_inner_texts()
    assert kinds == ["level", "not found again", "split", "shrank", "joined by", "successors", "grew", "opened"]
    page.locator("#history details summary").last.click()
    page.locator("#history").get_by_role("link", name="acct-00011").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("#history").get_by_role("link", name=other.code).click()
    page.get_by_text("Merged into").first.wait_for()
    assert not faults
