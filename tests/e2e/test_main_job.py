"""The main job on the demo log, as people do it: from gateway files to a case file, in a real browser with real workers."""

from __future__ import annotations

import io
import json
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import ApiAccount
from config.celery import app
from detection.models import Campaign, CampaignMember
from docs.examples.receiver import Receiver
from investigations.models import CaseExport, Decision, FlaggedSession, RunFlagged, SamplePrompt
from staff.services import create_first_people
from tests.support.waiting import wait_for
from traffic.enums import PullState
from traffic.models import Pull, Source

pytestmark = [pytest.mark.e2e, pytest.mark.worker, pytest.mark.django_db(transaction=True)]
SECRET = "a-secret-of-the-test-of-32-letters"
SCALE = 0.25  # some 37,000 exchanges: enough of the demo log that each planted campaign is found whole


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """The provider's control plane, on loopback; the worker learns its address from the environment."""
    server = Receiver(("127.0.0.1", 0), SECRET)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("ENFORCEMENT_WEBHOOK_URL", f"http://127.0.0.1:{server.server_port}/enforce")
    monkeypatch.setenv("ENFORCEMENT_WEBHOOK_SECRET", SECRET)
    yield server
    server.shutdown()


def sweep(task: str, until: Any, what: str, limit_s: float = 420) -> None:
    """Send the sweep that beat would send, each second, until its work is seen to be done."""

    def step() -> Any:
        done = until()
        if not done:
            app.send_task(task)
        return done

    wait_for(step, limit_s, what, every_s=1)


def sign_in(page: Any, username: str, passwords: dict[str, str]) -> None:
    page.context.clear_cookies()
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(passwords[username])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Queue").wait_for()


