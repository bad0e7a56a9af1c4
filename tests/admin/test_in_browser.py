"""A bulk action of the admin in Chromium, without an error or a block; each section is looked at in tests/e2e/test_every_page.py."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.test import Client

from staff.enums import Role
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page: Any, live_server: Any, role: Role) -> None:
    client = Client()
    client.force_login(make.UserFactory(role=role))
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])


def complaints(page: Any) -> list[str]:
    """What the browser logs as an error from now on, blocks of the content policy among it."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("response", lambda answer: found.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def shoot(page: Any, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_a_verdict_is_given_to_all_that_are_ticked(page: Any, live_server: Any) -> None:
    flags = make.FlaggedSessionFactory.create_batch(3)
    sign_in(page, live_server, Role.LEAD)
    page.set_viewport_size({"width": 1440, "height": 900})
    found = complaints(page)
    page.goto("/admin/investigations/flaggedsession/")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "bulk_give_a_verdict")
    page.click("button[name=index]")
    page.wait_for_selector("text=This will touch")
    shoot(page, "bulk-verdict-1440")
    page.select_option("select[name=verdict]", "benign_positive")
    page.fill("textarea[name=reason]", "A class with one exercise sheet")
    page.click("button[name=apply]")
    page.wait_for_selector("text=have the verdict benign positive")
    for flag in flags:
        flag.refresh_from_db()
    assert [flag.verdict for flag in flags] == ["benign_positive"] * 3
    assert found == []
