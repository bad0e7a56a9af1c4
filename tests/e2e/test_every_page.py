"""Every page of the URLconf in a real browser, hostile text in every field: nothing runs, hides or overflows, and axe
finds nothing in either theme."""

from __future__ import annotations

import importlib.resources
from typing import Any

import pytest
from django.test import Client

from audit.services import record
from detection.models import Unit
from investigations.models import FlaggedSession
from tests.access.rules import RULES
from tests.factories.detection import START
from tests.support.hostile import hostile, poison
from tests.support.lake import daily, fill_lake
from tests.support.routes import known
from tests.support.waiting import wait_for
from tests.support.world import World, build

pytestmark = pytest.mark.django_db(transaction=True)
PARTS = 4  # so that several processes can share the pages
AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text()
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

WATCH = """
window.blocked = [];
document.addEventListener("securitypolicyviolation", e => window.blocked.push(e.violatedDirective + " " + e.blockedURI));
"""
SEEN = r"""() => {
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
  const found = [], walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (hidden.test(node.data) && !parent.closest("script, style, textarea, option"))
      found.push(parent.tagName + "." + parent.className + ": " + escape(node.data).slice(0, 80));
  }
  for (const name of ["title", "aria-label", "alt", "placeholder"])
    for (const one of document.querySelectorAll(`[${name}]`))
      if (hidden.test(one.getAttribute(name))) found.push(one.tagName + "@" + name);
  const wide = [...document.querySelectorAll("main *")].filter(e => {
    const box = e.getBoundingClientRect();
    if (box.right <= window.innerWidth + 1 || !box.width) return false;
    for (let up = e.parentElement; up; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return false;
    return true;
  }).slice(0, 4).map(e => e.tagName + "." + e.className + "#" + e.id);
  return {
    hidden: found.slice(0, 8),
    overflow: document.documentElement.scrollWidth > window.innerWidth ? wide.concat("overflows") : [],
    ran: window.pwned ?? null,
    links: [...document.querySelectorAll("a[href^='javascript' i], form[action^='javascript' i]")].map(e => e.outerHTML),
    blocked: window.blocked,
    solved: document.body.innerText.includes("pwned7"),
  };
}"""


@pytest.fixture
def world() -> World:
    made = build(lake=False)
    session = FlaggedSession.objects.get(pk=made.things["sessions/<int:number>"])
    Unit.objects.filter(campaign=session.campaign).update(selector={"columns": {"pre8": ["77"]}})
    poison()
    session.refresh_from_db()
    account = session.account.account_id.replace("/", "|")
    type(session.account).objects.filter(pk=session.account_id).update(account_id=account)
    FlaggedSession.objects.filter(pk=session.pk).update(session_key=f"{account}#a")
    words = {
        "model": hostile(1, "m"),
        "prompt": hostile(2, "p"),
        "response": hostile(3, "r"),
        "user_agent": hostile(5, "u"),
    }
    fill_lake(daily(account, START, 10, pre8=77, session_ref="a", **words))
    record(actor=made.people.ines, action="sample.revealed", subject=f"sample:{account}", reason=hostile(6, "r"))
    made.things["accounts/<path:account_id>"] = account
    return made


def pages(world: World) -> list[str]:
    """The addresses that answer a whole page to a lead: not fragments, files, figures or redirects."""
    client, found = Client(), []
    client.force_login(world.people.leo)
    for route in known(world.things, RULES):
        if not route.is_api:
            answer = client.get(route.address(world.things))
            body = answer.getvalue()[:100].lower() if answer.status_code == 200 else b""
            if body.lstrip().startswith(b"<!doctype html"):
                found.append(route.address(world.things))
    return found


def settled(page: Any) -> None:
    """Fragments are in and charts are drawn."""
    quiet = "!document.querySelector('.htmx-request, figure p[role=status]')"
    wait_for(lambda: page.evaluate(quiet), 20, "a fragment or a chart never came")


def violations(page: Any, only: dict[str, Any]) -> list[str]:
    found = page.evaluate(
        "only => axe.run(document, {runOnly: only, resultTypes: ['violations']}).then(r => r.violations.map(v =>"
        " v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')))",
        only,
    )
    return [str(one) for one in found]


def look(page: Any, address: str) -> list[str]:
    """What is wrong with a page: at 390 px, in both themes."""
    faults: list[str] = []
    page.emulate_media(color_scheme="light")
    answer = page.goto(address)
    if answer.status != 200:
        return [f"{answer.status}"]
    settled(page)
    faults += [f"{what}: {given}" for what, given in page.evaluate(SEEN).items() if given]
    page.evaluate(AXE)
    faults += violations(page, {"type": "tag", "values": STANDARD})
    page.emulate_media(color_scheme="dark")
    faults += [f"dark, {one}" for one in violations(page, {"type": "rule", "values": ["color-contrast"]})]
    return faults


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_safe_whole_and_accessible(page: Any, live_server: Any, world: World, part: int) -> None:
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("console", lambda message: said.append(f"console: {message.text}") if message.type == "error" else None)
    page.add_init_script(WATCH)
    page.set_viewport_size({"width": 390, "height": 844})
    wrong, addresses = {}, pages(world)
    assert len(addresses) > 30
    if part == 0:
        wrong["/sign-in/"] = look(page, "/sign-in/")
    client = Client()
    client.force_login(world.people.leo)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    for address in addresses[part::PARTS]:
        wrong[address] = look(page, address) + said
        said.clear()
    told = [f"{address[:80]}\n    {fault[:600]}" for address, faults in wrong.items() for fault in faults]
    assert not told, "\n".join(told)
