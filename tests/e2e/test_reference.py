"""The pages of the reference in a real browser: empty ones fit too, a link is judged, a file becomes labels."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.judgements import judge_link
from accounts.models import LinkJudgement
from detection.labels import samples
from detection.labels.reading import read_items
from detection.labels.services import import_labels, preview_labels
from detection.models import Corpus, LabelBatch
from detection.public_text.listings import list_wording
from staff.permissions import Worker
from tests.factories import (
    AccountScoreFactory,
    ApiAccountFactory,
    CampaignFactory,
    CampaignMemberFactory,
    DetectionRunFactory,
    LabelFactory,
    UserFactory,
)
from tests.factories.detection import START
from tests.factories.staff import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "a reason that goes on for a while, names the invoice, the day and the person who looked at it " * 3
OPENING = "You are given a task description and its input. Write a response that completes the request:"


@pytest.fixture
def desk(page: Any) -> Any:
    """The browser, signed in as a lead; what it refuses or stumbles over is kept."""
    person = UserFactory(lead=True)
    page.person, page.faults = person, []
    page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto("/sign-in/")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    return page


def fill(person: Any) -> dict[str, str]:
    """Something of everything; the addresses by name."""
    run, accounts = DetectionRunFactory(), ApiAccountFactory.create_batch(12)
    for number, account in enumerate(accounts):
        AccountScoreFactory(run=run, account=account, flagged=False, n_exchanges=10 * number + 1)
    rows = [{"account_id": f"past-account-{i:04d}", "outcome": "banned", "decided_at": "2026-04-01", "reason": LONG} for i in range(8)]  # fmt: skip
    import_labels(
        delivery=read_items(rows, source="abuse desk"), name="past.csv", source="abuse desk", actor=Worker("w")
    )
    LabelFactory(account=accounts[0], basis="verdict on C-0001", reason=LONG)
    LabelFactory(account=accounts[0], basis="clearance", kind="confirmed", reason=LONG)
    more = [{"account_id": accounts[0].account_id, "outcome": "banned"}, {"account_id": "x", "outcome": "maybe"}]
    batch = preview_labels(delivery=read_items(more, source="s"), name="more.csv", source="s", actor=person)
    sample = samples.draw_audit_sample(n=8, actor=person)
    samples.answer_drawn(drawn=sample.drawn.all()[0], answer="honest", reason=LONG, actor=person)
    names = [account.account_id for account in accounts]
    for one, other, word in ((0, 1, "same_operator"), (1, 2, "same_operator"), (0, 2, "not_same"), (3, 4, "undecided")):
        judge_link(account_id=names[one], other_id=names[other], judgement=word, reason=LONG, actor=person)
    list_wording(text=OPENING, part="opening", reason=LONG, actor=person)
    Corpus.objects.create(name="Bench of legs", licence="MIT", n_items=5_000, imported_by="x", imported_at=START)
    ties = [{"a": names[i], "b": names[i + 1], "field": "payment_fp", "shared_by": 2, "bits": 8.0} for i in range(4)]
    campaign = CampaignFactory(facts={"ties": ties}, ended_at=START + timedelta(days=3))
    CampaignMemberFactory(campaign=campaign, account=accounts[0])
    return {
        **{name: f"/detection/{name}/" for name in ("labels", "samples", "links", "public", "corpora")},
        "delivery": f"/detection/labels/deliveries/{batch.pk}/",
        "sample": f"/detection/samples/{sample.pk}/",
        "link": f"/detection/links/{LinkJudgement.objects.latest('pk').pk}/",
        "ties": f"/detection/links/campaigns/{campaign.code}/",
        "campaign": f"/campaigns/{campaign.code}/",
        "runs": "/detection/",
    }


def fits(desk: Any) -> bool:
    """Whether nothing is wider than the window, on a desk and on a phone."""
    wide = []
    for width in (390, 1440):
        desk.set_viewport_size({"width": width, "height": 900})
        wide.append(desk.evaluate("document.documentElement.scrollWidth > window.innerWidth"))
    return not any(wide)


def test_empty_pages_fit_too(desk: Any) -> None:
    for name in ("labels", "samples", "links", "public", "corpora"):
        desk.goto(f"/detection/{name}/")
        assert fits(desk), name
    assert desk.faults == []


def test_a_link_is_judged_on_the_campaigns_page(desk: Any) -> None:
    addresses = fill(desk.person)
    desk.goto(addresses["campaign"])
    row = desk.locator("#links tbody tr", has_text="not judged").first
    row.locator("summary").click()
    row.locator("select").select_option("not_same")
    row.locator("textarea").fill("Two firms that share an accountant")
    row.get_by_role("button", name="Save the judgement").click()
    desk.get_by_text("The next run reads it.").wait_for()
    desk.locator("#links tbody .chip", has_text="not the same").nth(1).wait_for()  # beside the one that was there
    assert LinkJudgement.objects.latest("pk").reason == "Two firms that share an accountant"


def test_a_file_goes_from_the_chooser_to_labels(desk: Any, tmp_path: Path) -> None:
    file = tmp_path / "past.csv"
    file.write_text("account_id,outcome\na,banned\nb,cleared\nc,perhaps\n")
    desk.goto("/detection/labels/")
    desk.set_input_files("[name=file]", file)
    desk.fill("[name=source]", "abuse desk")
    desk.get_by_role("button", name="Read the file").click()
    desk.get_by_text("Nothing is saved as a label yet").wait_for()
    desk.keyboard.press("t")
    desk.get_by_text("2 new labels, 0 known already.").wait_for()
    assert LabelBatch.objects.get().n_refused == 1
    assert desk.faults == []
