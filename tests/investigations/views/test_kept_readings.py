"""Harvest, failover and lens are read from the lake once, and again as soon as anything that they depend on has changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client

from detection.models import Campaign
from tests.factories import (
    CampaignFactory,
    CampaignMemberFactory,
    CaseFactory,
    DecisionFactory,
    DecisionItemFactory,
    TemplateFactory,
    UnitFactory,
    UserFactory,
)
from tests.factories.detection import START
from tests.support.lake import daily, exchange, fill_lake
from traffic import kept, lake
from traffic.models import LakeFile, LakeReading
from traffic.schema import EXCHANGES

pytestmark = pytest.mark.django_db
AT = START + timedelta(days=5)


@pytest.fixture
def campaign() -> Campaign:
    made: Campaign = CampaignFactory(n_core=1, n_associate=1, ended_at=START + timedelta(days=9))
    template = TemplateFactory()
    UnitFactory(run=made.last_run, campaign=made, template=template, selector={"columns": {"pre8": ["77"]}})
    core = CampaignMemberFactory(campaign=made, tier="core").account
    decision = DecisionFactory(case=CaseFactory(campaign=made), state="enforced", enforced_at=AT)
    DecisionItemFactory(decision=decision, account=core, state="done", done_at=AT)
    rows = daily(core.account_id, START, 4, pre8=77, skeleton_h=5)
    fill_lake(rows + [exchange(core.account_id, 60, AT - timedelta(hours=1), pre8=77, skeleton_h=5)])
    return made


class Desk:
    """The three figures as pages show them, and how often the lake was read for them."""

    def __init__(self, client: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
        client.force_login(UserFactory())
        self.client, self.campaign, self.n_read = client, campaign, 0
        connect = lake.Lake.__init__

        def counted(this: lake.Lake, *given: Any) -> None:
            self.n_read += 1
            connect(this, *given)

        monkeypatch.setattr(lake.Lake, "__init__", counted)

    def figures(self) -> tuple[Any, ...]:
        """Exchanges harvested, displaced ones, exchanges and other senders of the template; `n_read` counts anew."""
        self.n_read, code = 0, self.campaign.code
        template = self.campaign.units.get().template_id
        harvest = self.client.get(f"/campaigns/{code}/harvest/").context["harvest"]
        (act,) = self.client.get(f"/campaigns/{code}/failover/?hours=24").context["view"].acts
        lens = self.client.get(f"/templates/{template}/lens/?campaign={code}").context["lens"]
        return harvest.exchanges.middle, act.found.displaced, lens.n_exchanges, lens.n_others


def test_the_second_view_reads_nothing_and_no_change_goes_unseen(
    client: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(client, campaign, monkeypatch)
    assert desk.figures() == (5, 0, 5, 0) and desk.n_read == 3
    assert desk.figures() == (5, 0, 5, 0) and desk.n_read == 0, "kept"

    fill_lake([exchange("acct-late", n, AT + timedelta(hours=n), pre8=77, skeleton_h=5) for n in range(1, 3)])
    assert desk.figures() == (5, 1, 7, 1) and desk.n_read == 3, "late exchanges inside the windows"
    fill_lake([exchange("acct-late", 9, START + timedelta(days=300), pre8=77)])
    assert desk.figures() == (5, 1, 7, 1) and desk.n_read == 0, "what comes in outside the windows changes nothing"

    joined = CampaignMemberFactory(campaign=campaign, tier="associate")
    joined.account.account_id = "acct-late"
    joined.account.save()
    assert desk.figures() == (7, 1, 7, 0) and desk.n_read == 1, "the harvest alone is summed by member"
    unit = campaign.units.get()
    unit.selector = {"columns": {"pre8": ["78"]}}
    unit.save()
    assert desk.figures()[0] == 0 and desk.n_read == 3, "a run that cut the units anew"
    unit.selector = {"columns": {"pre8": ["77"]}}
    unit.save()
    desk.figures()
    campaign.cases.get().decisions.get().items.update(done_at=AT - timedelta(days=1))
    desk.figures()
    assert desk.n_read == 1, "another moment of enforcement"
    assert LakeReading.objects.count() == 3, "one row a reading, however often it changed"


def test_an_erasure_leaves_nothing_that_was_read_before(
    client: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(client, campaign, monkeypatch)
    desk.figures()
    file = LakeFile.objects.order_by("pk").first()
    assert file is not None and LakeReading.objects.count() == 3
    file.delete()
    assert not LakeReading.objects.exists()
    assert desk.figures()[0] == 4

    def erased_while_read() -> int:
        gone = LakeFile.objects.order_by("pk").first()
        assert gone is not None
        fresh = lake.write_again(gone, pa.Table.from_pylist([exchange("other", 1, START)], schema=EXCHANGES))
        LakeFile.objects.filter(pk=gone.pk).update(path=fresh.path, sha256=fresh.sha256)
        return 1

    LakeReading.objects.all().delete()
    given = {"about": "harvest:C-X", "version": 1, "start": None, "end": None, "inputs": {}}
    assert kept.kept_reading(**given, read=erased_while_read) == 1
    assert not LakeReading.objects.exists(), "what was read while somebody erased is shown once and not kept"
