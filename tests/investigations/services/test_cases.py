"""Cases: numbered without a gap, filled from a campaign or a selection, closed only when nothing is under way."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from core.canonical import digest
from core.errors import Conflict
from investigations import services
from investigations.models import Case
from tests.factories import CampaignMemberFactory, FlaggedSessionFactory, SamplePromptFactory


def test_a_case_of_a_campaign_takes_core_and_associates(staff: SimpleNamespace) -> None:
    core = CampaignMemberFactory()
    CampaignMemberFactory(campaign=core.campaign, tier="bystander")
    case = services.open_case(title="Cluster", campaign=core.campaign, actor=staff.ines)
    assert list(case.case_accounts.values_list("account_id", "tier")) == [(core.account_id, "core")]


def test_a_selection_of_one_campaign_names_it(staff: SimpleNamespace) -> None:
    session = FlaggedSessionFactory()
    case = services.open_case(title="Sessions", sessions=[session], actor=staff.ines)
    assert (case.campaign, list(case.accounts.all())) == (session.campaign, [session.account])


def test_an_exhibit_is_frozen_and_holds_no_text(staff: SimpleNamespace, ready_case: Case) -> None:
    sample = SamplePromptFactory(prompt="the secret text")
    exhibit = services.pin_exhibit(
        case=ready_case, kind="sample", ref=str(sample.pk), reason="Typical", actor=staff.ines
    )
    assert exhibit.content_sha256 == digest(exhibit.content)
    assert "secret" not in str(exhibit.content)
    with pytest.raises(Conflict, match="already exhibit 2"):
        services.pin_exhibit(case=ready_case, kind="sample", ref=str(sample.pk), reason="Again", actor=staff.ines)


def test_a_case_with_a_proposal_stays_open(staff: SimpleNamespace, ready_case: Case, propose: Any) -> None:
    decision = propose()
    with pytest.raises(Conflict, match=decision.code):
        services.close_case(case=ready_case, reason="Done", actor=staff.ines)


@pytest.mark.django_db(transaction=True)
def test_codes_have_no_gap_when_many_open_at_once(staff: SimpleNamespace) -> None:
    def opening() -> None:
        services.open_case(title="One of many", actor=staff.ines)
        connection.close()

    threads = [threading.Thread(target=opening) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = sorted(int(code[-4:]) for code in Case.objects.values_list("code", flat=True))
    assert numbers == list(range(1, 9))
