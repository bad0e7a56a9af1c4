"""The campaign page and its fragments: constant queries, members by filter, harvest, failover, hostile text."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from detection.models import Campaign
from tests.factories import (
    ApiAccountFactory,
    CampaignFactory,
    CampaignMemberFactory,
    CaseFactory,
    DecisionFactory,
    DecisionItemFactory,
    ListPriceFactory,
    OrganisationFactory,
    RivalExplanationFactory,
    SignalReadingFactory,
    TemplateFactory,
    UnitFactory,
    UserFactory,
)
from tests.factories.detection import START
from tests.support.lake import daily, exchange, fill_lake

HOSTILE = "<script>alert(1)</script>\u202egpj\x1b[31m"
HIDDEN = re.compile(r'<input type="hidden"[^>]*>')


@pytest.fixture
def campaign(db: None) -> Campaign:
    made: Campaign = CampaignFactory(n_core=1, n_associate=1, ended_at=START + timedelta(days=9))
    unit = UnitFactory(run=made.last_run, campaign=made, selector={"columns": {"pre8": ["77"]}})
    SignalReadingFactory(unit=unit, signal="X2")
    RivalExplanationFactory(unit=unit, finding="open")
    CampaignMemberFactory(campaign=made, tier="core")
    CampaignMemberFactory(campaign=made, tier="associate")
    return made


@pytest.mark.parametrize("n", [1, 3])
def test_query_counts_do_not_grow(client: Client, n: int, db: None) -> None:
    made = CampaignFactory()
    units = UnitFactory.create_batch(n, run=made.last_run, campaign=made, selector={"columns": {"pre8": ["77"]}})
    for unit in units:
        SignalReadingFactory(unit=unit)
        RivalExplanationFactory(unit=unit)
    members = CampaignMemberFactory.create_batch(n, campaign=made)
    DecisionItemFactory.create_batch(n, account=members[0].account, state="done", done_at=START)
    fill_lake(daily(members[0].account.account_id, START, 2, pre8=77))
    client.force_login(UserFactory())
    client.get("/search/")
    counts = {}
    for path in ("", "harvest/", "failover/"):
        client.get(f"/campaigns/{made.code}/{path}")  # what the lake says is kept
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/campaigns/{made.code}/{path}").status_code == 200
        counts[path] = len(asked)
    assert counts == {"": 9, "harvest/": 8, "failover/": 10}


def test_three_sentences_of_fact_carry_their_doubt(client: Client, campaign: Campaign) -> None:
    client.force_login(UserFactory())
    sentences = client.get(f"/campaigns/{campaign.code}/").context["facts"].sentences
    assert len(sentences) == 3
    assert "2 accounts that present themselves as" in sentences[0] and "are active" in sentences[1]
    assert "by chance alone" in sentences[2]
    assert "1 of 1 innocent explanation is not contradicted (One customer with many keys)" in sentences[2]


def test_members_by_filter_and_what_all_that_match_means(client: Client, campaign: Campaign) -> None:
    shown = CampaignMemberFactory(
        campaign=campaign, tier="bystander", account=ApiAccountFactory(organisation=OrganisationFactory(name="Harbour"))
    )
    client.force_login(UserFactory())

    def page(query: str) -> Any:
        return client.get(f"/campaigns/{campaign.code}/?{query}").context

    assert page("text=harb")["members"].items == [shown] and page("text=harb")["n_matching"] == 0
    assert page("")["n_matching"] == 2 and page("tier=bystander")["n_matching"] == 1
    assert page("status=suspended")["members"].items == []
    for query in ("tier=guilty", "status=jailed", "after=zzz"):
        assert client.get(f"/campaigns/{campaign.code}/?{query}").status_code == 422, query


def test_the_harvest_is_a_range_with_what_each_end_assumes(client: Client, campaign: Campaign) -> None:
    core, associate = (member.account.account_id for member in campaign.members.order_by("pk"))
    rows = daily(core, START, 4, pre8=77) + daily(associate, START, 2, pre8=77)
    rows += [exchange(core, 90, START, pre8=77, n_output_tokens=None), exchange(core, 91, START, pre8=1)]
    fill_lake(rows)
    ListPriceFactory(model="model-1", valid_from=(START - timedelta(days=1)).date(), output_usd_per_mtok=10)
    ListPriceFactory(model="model-1", valid_from=(START + timedelta(days=2)).date(), output_usd_per_mtok=20)
    client.force_login(UserFactory())
    found = client.get(f"/campaigns/{campaign.code}/harvest/").context["harvest"]
    assert (found.exchanges.low, found.exchanges.middle, found.exchanges.high) == (5, 7, 8)
    assert (found.tokens.low, found.tokens.middle) == (400, 700) and found.unknown == 1
    assert found.tokens.high > found.tokens.middle
    assert (found.usd.low, found.usd.middle) == (pytest.approx(0.004), pytest.approx(0.014))


def test_failover_tells_displaced_from_stopped(client: Client, campaign: Campaign) -> None:
    """Ten exchanges before the act; six from a newcomer and one of its own after it: 60 % displaced, 30 % stopped."""
    at = START + timedelta(days=5)
    stopped = campaign.members.get(tier="core").account
    decision = DecisionFactory(case=CaseFactory(campaign=campaign), state="enforced", enforced_at=at)
    DecisionItemFactory(decision=decision, account=stopped, state="done", done_at=at)
    before = [exchange(stopped.account_id, n, at - timedelta(hours=n + 1), pre8=77) for n in range(10)]
    after = [exchange("acct-new", n, at + timedelta(hours=n + 2), pre8=77) for n in range(6)]
    late = [exchange("acct-new", 50, at + timedelta(days=3), pre8=77)]
    fill_lake([*before, *after, *late, exchange(stopped.account_id, 70, at + timedelta(minutes=1), pre8=77)])
    client.force_login(UserFactory())
    view = client.get(f"/campaigns/{campaign.code}/failover/?hours=24").context["view"]
    (result,) = view.acts
    found = result.found
    assert (found.before, found.displaced, found.still, found.stopped) == (10, 6, 1, 3)
    assert [(taker.account_id, taker.new, taker.hours) for taker, _ in result.takers] == [("acct-new", True, 2.0)]
    assert result.act.code == decision.code and result.complete
    refused = client.get(f"/campaigns/{campaign.code}/failover/?hours=5")
    assert refused.status_code == 422 and "6, 24, 72, 168" in refused.content.decode()


def test_hostile_text_is_inert_in_every_part(client: Client, campaign: Campaign) -> None:
    template = TemplateFactory(skeleton=f"Say {HOSTILE} <text>", public_reason=HOSTILE)
    unit = UnitFactory(
        run=campaign.last_run, campaign=campaign, template=template, gate_p=0.0, selector={"columns": {"pre8": ["77"]}}
    )
    SignalReadingFactory(unit=unit, sentence=HOSTILE, benign=HOSTILE, reference=HOSTILE, denominator=HOSTILE)
    RivalExplanationFactory(unit=unit, story=HOSTILE, because=HOSTILE)
    account = ApiAccountFactory(account_id=HOSTILE, organisation=OrganisationFactory(name=HOSTILE), plan=HOSTILE)
    CampaignMemberFactory(campaign=campaign, account=account, tied_by=HOSTILE)
    fill_lake(daily(HOSTILE, START, 3, pre8=77, model=HOSTILE, endpoint=HOSTILE, skeleton_h=5, slot_h=6))
    other = campaign.members.first()
    assert other is not None
    tie = {"a": HOSTILE, "b": other.account.account_id, "field": HOSTILE, "shared_by": 2, "bits": 3.0}
    Campaign.objects.filter(pk=campaign.pk).update(name=HOSTILE, facts={"ties": [tie]})
    client.force_login(UserFactory())
    for path in (
        f"campaigns/{campaign.code}/",
        f"campaigns/{campaign.code}/harvest/",
        f"detection/links/campaigns/{campaign.code}/",
        f"templates/{template.pk}/lens/",
        f"templates/{template.pk}/lens/?campaign={campaign.code}",
        f"templates/{template.pk}/",
    ):
        answer = client.get(f"/{path}")
        page = HIDDEN.sub("", answer.content.decode())  # a form's hidden value is the id itself and is never shown
        assert answer.status_code == 200, path
        assert "<script>alert" not in page and "\u202e" not in page and "\x1b" not in page, path
