"""Counsel's walk: redactions judged by keyboard, a produced form by a real worker, digest read, hand-over, verified again."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import pytest

from investigations.models import CaseExport, HandOver, Redaction
from tests.factories import CaseAccountFactory, FlaggedSessionFactory, NoteFactory, SamplePromptFactory, people
from tests.factories.staff import PASSWORD
from tests.support.exports import REASON
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.worker, pytest.mark.django_db(transaction=True)]
MAIL, NAME = "zoe.plover@heron.example", "Zoë Plover"


def press(page: Any, key: str) -> None:
    """A key, once the page's scripts listen."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def state(number: int) -> str:
    return Redaction.objects.get(number=number).state


def test_counsels_walk(page: Any, live_server: Any, worker_factory: Any) -> None:
    people()
    member = CaseAccountFactory()
    case, session = member.case, FlaggedSessionFactory(account=member.account)
    SamplePromptFactory(
        session=session, prompt=f"I am {NAME}, mail {MAIL}; key sk-abcdefghijklmnop123456. Order 4711-22."
    )
    NoteFactory(case=case, text=f"Wrote to {MAIL}, order desk of desk@own.example")
    worker_factory()
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("lena")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    # The sealed form is written by the worker; no produced form is offered before its texts were looked through.
    page.goto(f"/cases/{case.code}/legal/")
    press(page, "x")
    page.locator("#export").get_by_label("Purpose").fill("Discovery")
    page.locator("#export [name=override_reason]").fill(REASON)
    page.locator("#export").get_by_role("button", name="Write").click()
    ready = CaseExport.objects.filter(state="ready")
    wait_for(lambda: ready.count() == 1, 180, "the sealed form was not written")
    page.goto(f"/cases/{case.code}/legal/files/1/")
    page.get_by_text("No worker has looked through the texts").wait_for()
    assert page.locator("[data-dialog=produce]").count() == 0

    # A worker proposes; counsel judges line by line without a mouse.
    page.goto(f"/cases/{case.code}/legal/")
    press(page, "r")
    page.get_by_role("heading", name="Redactions").wait_for()
    press(page, "f")
    wait_for(lambda: Redaction.objects.count() == 3, 90, "the worker proposed nothing")
    page.goto(f"/cases/{case.code}/legal/redactions/")
    own = Redaction.objects.get(value="desk@own.example").number
    press(page, "j")  # after each judgement the next line is the one that one is on
    for number in (1, 2, 3):
        press(page, "r" if number == own else "a")
        wait_for(lambda number=number: state(number) != "proposed", 20, f"R-000{number} was not judged")
        page.locator(f"#R-000{number}").wait_for(state="detached")
    assert [state(n) == "rejected" for n in (1, 2, 3)] == [n == own for n in (1, 2, 3)]

    # What has no shape is selected in the text, with the keyboard.
    page.get_by_role("link", name="sampled exchange").first.click()
    page.get_by_label("Select what goes").focus()
    press(page, "Control+Home")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    for _ in range(len(NAME)):
        page.keyboard.press("Shift+ArrowRight")
    wait_for(lambda: page.locator("#selected").inner_text() == NAME, 15, "the selection did not become a span")
    page.get_by_label("Reason").select_option("personal_data")
    page.get_by_role("button", name="Take it out").press("Enter")
    page.locator("mark.accepted", has_text=NAME).wait_for()

    # The produced form, by the worker.
    page.goto(f"/cases/{case.code}/legal/files/1/")
    press(page, "p")
    page.locator("#produce").get_by_label("Purpose").fill("To the other side")
    page.locator("#produce").get_by_role("button", name="Produce").click()
    wait_for(lambda: ready.count() == 2, 180, "the produced form was not made")
    page.goto(f"/cases/{case.code}/legal/files/2/")

    # The digest as it is read out, the hand-over, and the verification step by step.
    export = CaseExport.objects.get(number=2)
    groups = page.locator(".spoken li")
    assert groups.count() == 16
    assert "".join(groups.nth(n).locator(".id").inner_text() for n in range(16)) == export.sha256
    press(page, "h")
    dialog = page.locator("#hand-over")
    dialog.get_by_label("Recipient").first.fill("A. Advocate, for the defendant")
    dialog.get_by_label("Purpose").fill("Discovery response")
    dialog.get_by_label("Channel").select_option("portal")
    dialog.get_by_label("The recipient compared").check()
    dialog.get_by_role("button", name="Record").click()
    page.get_by_role("cell", name="A. Advocate, for the defendant").wait_for()
    assert HandOver.objects.get().sha256 == export.sha256
    press(page, "v")
    page.get_by_text("nothing wrong was found").wait_for(timeout=120_000)
    assert page.locator(".checks li").count() >= 8

    # What was downloaded holds nothing of what was taken out, and the map is apart.
    with page.expect_download() as download:
        press(page, "d")
    with zipfile.ZipFile(download.value.path()) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert not any(value.encode() in whole for value in (MAIL, NAME, "sk-abcdefghijklmnop123456"))
    assert b"desk@own.example" in whole
    press(page, "m")
    page.locator("#map").get_by_label("Purpose").fill("The court asks")
    with page.expect_download() as download:
        page.locator("#map").get_by_role("button", name="Download the map").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        rows = [json.loads(line) for line in archive.read(f"{export.name}_map/data/map.jsonl").splitlines()]
    assert {row["value"] for row in rows} == {MAIL, NAME, "sk-abcdefghijklmnop123456"}
    page.goto(f"/cases/{case.code}/legal/")
    assert page.get_by_text("handed over case file").count() == 1