def press(page: Any, key: str) -> None:
    """A key, once the page's scripts listen."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def pull_and_score(worker_factory: Any) -> None:
    """Demo files through the very same pull, then run, flags and samples, all by a real worker."""
    call_command("demo", with_truth=True, scale=SCALE, stdout=io.StringIO())
    worker_factory()
    sources = Source.objects.count()
    assert sources >= 4
    finished = Pull.objects.filter(state=PullState.FINISHED)
    sweep(
        "traffic.watch_sources", lambda: finished.values("source").distinct().count() == sources, "pulls never finished"
    )
    sweep("detection.score_new_pulls", lambda: Campaign.objects.exists(), "no run found a campaign")
    sampled = RunFlagged.objects.exclude(finished_at=None)
    sweep("investigations.flag_finished_runs", sampled.exists, "the sessions were never flagged and sampled")


def test_from_log_to_case_file(
    page: Any, live_server: Any, settings: Any, receiver: Receiver, worker_factory: Any, tmp_path: Path, var_dir: Path
) -> None:
    settings.ENFORCEMENT_WEBHOOK_URL = f"http://127.0.0.1:{receiver.server_port}/enforce"
    settings.ENFORCEMENT_WEBHOOK_SECRET = SECRET
    passwords = {person.username: person.password for person in create_first_people(actor="test")}
    pull_and_score(worker_factory)
    check_accused(var_dir)
    assert FlaggedSession.objects.exists() and SamplePrompt.objects.exclude(prompt="").exists()
    protected = CampaignMember.objects.filter(account__organisation__verified=True)  # they need an override by name
    campaign = Campaign.objects.exclude(members__in=protected).order_by("n_core", "id").first()
    assert campaign is not None

    # An investigator reads the campaign, opens a case and proposes to suspend.
    sign_in(page, "ines", passwords)
    page.get_by_role("link", name=campaign.code, exact=True).first.click()
    page.get_by_role("heading", name=campaign.code).wait_for()
    page.locator("figure.chart .main-svg").first.wait_for()
    press(page, "c")
    page.locator("#open-case").get_by_label("Why this becomes a case").fill("One job spread over many accounts.")
    page.locator("#open-case").get_by_role("button", name="Open the case").click()
    page.get_by_role("heading", name="CASE-").wait_for()
    case_url = page.url
    press(page, "d")
    page.get_by_label("Action").select_option("suspend")
    page.get_by_label("Policy clause").fill("Terms of use, section 3.2")
    page.get_by_label("Reason", exact=True).fill("Coordinated harvest of training data.")
    page.get_by_label("Benign reading ruled out").fill("One customer with many keys: they present as strangers.")
    page.get_by_role("button", name="Propose").click()
    page.get_by_text("You proposed it, so another person approves or refuses it.").wait_for()
    assert page.locator("[data-dialog=approve]").count() == 0
    decision_url = page.url

    # A lead approves; the worker enforces account by account on the control plane.
    sign_in(page, "leo", passwords)
    page.goto(decision_url)
    press(page, "a")
    page.locator("#approve").get_by_role("button", name="Approve").click()
    decision = Decision.objects.get()
    wait_for(
        lambda: Decision.objects.filter(pk=decision.pk, state="enforced").exists(), 90, "the decision was not enforced"
    )
    page.goto(decision_url)
    page.locator("h1 .chip", has_text="enforced").wait_for()
    decided = ApiAccount.objects.filter(decision_items__decision=decision)
    assert set(decided.values_list("status_decided", flat=True)) == {"suspended"}
    assert decided.count() == decision.n_accounts

    # It is taken back: a reversal is a decision too.
    sign_in(page, "ines", passwords)
    page.goto(decision_url)
    press(page, "u")
    page.locator("#reverse").get_by_label("Reason").fill("The customer proved a licence.")
    page.locator("#reverse").get_by_role("button", name="Propose reversal").click()
    page.get_by_text("to take back").wait_for()
    reversal_url = page.url
    sign_in(page, "leo", passwords)
    page.goto(reversal_url)
    press(page, "a")
    page.locator("#approve").get_by_role("button", name="Approve").click()
    wait_for(lambda: Decision.objects.filter(pk=decision.pk, state="reversed").exists(), 90, "it was not reversed")
    assert not decided.exclude(status_decided__in=("", "active")).exists()

    # Legal writes the case file and checks it with public tools.
    sign_in(page, "lena", passwords)
    page.goto(case_url)
    press(page, "x")
    page.locator("#export").get_by_label("Purpose").fill("Notice to counsel")
    page.locator("#export").get_by_role("button", name="Write").click()
    wait_for(lambda: CaseExport.objects.filter(state="ready").exists(), 120, "the case file was not written")
    page.goto(case_url)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    check_bag(download.value.path(), tmp_path / "bag")
    call_command("verify_audit", stdout=io.StringIO())


def check_accused(var_dir: Path) -> None:
    """The three planted campaigns, each whole, and nobody else; at most one honest account is a lead, which accuses nobody."""
    truth = [json.loads(line) for line in (var_dir / "demo" / "truth.jsonl").read_text().splitlines()]
    planted: dict[str, set[str]] = {}
    for row in truth:
        if row["campaign"]:
            planted.setdefault(row["campaign"], set()).add(row["account_id"])
    accused = CampaignMember.objects.filter(tier__in=("core", "associate"))
    found: dict[str, set[str]] = {}
    for code, account_id in accused.values_list("campaign__code", "account__account_id"):
        found.setdefault(code, set()).add(account_id)
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, planted.values()))
    in_campaigns = FlaggedSession.objects.exclude(campaign=None).values_list("account__account_id", flat=True)
    assert set(in_campaigns) <= set().union(*planted.values())
    leads = set(FlaggedSession.objects.filter(campaign=None).values_list("account__account_id", flat=True))
    assert len(leads.difference(*planted.values())) <= 1


def check_bag(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as bag:
        bag.extractall(folder)
    (root,) = folder.iterdir()
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "-c", "--strict", "--quiet", manifest], cwd=root, check=True)
    assert (root / "data/report/report.pdf").read_bytes().startswith(b"%PDF")
