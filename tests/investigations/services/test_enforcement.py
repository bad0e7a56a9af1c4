"""Enforcement against a real receiver: once each, whatever is repeated, killed or refused."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Status, StatusOrigin
from accounts.models import ApiAccount, StatusChange
from audit import queries as audit
from audit.models import AuditEvent
from core.clock import now
from core.errors import Conflict
from investigations import services
from investigations.enums import DecisionState, ItemState
from investigations.models import Case, CaseAccount, Decision, DecisionItem
from investigations.queries.decisions import decision_context
from investigations.services.enforcement import claim_batch


def test_suspend_and_reverse(receiver: Any, staff: SimpleNamespace, propose: Any) -> None:
    decision = services.approve_decision(decision=propose(), actor=staff.leo)
    assert decision.state == DecisionState.APPROVED
    assert services.enforce_decision(decision_id=decision.pk) == 3
    decision.refresh_from_db()
    assert decision.state == DecisionState.ENFORCED
    assert {body["status"] for body in receiver.applied.values()} == {"suspended"}
    accounts = ApiAccount.objects.filter(decision_items__decision=decision)
    assert {(a.status_decided, a.status_pulled, a.status_differs) for a in accounts} == {("suspended", "active", True)}

    reversal = services.reverse_decision(decision=decision, reason="They showed a licence", actor=staff.leo)
    reversal.refresh_from_db()
    lead = type(staff.leo).objects.create(username="lara", role="lead")
    services.approve_decision(decision=reversal, actor=lead)
    services.enforce_decision(decision_id=reversal.pk)
    decision.refresh_from_db()
    assert decision.state == DecisionState.REVERSED
    assert set(accounts.values_list("status_decided", flat=True)) == {""}
    origins = StatusChange.objects.order_by("id").values_list("origin", flat=True)
    assert list(origins) == [StatusOrigin.DECIDED] * 3 + [StatusOrigin.REVERSED] * 3
    assert not audit.verify().faults


@pytest.mark.django_db(transaction=True)
def test_five_deliveries_at_once_do_it_once(receiver: Any, staff: SimpleNamespace, propose: Any) -> None:
    decision = services.approve_decision(decision=propose(), actor=staff.leo)

    def deliver() -> None:
        services.enforce_decision(decision_id=decision.pk)
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    decision.refresh_from_db()
    assert decision.state == DecisionState.ENFORCED
    assert receiver.calls == len(receiver.applied) == 3
    assert StatusChange.objects.count() == 3
    assert AuditEvent.objects.filter(action="account.enforced").count() == 3
    assert AuditEvent.objects.filter(action="decision.enforced").count() == 1


def test_a_worker_killed_after_sending_repeats_under_the_same_key(
    receiver: Any, staff: SimpleNamespace, propose: Any
) -> None:
    decision = services.approve_decision(decision=propose(), actor=staff.leo)
    claimed = claim_batch(decision_id=decision.pk)
    assert len(claimed) == 3
    assert services.enforce_decision(decision_id=decision.pk) == 0, "the lease holds"
    DecisionItem.objects.update(next_attempt_at=now())
    assert services.resume_enforcement() == 1
    assert services.enforce_decision(decision_id=decision.pk) == 3
    assert set(receiver.applied) == {item.idempotency_key for item in claimed}


@pytest.mark.parametrize(
    ("status", "state"),
    [(404, ItemState.FAILED), (302, ItemState.FAILED), (429, ItemState.WAITING), (503, ItemState.WAITING)],
)
def test_what_a_refusal_means(
    receiver: Any, staff: SimpleNamespace, propose: Any, monkeypatch: pytest.MonkeyPatch, status: int, state: str
) -> None:
    monkeypatch.setattr(receiver, "apply", lambda key, body: status)
    decision = services.approve_decision(decision=propose(), actor=staff.leo)
    services.enforce_decision(decision_id=decision.pk)
    items = list(decision.items.all())
    assert {(item.state, item.answer) for item in items} == {(state, f"HTTP {status}")}
    assert not StatusChange.objects.exists()
    decision.refresh_from_db()
    if state == ItemState.WAITING:
        assert decision.state == DecisionState.APPROVED
        assert all(item.next_attempt_at > now() for item in items)
        return
    assert decision.state == DecisionState.PARTLY_ENFORCED
    monkeypatch.undo()
    assert services.retry_failed(decision=decision, actor=staff.leo) == 3


def test_gives_up_after_the_last_attempt(receiver: Any, staff: SimpleNamespace, propose: Any, settings: Any) -> None:
    settings.ENFORCEMENT_WEBHOOK_SECRET = "another"  # the receiver answers 401: final at once
    decision = services.approve_decision(decision=propose(), actor=staff.leo)
    services.enforce_decision(decision_id=decision.pk)
    assert set(decision.items.values_list("answer", flat=True)) == {"HTTP 401"}
    settings.ENFORCEMENT_WEBHOOK_URL, settings.ENFORCEMENT_MAX_ATTEMPTS = "http://127.0.0.1:9/", 1
    services.retry_failed(decision=decision, actor=staff.leo)
    services.enforce_decision(decision_id=decision.pk)
    item = decision.items.first()
    assert item.state == ItemState.FAILED and "ConnectError" in item.answer


def test_a_receiver_that_is_unset_on_the_way_ends_the_enforcement(
    receiver: Any, staff: SimpleNamespace, propose: Any, settings: Any
) -> None:
    decision = services.approve_decision(decision=propose(), actor=staff.leo)
    held = claim_batch(decision_id=decision.pk, size=1)[0]
    address, settings.ENFORCEMENT_WEBHOOK_URL = settings.ENFORCEMENT_WEBHOOK_URL, ""
    assert services.resume_enforcement() == 1
    services.enforce_decision(decision_id=decision.pk)
    held.refresh_from_db()
    assert held.state == ItemState.WAITING, "its answer may still come"
    DecisionItem.objects.filter(pk=held.pk).update(claimed_until=now(), next_attempt_at=now())
    assert services.enforce_decision(decision_id=decision.pk) == 0
    decision.refresh_from_db()
    assert decision.state == DecisionState.PARTLY_ENFORCED
    assert "ENFORCEMENT_WEBHOOK_URL" in decision_context(decision, reader=staff.leo, after=None)["standing"]
    assert all("then retry" in item.answer and item.state == ItemState.FAILED for item in decision.items.all())
    assert AuditEvent.objects.filter(action="enforcement.failed").count() == 3
    with pytest.raises(Conflict, match="ENFORCEMENT_WEBHOOK_URL"):
        services.retry_failed(decision=decision, actor=staff.leo)
    settings.ENFORCEMENT_WEBHOOK_URL = address
    assert services.retry_failed(decision=decision, actor=staff.leo) == 3
    assert services.enforce_decision(decision_id=decision.pk) == 3
    decision.refresh_from_db()
    assert decision.state == DecisionState.ENFORCED and len(receiver.applied) == 3


def test_five_thousand_accounts_are_decided_in_seconds(staff: SimpleNamespace, ready_case: Case, propose: Any) -> None:
    accounts = ApiAccount.objects.bulk_create([ApiAccount(account_id=f"many-{n}") for n in range(5000)])
    CaseAccount.objects.bulk_create([CaseAccount(case=ready_case, account=account) for account in accounts])
    begun = time.process_time()
    with CaptureQueriesContext(connection) as queries:
        decision = propose()
        services.approve_decision(decision=decision, actor=staff.leo)
    took = time.process_time() - begun  # of this process: what else the machine does is not measured
    assert Decision.objects.get(pk=decision.pk).n_accounts == 5003
    assert len(queries) < 80
    assert took < 10
    assert Status.ACTIVE in set(ApiAccount.objects.values_list("status_pulled", flat=True))
