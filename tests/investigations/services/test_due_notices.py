"""What is due is told once soon before the day and once past it, by each person's own calendar, and again for a new day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from investigations import services
from investigations.models import QueueItem
from investigations.services.access import restrict_case
from investigations.services.due_notices import tell_what_is_due
from staff.models import Notice
from tests.factories import CampaignFactory, CaseFactory, FlaggedSessionFactory

pytestmark = pytest.mark.django_db
DAY = date(2027, 3, 10)


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat(f"{moment}+00:00"))


def test_days_are_told_by_each_persons_own_calendar(staff: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    staff.ivan.time_zone = "Pacific/Auckland"  # 13 hours before UTC
    staff.ivan.save()
    case = CaseFactory(owner=staff.ines, due_on=DAY)
    at(monkeypatch, "2027-03-01T12:00")
    given = {"case": case, "text": "Ask", "due_on": DAY, "actor": staff.ines}
    task = services.add_task(assignee=staff.ivan, **given)
    services.finish_task(task=services.add_task(assignee=staff.ivan, **given), actor=staff.ivan)
    assert tell_what_is_due() == 0
    at(monkeypatch, "2027-03-08T12:00")  # the 9th in Auckland
    assert tell_what_is_due() == 1 and tell_what_is_due() == 0
    assert list(Notice.objects.filter(kind="due_soon").values_list("person__username", "path")) == [
        ("ivan", f"/cases/{case.code}/#task-{task.pk}")
    ]
    at(monkeypatch, "2027-03-10T12:00")  # the 11th in Auckland
    tell_what_is_due()
    assert set(Notice.objects.values_list("person__username", "kind").exclude(kind="assigned")) == {
        ("ivan", "due_soon"), ("ivan", "overdue"), ("ines", "due_soon"),
    }  # fmt: skip
    services.set_due(case=case, due_on=DAY + timedelta(days=1), reason="Counsel is away", actor=staff.ines)
    assert tell_what_is_due() == 1, "a new day is a new occasion"


def test_items_in_a_persons_hands_are_told_and_what_she_switched_off_is_not(staff: SimpleNamespace) -> None:
    flag = FlaggedSessionFactory(campaign=None, run=None)
    account, free = QueueItem.objects.get(account=flag.account), FlaggedSessionFactory(campaign=None, run=None)
    campaign = CampaignFactory()
    services.claim_item(item=account, actor=staff.ines)
    services.claim_campaign(campaign=campaign, actor=staff.ines)
    QueueItem.objects.filter(account=free.account).update(due_at=timezone.now() - timedelta(hours=1))
    QueueItem.objects.filter(pk=account.pk).update(due_at=timezone.now() - timedelta(hours=1))
    QueueItem.objects.filter(campaign=campaign).update(due_at=timezone.now() + timedelta(hours=3))
    assert tell_what_is_due() == 2
    assert set(Notice.objects.values_list("person__username", "kind", "subject")) == {
        ("ines", "overdue", str(flag)), ("ines", "due_soon", campaign.code),
    }  # fmt: skip
    Notice.objects.all().delete()
    staff.ines.notices_off = ["overdue:desk", "overdue:mail", "due_soon:desk", "due_soon:mail"]
    staff.ines.save()
    tell_what_is_due()
    assert not Notice.objects.exists()


def test_a_restricted_case_tells_nobody_who_is_not_named(staff: SimpleNamespace) -> None:
    case = CaseFactory(owner=staff.ivan, due_on=timezone.localdate())
    services.add_task(case=case, text="Ask", due_on=timezone.localdate(), assignee=staff.ines, actor=staff.ivan)
    restrict_case(case=case, people=[], reason="A partner is named", actor=staff.ivan)
    tell_what_is_due()
    assert set(Notice.objects.exclude(kind="assigned").values_list("person__username", flat=True)) == {"ivan"}
