"""A campaign of 5,000 accounts to an enforced suspension, a refusal and an overturned appeal, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiAccount
from audit.models import AuditEvent
from core.clock import now
from detection.models import Campaign, CampaignMember
from docs.examples.receiver import Receiver
from investigations import services
from investigations.models import Decision, Delivery
from tests.factories import CampaignFactory, people
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.worker, pytest.mark.django_db(transaction=True)]
SECRET = "a-secret-of-the-test-of-32-letters"
N, REFUSED = 5_000, 37


class Stubborn(Receiver):
    """A control plane that does not know some accounts, until it is mended."""

    unknown: frozenset[str] = frozenset()

    def apply(self, key: str, body: dict[str, Any]) -> int:
        return 404 if body["account_id"] in self.unknown else super().apply(key, body)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Stubborn]:
    server = Stubborn(("127.0.0.1", 0), SECRET)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/enforce"
    for name, value in (("ENFORCEMENT_WEBHOOK_URL", address), ("ENFORCEMENT_WEBHOOK_SECRET", SECRET)):
        monkeypatch.setenv(name, value)  # for the worker, which reads the environment
        setattr(settings, name, value)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def team() -> SimpleNamespace:
    return people()


def campaign_of(n: int) -> Campaign:
    found: Campaign = CampaignFactory(n_core=n)
    made = ApiAccount.objects.bulk_create(
        [ApiAccount(account_id=f"pool-{number:05d}", plan="build", country="DE") for number in range(n)]
    )
    CampaignMember.objects.bulk_create(
        [CampaignMember(campaign=found, account=account, tier="core", k=40, n=50) for account in made]
    )
    return found


def sign_in(page: Any, person: Any) -> None:
    """As somebody else, without the form: signing in has tests of its own."""
    client = Client()
    client.force_login(person)
    page.set_default_timeout(60_000)
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": page.live}])


def propose(page: Any, campaign: Campaign, typed: str = "") -> str:
    page.goto(f"/campaigns/{campaign.code}/")
    page.get_by_role("button", name="Propose decision").click()
    page.get_by_label("Action", exact=True).select_option("suspend")
    page.get_by_label("Policy clause").fill("Terms of use, section 3.2")
    page.get_by_label("Reason", exact=True).first.fill("Coordinated harvest of training data.")
    page.get_by_label("Benign reading ruled out").fill("One customer with many keys: they present as strangers.")
    if typed:
        page.get_by_label("Type the action").fill(typed)
    page.get_by_role("button", name="Propose on").click()
    page.get_by_text("You proposed it").wait_for()
    return str(page.url)


def vote(page: Any, person: Any, url: str, button: str) -> None:
    sign_in(page, person)
    page.goto(url)
    page.get_by_text("you judge the evidence yourself").wait_for()
    assert "Coordinated harvest" not in page.content()
    page.get_by_role("button", name=button).first.click()
    dialog = page.locator(f"#{button.lower()}")
    dialog.get_by_label("Reason").fill("I read the exhibits.")
    dialog.get_by_role("button", name=button).click()
    page.wait_for_load_state()


@pytest.fixture(autouse=True)
def live(page: Any, live_server: Any) -> None:
    page.live = live_server.url


def test_five_thousand_accounts_of_which_37_fail_at_first(
    page: Any, team: SimpleNamespace, receiver: Stubborn, worker_factory: Any
) -> None:
    campaign = campaign_of(N)
    receiver.unknown = frozenset(f"pool-{number:05d}" for number in range(0, REFUSED * 100, 100))
    worker_factory()
    sign_in(page, team.ines)
    url = propose(page, campaign, typed=f"suspend {N}")
    decision = Decision.objects.get()
    assert AuditEvent.objects.filter(action="decision_item.proposed").count() == N
    page.get_by_text("two people other than the proposer, one of them a lead").first.wait_for()
    vote(page, team.ivan, url, "Approve")
    page.get_by_text("needs another").wait_for()
    vote(page, team.leo, url, "Approve")
    ended = Decision.objects.filter(pk=decision.pk, state="partly_enforced")
    wait_for(ended.exists, 240, "the enforcement did not end", every_s=1)
    page.goto(f"{url}?result=failed")
    assert page.locator("table[data-rows] tbody tr").count() == REFUSED
    receiver.unknown = frozenset()
    page.get_by_role("button", name="Retry the failed").click()
    wait_for(
        lambda: Decision.objects.filter(pk=decision.pk, state="enforced").exists(),
        60,
        "the retry did not end",
        every_s=1,
    )
    assert len(receiver.applied) == N
    assert set(ApiAccount.objects.values_list("status_decided", flat=True)) == {"suspended"}
    assert Delivery.objects.filter(outcome="taken").count() == N
    page.goto(f"{url}deliveries/?outcome=refused")
    assert page.locator("table[data-rows] tbody tr").count() == REFUSED
    assert "suspended your account" in next(iter(receiver.applied.values()))["statement"]


def test_a_refusal_and_an_overturned_appeal(page: Any, team: SimpleNamespace, receiver: Stubborn) -> None:
    campaign = campaign_of(3)
    sign_in(page, team.ines)
    url = propose(page, campaign)
    vote(page, team.ivan, url, "Refuse")
    page.locator("h1 .chip", has_text="refused").wait_for()
    assert "Coordinated harvest" in page.content()

    sign_in(page, team.ines)
    url = propose(page, campaign)
    decision = Decision.objects.order_by("-pk")[0]
    services.approve_decision(decision=decision, actor=team.leo)
    services.enforce_decision(decision_id=decision.pk)
    page.goto(url)
    page.get_by_role("link", name="appeal", exact=True).first.click()
    page.get_by_label("The customer's words").fill("We teach a course; these are our students.")
    page.get_by_label("Received").fill(f"{now():%Y-%m-%dT00:00}")
    page.get_by_role("button", name="Record the appeal").click()
    page.get_by_text("took part in the decision and cannot judge it").wait_for()
    appeal_url = page.url
    assert page.get_by_role("button", name="Judge it").count() == 0

    sign_in(page, team.ivan)
    page.goto(appeal_url)
    page.get_by_role("button", name="Judge it").click()
    page.get_by_label("Judgement").select_option("yes")
    page.locator("#judge").get_by_label("Reason").fill("The school confirmed it.")
    page.get_by_role("button", name="Save the judgement").click()
    page.locator("h1 .chip", has_text="overturned").wait_for()
    services.enforce_decision(decision_id=Decision.objects.get(appeal__isnull=False).pk)
    assert ApiAccount.objects.filter(status_decided="").count() == 1
    page.goto(f"{url}?result=reversed")
    assert page.locator("table[data-rows] tbody tr").count() == 1
