"""Review: one holder an item, verdicts become labels, reading leaves a trace."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from audit.models import AuditEvent
from core.errors import Conflict, InvalidInput, NotAllowed
from detection.models import Label
from investigations import services
from tests.factories import CampaignMemberFactory, FlaggedSessionFactory, SamplePromptFactory

KINDS = [
    ("true_positive", ["confirmed"]),
    ("benign_positive", ["cleared"]),
    ("false_positive", ["cleared"]),
    ("undetermined", []),
]


def labels() -> list[str]:
    return list(Label.objects.filter(withdrawn_at=None).order_by("id").values_list("kind", flat=True))


@pytest.mark.parametrize(("verdict", "kinds"), KINDS)
def test_a_verdict_becomes_a_label(staff: SimpleNamespace, verdict: str, kinds: list[str]) -> None:
    session = FlaggedSessionFactory()
    services.set_verdict(session=session, verdict=verdict, reason="Read the samples", actor=staff.ines)
    assert labels() == kinds
    session.refresh_from_db()
    assert (session.verdict, session.verdict_by, session.strength) == (verdict, staff.ines, 5.0)


def test_a_changed_verdict_withdraws_the_label(staff: SimpleNamespace) -> None:
    session = FlaggedSessionFactory()
    services.set_verdict(session=session, verdict="true_positive", reason="Harvest", actor=staff.ines)
    services.set_verdict(session=session, verdict="benign_positive", reason="A class", actor=staff.ines)
    assert labels() == ["cleared"]
    with pytest.raises(Conflict, match="benign positive"):
        services.set_verdict(session=session, verdict="true_positive", reason="Late", actor=staff.ivan, expected="")


def test_two_people_never_hold_one_item(staff: SimpleNamespace) -> None:
    held, free = FlaggedSessionFactory.create_batch(2)
    services.claim_sessions(sessions=[held], actor=staff.ines)
    with pytest.raises(Conflict, match="Ines|Pat"):
        services.claim_sessions(sessions=[free, held], actor=staff.ivan)
    free.refresh_from_db()
    assert free.assignee is None
    with pytest.raises(NotAllowed):
        services.release_sessions(sessions=[held], actor=staff.ivan)
    services.assign_sessions(sessions=[held], assignee=staff.ivan, actor=staff.leo)
    assert [notice.words for notice in staff.ivan.notices.all()] == [f"You were given {held}"]
    with pytest.raises(InvalidInput, match="assignee"):
        services.assign_sessions(sessions=[held], assignee=staff.lena, actor=staff.leo)


def test_bulk_verdict_writes_one_event_each(staff: SimpleNamespace) -> None:
    sessions = FlaggedSessionFactory.create_batch(7)
    assert (
        services.set_verdict_many(sessions=sessions, verdict="false_positive", reason="A demo", actor=staff.ines) == 7
    )
    assert AuditEvent.objects.filter(action="verdict.given").values("subject").distinct().count() == 7
    assert labels() == ["cleared"] * 7


def test_campaign_verdict_labels_core_and_associate(staff: SimpleNamespace) -> None:
    core = CampaignMemberFactory()
    CampaignMemberFactory(campaign=core.campaign, tier="bystander")
    services.set_campaign_verdict(campaign=core.campaign, verdict="true_positive", reason="Clear", actor=staff.ines)
    assert list(Label.objects.values_list("account_id", "kind")) == [(core.account_id, "confirmed")]


def test_a_reveal_takes_a_reason_and_leaves_an_event(staff: SimpleNamespace) -> None:
    sample = SamplePromptFactory(prompt="the secret text")
    with pytest.raises(InvalidInput, match="reason"):
        services.reveal_sample(sample=sample, reason="", actor=staff.ines)
    with pytest.raises(NotAllowed):
        services.reveal_sample(sample=sample, reason="Curious", actor=staff.otto)
    assert services.reveal_sample(sample=sample, reason="To judge it", actor=staff.ines).prompt == "the secret text"
    event = AuditEvent.objects.get(action="sample.revealed")
    assert event.facts["reason"] == "To judge it"
    assert "secret" not in event.payload
