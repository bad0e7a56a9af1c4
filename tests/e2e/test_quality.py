"""A lead's quality review, and two reviewers racing on one item, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from core.clock import now
from investigations.models import FlaggedSession, SecondReview
from staff.enums import Role
from tests.factories import FlaggedSessionFactory, UserFactory
from tests.factories.staff import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page: Any, person: Any) -> None:
    page.context.clear_cookies()
    page.goto("/sign-in/")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def give(page: Any, word: str, reason: str) -> None:
    """A verdict by key; the page's scripts listen once it is loaded."""
    page.wait_for_load_state("load")
    page.keyboard.press("v")
    dialog = page.locator("dialog#verdict")
    dialog.locator(f"input[value={word}]").check()
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name="Submit and next").click()
    page.wait_for_load_state("load")


def test_a_lead_reviews_quality(page: Any, settings: Any) -> None:
    settings.SECOND_REVIEW_SHARE = 1.0
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    lead, first, second = UserFactory(role=Role.LEAD), UserFactory(), UserFactory()
    session = FlaggedSessionFactory()
    FlaggedSession.objects.filter(pk=session.pk).update(
        verdict="benign_positive", verdict_reason="It looked harmless", verdict_by=first, verdict_at=now()
    )
    sign_in(page, lead)
    page.get_by_role("link", name="Quality").click()
    assert "nothing is known of agreement yet" in page.locator(".lede").inner_text()
    page.get_by_role("button", name="Draw now").click()
    assert "1 of 1 verdicts drawn" in page.locator("#notices").inner_text()
    sign_in(page, second)
    page.goto("/sessions/")
    page.get_by_role("button", name="Second review").click()
    page.wait_for_url(f"**/sessions/{session.pk}/#session")
    shown = page.locator("main").inner_text()
    assert "blind second review" in shown and "It looked harmless" not in shown
    give(page, "true_positive", "The template is the campaign's")
    assert SecondReview.objects.get().verdict == "true_positive"
    sign_in(page, lead)
    page.goto("/quality/")
    row = page.locator("section", has_text="Where the two differ").locator("tbody tr")
    assert row.count() == 1 and "benign positive" in row.inner_text() and "true positive" in row.inner_text()
    with page.expect_download() as file:
        page.get_by_role("link", name="CSV").click()
    assert "agreement of second reviews" in file.value.path().read_text()
    assert faults == []


def test_two_reviewers_race_and_one_is_told(page: Any, browser: Any, live_server: Any) -> None:
    ines, ivan = UserFactory(first_name="Ines"), UserFactory(first_name="Ivan")
    session = FlaggedSessionFactory()
    other = browser.new_context(base_url=live_server.url, locale="en-GB")
    second = other.new_page()
    for window, person in ((page, ines), (second, ivan)):
        sign_in(window, person)
        window.goto(f"/sessions/{session.pk}/")
    give(page, "true_positive", "A harvest")
    give(second, "false_positive", "A customer")
    told = second.locator("main").inner_text()
    assert "True positive".lower() in told.lower() and str(ines) in told and "meanwhile" in told
    session.refresh_from_db()
    assert (session.verdict, session.verdict_by) == ("true_positive", ines)
    other.close()
