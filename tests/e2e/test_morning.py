"""An investigator's morning in a real browser, by keyboard alone: twenty items with submit and next, a skip, a snooze, the palette."""

from __future__ import annotations

from typing import Any

import pytest

from investigations.models import CampaignReview, FlaggedSession, QueueItem, Skip, Snooze
from tests.factories import ApiAccountFactory, CampaignFactory, FlaggedSessionFactory, UserFactory
from tests.factories.staff import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
LEADS = 19


def submit(page: Any, key: str, *keys: str, text: str) -> None:
    """Open a dialog by its key, choose, type the reason, submit; done when another item's heading has the focus."""
    before = page.url
    page.keyboard.press(key)
    for chosen in keys:
        page.keyboard.press(chosen)
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != before)
    page.wait_for_load_state()


def focused_heading(page: Any) -> str:
    return str(page.evaluate("document.activeElement.tagName === 'H1' ? document.activeElement.innerText : ''"))


def test_twenty_items_by_keyboard_alone(page: Any) -> None:
    accounts = ApiAccountFactory.create_batch(LEADS + 2)
    for n, account in enumerate(accounts):
        FlaggedSessionFactory.create_batch(2, account=account, campaign=None, run=None, strength=30.0 - n)
    campaign = CampaignFactory(score=0.5, level="provisional")
    person, faults = UserFactory(), []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/sign-in/")
    page.keyboard.type(person.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Queue").wait_for()

    page.keyboard.press("j")
    page.keyboard.press("e")
    page.locator("h1#item").wait_for()
    assert QueueItem.objects.get(account=accounts[0]).assignee == person, "claimed on the row"
    page.keyboard.press("b")
    page.get_by_role("heading", name="In your hands").wait_for()
    page.keyboard.press("n")
    page.locator("h1#item").wait_for()
    for account in accounts[:LEADS]:
        assert account.account_id in focused_heading(page)
        submit(page, "v", "2", text="A class of students")
    submit(page, "s", text="I worked for them")
    submit(page, "z", "Tab", "Tab", text="Our own load test")
    assert campaign.code in focused_heading(page), "the heading of a campaign's own page too"
    page.locator("#queue-bar .btn").first.wait_for()
    submit(page, "v", "4", text="Read on later")
    page.get_by_text("Nothing more waits in this view").wait_for()

    assert FlaggedSession.objects.filter(verdict="benign_positive", verdict_by=person).count() == 2 * LEADS
    assert CampaignReview.objects.get(campaign=campaign).verdict == "undetermined"
    assert Skip.objects.get().item.account == accounts[LEADS]
    assert Snooze.objects.get().value == accounts[LEADS + 1].account_id

    page.keyboard.press("Control+k")
    page.keyboard.insert_text(accounts[3].account_id)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/accounts/{accounts[3].account_id}/")
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("nothing bears this")
    page.get_by_text("Looked for: account id").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("#keys-go").get_by_text("Queue").wait_for()
    assert faults == []
