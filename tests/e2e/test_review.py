"""A reviewer at work in a real browser, under the strict policy: reveal, verdict by key, charts and their tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from audit.models import AuditEvent
from investigations.models import FlaggedSession
from tests.factories import (
    CampaignMemberFactory,
    FlaggedSessionFactory,
    SamplePromptFactory,
    UnitFactory,
    UserFactory,
)
from tests.factories.detection import START
from tests.factories.staff import PASSWORD
from tests.support.lake import daily, fill_lake

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = "<img src=x onerror=\"document.title='run'\">\u202egpj <script>document.title='run'</script>"


@pytest.fixture
def flagged() -> FlaggedSession:
    """The stronger of two flagged sessions, in a campaign whose account was active for ten days."""
    FlaggedSessionFactory(strength=1.0)
    session: FlaggedSession = FlaggedSessionFactory(ended_at=START + timedelta(days=10), reason=HOSTILE)
    campaign = session.campaign
    assert campaign is not None
    UnitFactory(run=campaign.last_run, campaign=campaign, selector={"columns": {"pre8": ["77"]}})
    CampaignMemberFactory(campaign=campaign, account=session.account)
    fill_lake(daily(session.account.account_id, START, 10, pre8=77, session_ref="a", model=HOSTILE))
    FlaggedSession.objects.filter(pk=session.pk).update(session_key=f"{session.account.account_id}#a")
    SamplePromptFactory(session=session, prompt=HOSTILE, response="An answer")
    return session


@pytest.fixture
def desk(page: Any) -> Any:
    """The browser, signed in as a reviewer; what it refuses or stumbles over is kept."""
    person = UserFactory()
    page.faults = []
    page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto("/sign-in/")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    return page


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_reveal_and_verdict_from_the_keyboard(flagged: FlaggedSession, desk: Any) -> None:
    desk.goto(f"/sessions/{flagged.pk}/")
    assert "gpj" not in desk.locator("#samples").inner_text()
    desk.get_by_label("Reason to read it").fill("to judge the flag")
    desk.keyboard.press("Enter")
    desk.locator(".pair").wait_for()
    assert "\\u{202E}gpj <script>" in desk.locator(".pair pre").first.inner_text()
    assert AuditEvent.objects.filter(action="sample.revealed").count() == 1
    assert focused(desk).startswith("sample-")
    desk.get_by_label("Reason to read", exact=True).fill("the rest of it")
    desk.get_by_role("button", name="Read exchange 2", exact=True).click()
    desk.locator("#reading .pair").wait_for()
    assert AuditEvent.objects.get(action="exchange.revealed").facts["reason"] == "the rest of it"
    desk.locator("body").focus()
    desk.keyboard.press("v")
    desk.get_by_label("benign positive").check()
    desk.get_by_label("Reason", exact=True).fill("A class")
    desk.get_by_role("button", name="Submit and next").click()
    other = FlaggedSession.objects.exclude(pk=flagged.pk).get()
    desk.wait_for_url(f"**/sessions/{other.pk}/#session")
    assert focused(desk) == "session", "the focus stands on the next session's heading"
    assert FlaggedSession.objects.get(pk=flagged.pk).verdict == "benign_positive"
    assert "run" not in desk.title() and desk.faults == []


def test_charts_are_drawn_under_the_policy_and_turn_into_tables(flagged: FlaggedSession, desk: Any) -> None:
    assert flagged.campaign is not None
    desk.set_viewport_size({"width": 1440, "height": 900})
    desk.goto(f"/campaigns/{flagged.campaign.code}/")
    desk.locator("figure[data-drawn] .main-svg").first.wait_for()
    expect(desk.locator("figure[data-drawn]")).to_have_count(
        3, timeout=15_000
    )  # asks from outside: the policy lets no string run
    assert "10 exchanges of 1 of 1 account" in desk.locator("figcaption").first.inner_text()
    for width in (1440, 390):
        desk.set_viewport_size({"width": width, "height": 900})
        desk.keyboard.press("t")
        assert desk.locator(".chart-table:visible").count() == 3 and desk.locator(".plot:visible").count() == 0
        assert desk.locator(".chart-table").nth(1).locator("tbody tr").count() == 10
        desk.keyboard.press("t")
        assert desk.locator(".plot:visible").count() == 3
        assert not desk.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert desk.faults == []
