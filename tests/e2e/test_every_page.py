"""Every page in a real browser with hostile text in every field: nothing runs, hides or overflows, no script fails, and
axe finds nothing in either theme."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Error

from audit.services import record
from detection.models import Unit
from investigations.models import FlaggedSession
from staff.admin_base import DeskAdmin
from staff.enums import Role
from staff.middleware import TimeZoneMiddleware
from tests.access.rules import PUBLIC, RULES
from tests.access.test_every_route import may
from tests.factories.detection import START
from tests.support.hostile import hostile, poison
from tests.support.lake import daily, fill_lake
from tests.support.routes import known
from tests.support.waiting import wait_for
from tests.support.world import PERSON, World, build

pytestmark = pytest.mark.django_db(transaction=True)
AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text()
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
MEAN = "<img src=x onerror='window.pwned=1'>\u202egpj\u200b\x1b[31m{{7}}=1+1\u05e9\u05dc\u05d5\u05dd-" + "W" * 120
READERS = (Role.LEAD, Role.INVESTIGATOR, Role.LEGAL, Role.ADMIN)

WATCH = """
window.blocked = [];
document.addEventListener("securitypolicyviolation", e => window.blocked.push(e.violatedDirective + " " + e.blockedURI));
"""
SEEN = r"""() => {
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
  const found = [], walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (hidden.test(node.data) && !parent.closest("script, style, textarea"))
      found.push(parent.tagName + "." + parent.className + ": " + escape(node.data).slice(0, 80));
  }
  for (const name of ["title", "aria-label", "alt", "placeholder"])
    for (const one of document.querySelectorAll(`[${name}]`))
      if (hidden.test(one.getAttribute(name)) && !one.closest(".swagger-ui")) found.push(one.tagName + "@" + name);
  return {
    hidden: found.slice(0, 8),
    ran: window.pwned ?? null,
    links: [...document.querySelectorAll("a[href^='javascript' i], form[action^='javascript' i]")].map(e => e.outerHTML),
    blocked: window.blocked,
    solved: document.body.innerText.includes("pwned7"),
  };
}"""
SHOWN = "document.body.innerText.includes('\\\\u{202E}')"
OVERFLOW = r"""() => {
  if (document.documentElement.scrollWidth <= window.innerWidth) return [];
  const wide = [...document.querySelectorAll("body *")].filter(e => {
    const box = e.getBoundingClientRect();
    if (box.right <= window.innerWidth + 1 || !box.width) return false;
    for (let up = e.parentElement; up; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return false;
    return true;
  });
  return wide.slice(0, 5).map(e => e.tagName + "." + e.className + "#" + e.id).concat("overflows");
}"""
UNFOLD = "document.querySelector('main details:not([open])')?.setAttribute('open', '')"
VIOLATIONS = """only => axe.run(document, {runOnly: only, resultTypes: ["violations"], preload: false}).then(r => r.violations.map(
  v => v.id + ": " + v.nodes.length + " x " + v.nodes.slice(0, 3).map(
    n => n.target.join(" ") + " " + (n.any[0]?.message ?? n.html.slice(0, 90))).join(" | ")))"""
# Swagger UI also breaks lines in labels of its own with U+200B, so that its attributes are not read.
QUIET = "!document.querySelector('.htmx-request, figure p[role=status], .api-wait, .loading-container')"


@pytest.fixture
def world() -> World:
    made = build(lake=False)
    session = FlaggedSession.objects.get(pk=made.things["sessions/<int:number>"])
    Unit.objects.filter(campaign=session.campaign).update(selector={"columns": {"pre8": ["77"]}})
    poison()
    session.refresh_from_db()
    account = MEAN  # of the lake as well; the test server takes no longer path
    type(session.account).objects.filter(pk=session.account_id).update(account_id=account)
    FlaggedSession.objects.filter(pk=session.pk).update(session_key=f"{account}#a")
    places = ("model", "prompt", "response", "user_agent")
    words = {
        place: f"\x00{hostile(turn, place)}" for turn, place in enumerate(places, start=1)
    }  # the lake holds NUL as well
    fill_lake(daily(account, START, 10, pre8=77, session_ref="a", **words))
    record(actor=made.people.ines, action="sample.revealed", subject=f"sample:{account}", reason=hostile(6, "r"))
    made.things |= {place: account for place, value in made.things.items() if value == "acct-world"}
    return made


def addresses(world: World) -> Iterator[tuple[str, list[Role]]]:
    """What the URLconf answers to GET, with the roles to try it as: pages, and fragments and figures, which are passed over."""
    for route in known(world.things, RULES):
        needs = RULES[route.name].get
        if needs is not None and needs != PUBLIC and not route.is_api:
            yield route.address(world.things), [role for role in READERS if may(role, needs)]
    yield f"/accounts/{quote('no-' + MEAN)}/", [Role.LEAD]  # said to be unknown
    yield f"/search/?q={quote(hostile(5, 'sought', 300))}", [Role.LEAD]
    yield "/quality/", [Role.AUDITOR]  # refused
    yield "/admin/", [Role.ADMIN]
    for model, section in admin.site._registry.items():
        if isinstance(section, DeskAdmin):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            yield reverse(f"{name}_changelist"), [Role.ADMIN]
            if (row := model._default_manager.order_by("pk").first()) is not None:
                yield reverse(f"{name}_change", args=[row.pk]), [Role.ADMIN]


class Walk:
    """One browser window that goes through the pages and notes what is wrong with each."""

    def __init__(self, page: Any, world: World, url: str) -> None:
        self.page, self.said, self.seen, self.shown = page, [], set(), set()
        self.wrong: list[str] = []
        self.windows, self.window = [WIDE, NARROW], WIDE
        self.refused = {f"{url}/favicon.ico"}  # asked for by answers that are no pages and name no other
        self.sessions = {}
        for role in Role:
            client = Client()
            client.force_login(getattr(world.people, PERSON[role]))
            self.sessions[role] = [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}]
        page.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("console", lambda line: self.hear(line.text, line.location["url"]) if line.type == "error" else None)
        page.add_init_script(WATCH)

    def hear(self, text: str, url: str) -> None:
        """A script's or a file's fault; that an address was refused to a role is said there as well, and is none."""
        if url not in self.refused:
            self.said.append(f"console: {text} {url[:120]}")

    def fail(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The two pages that need neither reader nor database: a form of another session, and a fault of ours."""

        def break_down(frame: TimeZoneMiddleware, request: Any) -> Any:
            raise OperationalError("gone")

        self.page.context.clear_cookies()
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        assert "Nothing was changed" in self.page.locator("main").inner_text()
        self.said.clear()  # its status is no fault of a script
        self.look("403 /sign-in/")
        with monkeypatch.context() as broken:
            broken.setattr(TimeZoneMiddleware, "__call__", break_down)
            assert self.page.goto("/settings/").status == 500
            self.said.clear()
            self.look("500 /settings/")

    def visit(self, address: str, roles: list[Role]) -> None:
        """Go there as the first of the roles that is shown it, and look once at each page."""
        for role in roles:
            self.page.context.add_cookies(self.sessions[role])
            self.said.clear()
            try:
                answer = self.page.goto(address)
            except Error as error:  # a file
                assert "ownload" in str(error), f"{address}: {error}"
                return
            if answer.status == 200:
                break
            self.refused.add(answer.url)
        if answer.text().lstrip()[:15].lower() == "<!doctype html>" and self.page.url not in self.seen:
            self.seen.add(self.page.url)
            self.look(f"{answer.status} {address}")

    def look(self, address: str) -> None:
        faults = []
        try:
            wait_for(lambda: self.page.evaluate(QUIET), 60, "a fragment or a chart never came")
        except AssertionError as late:
            faults.append(str(late))
        faults += [f"{what}: {given}" for what, given in self.page.evaluate(SEEN).items() if given]
        if self.page.evaluate(SHOWN):
            self.shown.add(address)
        for window in self.windows:
            if window is not self.window:  # the page came up in the one that the page before ended in
                self.page.set_viewport_size(window)
                self.window = window
            faults += self.narrow() if window is NARROW else self.wide()
        self.windows.reverse()
        self.said[:] = [line for line in self.said if not any(line.endswith(f" {url[:120]}") for url in self.refused)]
        self.wrong += [f"{address[:90]}\n    {fault[:600]}" for fault in faults + self.said]

    def narrow(self) -> list[str]:
        """What sticks out on a phone, the first fold of the page opened."""
        self.page.evaluate(UNFOLD)
        return [f"390 px: {one}" for one in self.page.evaluate(OVERFLOW)]

    def wide(self) -> list[str]:
        """What axe finds on a desk: everything in light, the contrast in dark."""
        self.page.evaluate(AXE)
        found = self.page.evaluate(VIOLATIONS, {"type": "tag", "values": STANDARD})
        self.page.emulate_media(color_scheme="dark")
        contrast = self.page.evaluate(VIOLATIONS, {"type": "rule", "values": ["color-contrast"]})
        self.page.emulate_media(color_scheme="light")
        return found + [f"dark, {one}" for one in contrast]


def test_every_page_is_safe_whole_and_accessible(
    page: Any, live_server: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.set_viewport_size(WIDE)
    page.set_default_navigation_timeout(60_000)  # what is measured is no speed
    walk = Walk(page, world, live_server.url)
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(hostile(1, "who", 100))
    page.get_by_label("Password").fill("wrong")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    walk.look("/sign-in/ refused")
    page.get_by_label("Password").fill("wrong")
    walk.fail(monkeypatch)
    for address, roles in addresses(world):
        walk.visit(address, roles)
    assert not walk.wrong, "\n".join(walk.wrong)
    assert len(walk.seen) > 90 and len(walk.shown) > 45, f"{len(walk.seen)} pages, hostile text on {len(walk.shown)}"
    for section in ("flaggedsession", "case", "decision"):
        assert any(f"/admin/investigations/{section}/" in address for address in walk.shown), section
