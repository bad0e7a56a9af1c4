"""The queue's rows follow what they are made of; one holder an item; what is set aside comes back when it must."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import AuditEvent
from core.clock import now
from core.errors import Conflict, DomainError, InvalidInput, NotAllowed
from detection.models import Campaign
from investigations import services
from investigations.models import FlaggedSession, QueueItem
from tests.factories import (
    ApiAccountFactory,
    CampaignFactory,
    CampaignMemberFactory,
    FlaggedSessionFactory,
    OrganisationFactory,
    UnitFactory,
    UserFactory,
)

FIGURES = ("kind", "is_open", "strength", "n_accounts", "n_sessions", "n_exchanges", "assignee")


def figures(**which: Any) -> dict[str, Any]:
    return QueueItem.objects.values(*FIGURES).get(**which)


def test_an_accounts_open_sessions_are_one_item(staff: SimpleNamespace) -> None:
    account = ApiAccountFactory()
    weak, strong = (FlaggedSessionFactory(account=account, campaign=None, run=None, strength=s) for s in (1.0, 3.0))
    one = {"kind": "lead", "is_open": True, "strength": 3.0, "n_accounts": 1, "n_sessions": 2, "n_exchanges": 20}
    assert figures(account=account) == one | {"assignee": None}
    services.claim_sessions(sessions=[weak, strong], actor=staff.ines)
    services.set_verdict(session=strong, verdict="undetermined", reason="Unclear", actor=staff.ines)
    left = one | {"strength": 1.0, "n_sessions": 1, "n_exchanges": 10, "assignee": staff.ines.pk}
    assert figures(account=account) == left
    services.set_verdict(session=weak, verdict="undetermined", reason="Unclear", actor=staff.ines)
    assert figures(account=account)["is_open"] is False
    FlaggedSessionFactory(account=account, strength=2.0)
    again = figures(account=account)
    assert (again["kind"], again["is_open"], again["strength"]) == ("account", True, 2.0)


def test_campaigns_and_proposals_are_items_until_they_are_settled(staff: SimpleNamespace, propose: Any) -> None:
    decision = propose()
    campaign = decision.case.campaign
    assert figures(decision=decision) | {"n_accounts": 3} == figures(decision=decision)
    assert figures(campaign=campaign)["n_accounts"] == campaign.n_core + campaign.n_associate
    services.refuse_decision(decision=decision, actor=staff.leo, reason="Too thin")
    assert figures(decision=decision)["is_open"] is False
    services.set_campaign_verdict(campaign=campaign, verdict="true_positive", reason="Plain", actor=staff.ines)
    assert figures(campaign=campaign)["is_open"] is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("whole", [True, False])
def test_eight_people_claim_at_once_and_one_holds_it(staff: SimpleNamespace, whole: bool) -> None:
    """Claiming the account as one item, or each a session of it of their own: one person holds the account."""
    account = ApiAccountFactory()
    sessions = FlaggedSessionFactory.create_batch(8, account=account)
    people = UserFactory.create_batch(8)
    item = QueueItem.objects.select_related("campaign", "account").get(account=account)
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def claim(number: int) -> None:
        start.wait()
        try:
            if whole:
                services.claim_item(item=item, actor=people[number])
            else:
                services.claim_sessions(sessions=[sessions[number]], actor=people[number])
            outcomes.append("won")
        except DomainError as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"won": 1, "Conflict": 7}
    assert len(set(FlaggedSession.objects.exclude(assignee=None).values_list("assignee", flat=True))) == 1


@pytest.mark.django_db(transaction=True)
def test_verdicts_given_at_once_leave_a_true_count(staff: SimpleNamespace) -> None:
    account = ApiAccountFactory()
    sessions = FlaggedSessionFactory.create_batch(9, account=account)
    start = threading.Barrier(8)

    def judge(session: FlaggedSession) -> None:
        start.wait()
        services.set_verdict(session=session, verdict="undetermined", reason="Unclear", actor=staff.ines)
        connection.close()

    threads = [threading.Thread(target=judge, args=(session,)) for session in sessions[:8]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert figures(account=account)["n_sessions"] == 1


def test_a_claim_runs_out_and_what_a_lead_gives_does_not(staff: SimpleNamespace) -> None:
    claimed, given = FlaggedSessionFactory.create_batch(2)
    campaign = claimed.campaign
    services.claim_sessions(sessions=[claimed], actor=staff.ines)
    services.claim_campaign(campaign=campaign, actor=staff.ines)
    services.assign_sessions(sessions=[given], assignee=staff.ines, actor=staff.leo)
    with pytest.raises(Conflict, match="until"):
        services.claim_sessions(sessions=[claimed], actor=staff.ivan)
    assert services.end_expired_claims() == 0
    for rows in (FlaggedSession.objects.filter(pk=claimed.pk), type(campaign.review).objects.all()):
        rows.update(claim_until=now() - timedelta(seconds=1))
    services.claim_sessions(sessions=[claimed], actor=staff.ivan)
    assert services.end_expired_claims() == 1, "the campaign; the session has a new holder"
    assert figures(account=claimed.account)["assignee"] == staff.ivan.pk
    assert figures(account=given.account)["assignee"] == staff.ines.pk
    assert AuditEvent.objects.filter(action="claim.ended").count() == 1


def test_a_group_verdict_is_for_what_was_seen(staff: SimpleNamespace) -> None:
    account = ApiAccountFactory()
    seen = FlaggedSessionFactory.create_batch(3, account=account)
    item = QueueItem.objects.get(account=account)
    late = FlaggedSessionFactory(account=account)
    given = {"item": item, "verdict": "benign_positive", "reason": "A class", "up_to": seen[-1].pk, "actor": staff.ines}
    with pytest.raises(Conflict, match="look again"):
        services.set_group_verdict(n=2, **given)
    assert services.set_group_verdict(n=3, **given) == 3
    assert list(FlaggedSession.objects.filter(verdict="")) == [late]
    assert AuditEvent.objects.filter(action="verdict.given").count() == 3


# --- Snoozes ------------------------------------------------------------------------------------------------------------


def snooze(staff: SimpleNamespace, pattern: str, value: str, hours: int = 24) -> Any:
    return services.make_snooze(pattern=pattern, value=value, hours=hours, reason="Known", actor=staff.ines)


def hidden() -> set[str]:
    return {str(item) for item in QueueItem.objects.filter(snoozed_until__gt=now())}


def provisional(**changes: Any) -> Campaign:
    return CampaignFactory(**{"level": "provisional", "n_core": 2, "n_associate": 0} | changes)


def test_each_pattern_hides_what_shows_it_and_nothing_else(staff: SimpleNamespace) -> None:
    school = OrganisationFactory()
    pupil, stranger = ApiAccountFactory(organisation=school), ApiAccountFactory()
    campaign, other = provisional(), provisional()
    CampaignMemberFactory(campaign=campaign, account=pupil)
    unit = UnitFactory(run=campaign.last_run, campaign=campaign)
    FlaggedSessionFactory(account=pupil, campaign=campaign, asn=64500, rule="campaign")
    FlaggedSessionFactory(account=stranger, campaign=None, run=None, asn=64501, rule="outside score abuse")
    everything = {
        "account": (pupil.account_id, {str(pupil)}),
        "organisation": (school.name, {str(pupil), campaign.code}),
        "campaign": (campaign.code.lower(), {str(pupil), campaign.code}),
        "template": (str(unit.template), {str(pupil), campaign.code}),
        "network": ("AS64501", {str(stranger)}),
        "rule": ("outside score abuse", {str(stranger)}),
    }
    for pattern, (value, expected) in everything.items():
        made = snooze(staff, pattern, value)
        assert hidden() == expected, pattern
        services.lift_snooze(snooze=made, actor=staff.ivan)
        assert hidden() == set()
    assert other.code not in hidden()


def test_a_snooze_never_hides_what_grew_or_became_certified(staff: SimpleNamespace) -> None:
    grows, rises = provisional(), provisional()
    member = FlaggedSessionFactory(account=ApiAccountFactory(), campaign=rises)
    for campaign in (grows, rises):
        snooze(staff, "campaign", campaign.code)
    assert hidden() == {grows.code, rises.code, str(member.account)}
    Campaign.objects.filter(pk=grows.pk).update(n_core=3)
    Campaign.objects.filter(pk=rises.pk).update(level="certified")
    assert services.renew_snoozes() == 0, "what outgrew a snooze is not hidden by it again"
    assert hidden() == set()
    assert QueueItem.objects.get(campaign=grows).resurfaced_why == "it grew from 2 to 3 accounts"
    assert QueueItem.objects.get(campaign=rises).resurfaced_why == "it became certified"
    with pytest.raises(Conflict, match="certified"):
        snooze(staff, "campaign", rises.code)


def test_a_snooze_ends_by_itself_and_takes_in_what_comes_meanwhile(staff: SimpleNamespace) -> None:
    account = ApiAccountFactory()
    made = snooze(staff, "account", account.account_id, hours=1)
    FlaggedSessionFactory(account=account, campaign=None, run=None)
    assert hidden() == set() and services.renew_snoozes() == 1 and hidden() == {str(account)}
    with pytest.raises(Conflict, match="snoozed"):
        snooze(staff, "account", account.account_id)
    FlaggedSessionFactory(account=account, campaign=provisional(code="C-7777"))
    assert hidden() == set(), "a lead that joins a campaign is another matter"
    type(made).objects.update(until=now())
    assert services.end_expired_snoozes() == 1
    assert snooze(staff, "account", account.account_id).is_running


@pytest.mark.parametrize(
    ("argument", "pattern", "value", "hours"),
    [
        ("pattern", "colour", "blue", 24),
        ("value", "account", "nobody", 24),
        ("value", "network", "10.0.0.0/8", 24),
        ("hours", "network", "64500", 0),
        ("hours", "network", "64500", 2161),
    ],
)
def test_what_is_no_pattern_or_no_time_is_refused(
    staff: SimpleNamespace, argument: str, pattern: str, value: str, hours: int
) -> None:
    with pytest.raises(InvalidInput, match=argument):
        snooze(staff, pattern, value, hours)


def test_a_due_date_set_by_a_person_outlives_a_change_of_the_target(staff: SimpleNamespace) -> None:
    first, second = (FlaggedSessionFactory(campaign=None, run=None, account=ApiAccountFactory()) for _ in range(2))
    own, other = (QueueItem.objects.get(account=session.account) for session in (first, second))
    day = timezone.localdate() + timedelta(days=9)
    services.set_item_due(item=own, due_on=day, reason="Counsel asked", actor=staff.ines)
    services.set_review_target(kind="lead", hours=5, reason="A quiet month", actor=staff.admin)
    own.refresh_from_db()
    other.refresh_from_db()
    assert timezone.localdate(own.due_at) == day
    assert other.due_at - other.since == timedelta(hours=5)
    FlaggedSessionFactory(campaign=None, run=None, account=first.account)
    own.refresh_from_db()
    assert timezone.localdate(own.due_at) == day, "more sessions leave it"
    events = AuditEvent.objects.filter(action__in=("item.due_set", "review_target.set")).order_by("pk")
    assert [event.action for event in events] == ["item.due_set", "review_target.set"]


@pytest.mark.parametrize("days", [-1, 367])
def test_a_due_date_lies_ahead_and_within_a_year(staff: SimpleNamespace, days: int) -> None:
    item = QueueItem.objects.get(account=FlaggedSessionFactory(campaign=None, run=None).account)
    with pytest.raises(InvalidInput, match="due_on"):
        services.set_item_due(
            item=item, due_on=timezone.localdate() + timedelta(days=days), reason="x", actor=staff.ines
        )


def test_only_an_administrator_sets_targets_and_within_bounds(staff: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        services.set_review_target(kind="lead", hours=5, reason="x", actor=staff.ines)
    with pytest.raises(InvalidInput, match="hours"):
        services.set_review_target(kind="lead", hours=0, reason="x", actor=staff.admin)
