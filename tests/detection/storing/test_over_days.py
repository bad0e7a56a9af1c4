"""The planted campaign through several days of real analyses: found, grown, silent, back again."""

from __future__ import annotations

import numpy as np
import pytest

from detection.models import Campaign, CampaignChange, DetectionRun
from detection.storing import store_analysis
from tests.detection.analysis.test_pipeline import analysed, small_log
from tests.factories import DetectionRunFactory

pytestmark = pytest.mark.django_db


def test_the_planted_campaign_keeps_its_id_while_it_grows_falls_silent_and_returns() -> None:
    rows, accounts = small_log()
    late = [f"a{i}" for i in range(247, 250)]
    planted = [f"a{i}" for i in range(240, 250)]

    def day(hidden: list[str]) -> DetectionRun:
        run: DetectionRun = DetectionRunFactory()
        seen = rows[~np.isin(rows["account_id"], hidden)]
        store_analysis(run, analysed(seen, accounts), {})
        return run

    day(late)
    second = day([])
    silent = day(planted)
    back = day([])
    campaign = Campaign.objects.get()
    told = CampaignChange.objects.order_by("id").values_list("kind", "n_accounts", "accounts")
    assert list(told)[:2] == [("opened", 7, planted[:7]), ("grew", 3, late)]
    assert [kind for kind, _, _ in told if kind != "level"] == ["opened", "grew", "not_found", "found_again"]
    assert CampaignChange.objects.get(kind="not_found").run == silent
    assert (campaign.last_run, campaign.not_found_run) == (back, None)
    assert second.campaign_changes.filter(kind="grew").exists()
