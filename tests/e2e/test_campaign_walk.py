"""From a campaign to the judgement of a link in its graph, to the reading of an exchange: what the trail then holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import LinkJudgement
from audit.models import AuditEvent
from investigations.models import FlaggedSession
from tests.factories import (
    ApiAccountFactory,
    CampaignFactory,
    CampaignMemberFactory,
    FlaggedSessionFactory,
    SamplePromptFactory,
    SignalReadingFactory,
    StatusChangeFactory,
    TemplateFactory,
    UnitFactory,
    UserFactory,
)
from tests.factories.detection import START
from tests.factories.staff import PASSWORD
from tests.support.lake import daily, fill_lake

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = "<img src=x onerror=\"document.title='run'\">\u202egpj"
PROMPT = f"Answer the question and explain each step: mail jo@example.org {HOSTILE} Then solve it step by step."
REFUSALS = (
    "window.refused = []; document.addEventListener('securitypolicyviolation', e => window.refused.push(e.blockedURI))"
)


@pytest.fixture
def flagged() -> FlaggedSession:
    """A session in a campaign of two accounts that share a card; one of them was closed. Hostile text wherever it can be."""
    template = TemplateFactory(skeleton=f"Answer the question and explain each step: <text> {HOSTILE}")
    one, other = ApiAccountFactory(), ApiAccountFactory(account_id=f"acct {HOSTILE}")
    tie = {"a": one.account_id, "b": other.account_id, "field": "payment_fp", "shared_by": 2, "bits": 7.5}
    campaign = CampaignFactory(name=HOSTILE, n_core=2, facts={"ties": [tie]}, ended_at=START + timedelta(days=10))
    unit = UnitFactory(
        run=campaign.last_run, campaign=campaign, template=template, selector={"columns": {"pre8": ["77"]}}
    )
    SignalReadingFactory(unit=unit, signal="X2", sentence=HOSTILE, benign=HOSTILE, denominator=HOSTILE)
    for account in (one, other):
        CampaignMemberFactory(campaign=campaign, account=account, tied_by=HOSTILE)
    StatusChangeFactory(account=other, occurred_at=START + timedelta(days=4), reason=HOSTILE)
    rows = daily(one.account_id, START, 10, pre8=77, session_ref="a", model=HOSTILE)
    fill_lake(rows + daily(other.account_id, START, 5, pre8=77))
    session: FlaggedSession = FlaggedSessionFactory(
        account=one, campaign=campaign, session_key=f"{one.account_id}#a", reason=HOSTILE, ended_at=campaign.ended_at
    )
    SamplePromptFactory(session=session, prompt=PROMPT, response=HOSTILE)
    return session


def test_judge_a_link_of_the_graph_and_reveal_a_sample(flagged: FlaggedSession, page: Any) -> None:
    person, faults = UserFactory(), []
    page.add_init_script(REFUSALS)
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/sign-in/")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    assert flagged.campaign is not None
    address = f"/campaigns/{flagged.campaign.code}/"
    page.goto(address)
    page.locator("figure[data-drawn]").nth(2).wait_for()
    page.locator("#harvest table").first.wait_for()
    page.locator(".lens").scroll_into_view_if_needed()
    page.locator(".lens-facts").wait_for()
    page.locator("#failover").scroll_into_view_if_needed()
    page.locator("#failover .act").wait_for()
    edge = page.locator("#links a[data-pair]")
    edge.focus()
    page.keyboard.press("Enter")
    page.locator("#links select[name=judgement]").select_option("not_same")
    page.locator("#links textarea[name=reason]").fill("A card of one reseller")
    page.locator("#links").get_by_role("button", name="Save the judgement").click()
    page.locator("#links .chip", has_text="not the same").wait_for()
    judged = LinkJudgement.objects.get()
    assert (judged.judgement, judged.given_by) == ("not_same", person.audit_name)
    assert AuditEvent.objects.filter(action="link.judged", subject=f"link:{judged.pk}").count() == 1
    assert "run" not in page.title() and page.evaluate("window.refused") == []

    page.goto(f"/sessions/{flagged.pk}/")
    page.get_by_label("Reason to read it").fill("to judge the flag")
    page.keyboard.press("Enter")
    page.locator(".sample .pair").wait_for()
    shown = page.locator(".sample .pair pre").first.inner_text()
    assert "jo@example.org" not in shown and "\\u{202E}gpj" in shown and "[e-mail address, 14 characters]" in shown
    assert page.locator(".sample .fixed").count() and page.locator(".sample .tagged").count()
    event = AuditEvent.objects.get(action="sample.revealed")
    assert (event.actor, event.facts["reason"]) == (person.audit_name, "to judge the flag")
    assert "run" not in page.title() and page.evaluate("window.refused") == [] and faults == []
