"""Erasure requests: carried out to the last copy, or refused on the ground of a hold with a day to ask again."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from django.test import Client

from audit.models import AuditEvent, ErasureRequest
from audit.services import record
from audit.verifying import verify_all
from core.errors import Conflict
from investigations.models import SamplePrompt
from investigations.services import erasure, holds
from tests.factories import CaseAccountFactory, SamplePromptFactory
from tests.factories import people as make_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> SimpleNamespace:
    return make_people()


def test_a_request_on_held_data_is_a_recorded_refusal(client: Client, people: SimpleNamespace) -> None:
    sample = SamplePromptFactory()
    account = sample.session.account
    why = {"reason": "Claim expected", "basis": "Art. 17(3)(e) GDPR", "review_on": date(2199, 1, 1)}
    holds.request_account_hold(account=account, actor=people.lena, **why)
    client.force_login(people.lena)
    client.post("/holds/erasure/", {"name": account.account_id, "reference": "Letter of 3 November"})
    answer = ErasureRequest.objects.get()
    assert (answer.refused, answer.hold, answer.basis) == (True, "H-000001", "Art. 17(3)(e) GDPR")
    assert answer.review_on == date(2199, 1, 1) and SamplePrompt.objects.count() == 1
    assert AuditEvent.objects.get(action="erasure.refused").facts["hold"] == "H-000001"
    page = client.get("/holds/").content.decode()
    assert "refused: H-000001" in page and "Letter of 3 November" in page


def test_a_request_off_hold_leaves_nothing_but_a_whole_chain(people: SimpleNamespace) -> None:
    sample, other = SamplePromptFactory(), SamplePromptFactory()
    account = sample.session.account
    record(actor=people.ines, action="account.tagged", subject=f"account:{account.account_id}", tag="secret of theirs")
    record(actor=people.ines, action="sample.revealed", subject=f"sample:{sample.pk}", reason="secret of theirs")
    answer = erasure.answer_erasure_request(account=account, reference="Letter", actor=people.lena)
    assert (answer.counts["n_samples"], answer.counts["n_payloads"], answer.refused) == (1, 2, False)
    assert list(SamplePrompt.objects.all()) == [other]
    assert not AuditEvent.objects.filter(payload__contains="secret of theirs").exists()
    assert account.account_id not in answer.subject and verify_all().faults == ()


def test_evidence_of_a_case_is_not_erased_on_the_side(people: SimpleNamespace) -> None:
    account = CaseAccountFactory().account
    with pytest.raises(Conflict, match="is evidence in CASE-"):
        erasure.answer_erasure_request(account=account, reference="Letter", actor=people.lena)


def test_retention_is_off_until_somebody_sets_it(settings: object) -> None:
    assert erasure.erase_what_is_due() == {}
    settings.LAKE_RETENTION_DAYS, settings.RAW_RETENTION_DAYS = 30, 60  # type: ignore[attr-defined]
    assert set(erasure.erase_what_is_due()) == {"exchanges", "raw"}
