"""How many people it takes and who, what a voter sees before the vote, the cancel window, delays, dry runs, replays."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test import Client

from audit.models import AuditEvent
from core.clock import now
from core.errors import Conflict, DomainError, InvalidInput, NotAllowed
from investigations import services
from investigations.enums import DecisionState, DeliveryOutcome, ItemState
from investigations.measures.blast import Radius, Thresholds, need
from investigations.models import Decision, Delivery
from investigations.services.enforcement import calls_for
from tests.factories import CaseAccountFactory, UserFactory

LIMITS = Thresholds(2, 25, 10, 1000, 200)
SECRET_REASON = "REASONING of the proposer"


@pytest.mark.parametrize(
    ("radius", "approvals", "lead"),
    [
        (Radius("suspend", 1, 1, 0, certified=False), 1, False),
        (Radius("suspend", 2, 2, 0, certified=False), 1, True),
        (Radius("suspend", 24, 9, 0, certified=True), 1, False),
        (Radius("suspend", 25, 9, 0, certified=True), 1, True),
        (Radius("suspend", 12, 10, 0, certified=True), 1, True),
        (Radius("terminate", 1, 1, 0, certified=True), 1, True),
        (Radius("suspend", 1, 1, 0, certified=True, n_overridden=1), 1, True),
        (Radius("suspend", 999, 199, 0, certified=True), 1, True),
        (Radius("suspend", 1000, 0, 0, certified=True), 2, True),
        (Radius("suspend", 300, 200, 0, certified=True), 2, True),
        (Radius("terminate", 3, 3, 0, certified=False, restores=True), 1, False),
    ],
)
def test_whose_approval(radius: Radius, approvals: int, lead: bool) -> None:
    found = need(radius, LIMITS)
    assert (found.approvals, found.lead) == (approvals, lead)
    assert all(found.because)


def test_two_people_one_of_them_a_lead(staff: SimpleNamespace, propose: Any, settings: Any) -> None:
    settings.APPROVAL_SECOND_ACCOUNTS = 3
    decision = propose()
    assert (decision.approvals_needed, decision.lead_needed) == (2, True)
    first = services.approve_decision(decision=decision, actor=staff.ivan, reason="Convinced", version=decision.version)
    assert (first.state, first.version) == (DecisionState.PROPOSED, decision.version)
    with pytest.raises(Conflict, match="voted"):
        services.approve_decision(decision=decision, actor=staff.ivan)
    with pytest.raises(NotAllowed, match="lead"):
        services.approve_decision(decision=decision, actor=UserFactory())
    cast = AuditEvent.objects.get(action="vote.cast")
    assert "Convinced" not in cast.payload, "the trail tells the next voter nothing"
    last = services.approve_decision(decision=decision, actor=staff.leo, version=decision.version)
    assert last.state == DecisionState.RECORDED
    told = AuditEvent.objects.get(action="decision.approved").facts
    assert [vote["reason"] for vote in told["votes"]] == ["Convinced", ""]
    assert told["proposed_reason"] == "Coordinated harvest"


def test_one_no_is_enough(staff: SimpleNamespace, propose: Any, settings: Any) -> None:
    settings.APPROVAL_SECOND_ACCOUNTS = 3
    decision = propose()
    services.approve_decision(decision=decision, actor=staff.ivan)
    assert services.refuse_decision(decision=decision, actor=staff.leo, reason="Thin").state == DecisionState.REFUSED


def test_a_voter_judges_the_evidence_alone(client: Client, staff: SimpleNamespace, propose: Any, settings: Any) -> None:
    settings.APPROVAL_SECOND_ACCOUNTS = 3
    decision = propose(reason=SECRET_REASON, benign_reading=SECRET_REASON)
    services.approve_decision(decision=decision, actor=staff.ivan, reason=SECRET_REASON)
    pages = (
        f"/decisions/{decision.code}/",
        f"/cases/{decision.case.code}/",
        f"/api/v1/decisions/{decision.code}/",
        "/api/v1/decisions/",
        f"/admin/investigations/decision/{decision.pk}/change/",
        "/audit/",
    )
    client.force_login(staff.leo)
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert SECRET_REASON not in answer.content.decode(), page
    assert client.get(pages[2]).json()["approvals"] is None
    services.approve_decision(decision=decision, actor=staff.leo)
    for page in pages[:3]:
        assert SECRET_REASON in client.get(page).content.decode() or page == pages[1], page
    client.force_login(staff.ines)
    assert len(client.get(pages[2]).json()["approvals"]) == 2


@pytest.mark.django_db(transaction=True)
def test_ten_voters_at_once_and_the_trail_has_every_attempt(propose: Any) -> None:
    decision = propose()
    voters = [UserFactory(lead=True) for _ in range(10)]
    outcomes: list[str] = []
    start = threading.Barrier(10)

    def vote(number: int) -> None:
        start.wait()
        try:
            if number % 2:
                services.approve_decision(decision=decision, actor=voters[number], version=decision.version)
            else:
                services.refuse_decision(decision=decision, actor=voters[number], reason="No")
            outcomes.append("won")
        except DomainError as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=vote, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"won": 1, "Conflict": 9}
    refused = AuditEvent.objects.filter(action="attempt.refused")
    assert refused.count() == 9 and all("D-" in event.facts["because"] for event in refused)


def test_the_window_in_which_it_is_cancelled(
    receiver: Any, staff: SimpleNamespace, propose: Any, settings: Any
) -> None:
    settings.CANCEL_WINDOW_S = 600
    decision = services.approve_decision(decision=propose(), actor=staff.leo)
    assert decision.state == DecisionState.SCHEDULED
    services.resume_enforcement()
    assert services.enforce_decision(decision_id=decision.pk) == 0
    with pytest.raises(NotAllowed, match="proposed or approved"):
        services.cancel_decision(decision=decision, actor=staff.ivan, reason="Not mine")
    with pytest.raises(Conflict, match="under way|can still be cancelled"):
        propose()
    cancelled = services.cancel_decision(decision=decision, actor=staff.ines, reason="A licence turned up")
    assert cancelled.state == DecisionState.CANCELLED
    assert set(decision.items.values_list("state", flat=True)) == {ItemState.CANCELLED}
    again = services.approve_decision(decision=propose(), actor=staff.leo)
    Decision.objects.filter(pk=again.pk).update(scheduled_for=now() - timedelta(seconds=1))
    services.resume_enforcement()
    assert services.enforce_decision(decision_id=again.pk) == 3
    with pytest.raises(Conflict, match="enforced"):
        services.cancel_decision(decision=again, actor=staff.ines, reason="Too late")
    assert receiver.calls == 3


def test_delays_are_drawn_and_the_rest_can_be_stopped(
    receiver: Any, staff: SimpleNamespace, propose: Any, ready_case: Any
) -> None:
    CaseAccountFactory.create_batch(20, case=ready_case)
    decision = services.approve_decision(decision=propose(spread_s=86_400), actor=staff.leo)
    delays = list(decision.items.values_list("delay_s", flat=True))
    assert len(set(delays)) > 15 and max(delays) <= 86_400
    first = decision.items.order_by("delay_s").first()
    assert abs((first.next_attempt_at - now()).total_seconds() - first.delay_s) < 60
    type(first).objects.filter(pk=first.pk).update(next_attempt_at=now())
    assert services.enforce_decision(decision_id=decision.pk) == 1
    stopped = services.cancel_decision(decision=decision, actor=staff.leo, reason="One was a school")
    assert stopped.state == DecisionState.PARTLY_ENFORCED
    assert Counter(stopped.items.values_list("state", flat=True)) == {"done": 1, "cancelled": 22}


def test_a_dry_run_touches_nothing(receiver: Any, staff: SimpleNamespace, propose: Any) -> None:
    decision = services.approve_decision(decision=propose(dry_run=True), actor=staff.leo)
    assert services.enforce_decision(decision_id=decision.pk) == 3
    decision.refresh_from_db()
    assert decision.state == DecisionState.DRY_RUN
    assert receiver.calls == 0
    assert set(Delivery.objects.values_list("outcome", "status")) == {(DeliveryOutcome.DRY_RUN, None)}
    assert not decision.items.exclude(state=ItemState.DRY_RUN).exclude(account__status_decided="").exists()
    assert propose().state == DecisionState.PROPOSED


def test_a_replayed_call_is_refused(
    client: Client, receiver: Any, staff: SimpleNamespace, propose: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[bytes, dict[str, str]]] = []
    stream = httpx.Client.stream

    def watched(self: Any, method: str, url: str, *, content: bytes, headers: dict[str, str]) -> Any:
        sent.append((content, headers))
        return stream(self, method, url, content=content, headers=headers)

    monkeypatch.setattr(httpx.Client, "stream", watched)
    decision = services.approve_decision(decision=propose(), actor=staff.leo)
    services.enforce_decision(decision_id=decision.pk)
    body, headers = sent[0]
    address = f"http://127.0.0.1:{receiver.server_address[1]}/"
    assert httpx.post(address, content=body, headers=headers).status_code == 401, "the same delivery twice"
    for name, value in (("X-Stillwatch-Delivery", "other"), ("Idempotency-Key", "other")):
        assert httpx.post(address, content=body, headers={**headers, name: value}).status_code == 401, name
    assert receiver.calls == 3
    client.force_login(staff.otto)
    log = client.get(f"/decisions/{decision.code}/deliveries/").content.decode()
    assert log.count("HTTP 200") == 3 and headers["X-Stillwatch-Delivery"] in log
    items = list(decision.items.select_related("account", "decision__reverses").order_by("id"))
    assert [call.body["status"] for call in calls_for(items)] == ["suspended"] * 3


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"spread_s": -1}, "spread_s"),
        ({"spread_s": 86_401}, "spread_s"),
        ({"start_at": now() - timedelta(days=1)}, "start_at"),
        ({"start_at": now() + timedelta(days=31)}, "start_at"),
    ],
)
def test_a_schedule_out_of_range(propose: Any, given: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidInput, match=argument):
        propose(**given)


def test_whose_turn_it_is(client: Client, staff: SimpleNamespace, propose: Any, settings: Any) -> None:
    settings.APPROVAL_LEAD_CERTIFIED_ACCOUNTS = 3
    decision = propose()
    assert decision.lead_needed
    shown = {}
    for person in (staff.ivan, staff.leo, staff.ines):
        client.force_login(person)
        page = client.get("/decisions/")
        shown[person.username] = page.context["counts"].mine_to_approve
    assert shown == {"ivan": 0, "leo": 1, "ines": 0}
