"""Who may decide, what the tables hold, who wins a race, and what is left in the trail."""

from __future__ import annotations

import threading
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from audit.models import AuditEvent
from core.errors import Conflict, DomainError, InvalidInput, NotAllowed
from investigations import services
from investigations.enums import (
    APPEAL_TRANSITIONS,
    CASE_TRANSITIONS,
    DECISION_TRANSITIONS,
    ITEM_TRANSITIONS,
    AppealState,
    CaseState,
    DecisionState,
    ItemState,
)
from investigations.models import Case, Decision
from investigations.policies import check_transition
from staff.enums import Role
from tests.factories import ApiAccountFactory, CaseAccountFactory, CaseFactory

TABLES = [
    (CASE_TRANSITIONS, CaseState),
    (DECISION_TRANSITIONS, DecisionState),
    (ITEM_TRANSITIONS, ItemState),
    (APPEAL_TRANSITIONS, AppealState),
]
CELLS = [(table, a, b) for table, states in TABLES for a in states for b in states]


@pytest.mark.parametrize(("table", "before", "after"), CELLS, ids=[f"{a}-{b}" for _, a, b in CELLS])
def test_every_cell_of_the_tables(table: Any, before: str, after: str) -> None:
    if after in table[before]:
        check_transition(table, before, after, "it")
    else:
        with pytest.raises(Conflict, match="cannot become|is final"):
            check_transition(table, before, after, "it")


def refused_attempts() -> list[str]:
    return [event.facts["because"] for event in AuditEvent.objects.filter(action="attempt.refused").order_by("id")]


@pytest.mark.parametrize("role", Role.values)
def test_the_proposer_never_approves_whatever_the_role(staff: SimpleNamespace, propose: Any, role: str) -> None:
    decision = propose()
    staff.ines.role = role
    staff.ines.save()
    with pytest.raises(NotAllowed):
        services.approve_decision(decision=decision, actor=staff.ines)
    decision.refresh_from_db()
    assert decision.state == DecisionState.PROPOSED
    assert len(refused_attempts()) == 1


def test_a_stale_role_does_not_count(staff: SimpleNamespace, propose: Any) -> None:
    decision = propose()
    type(staff.leo).objects.filter(pk=staff.leo.pk).update(role=Role.AUDITOR)
    with pytest.raises(NotAllowed, match="approve"):
        services.approve_decision(decision=decision, actor=staff.leo)


def test_without_webhook_it_is_recorded_not_enforced(staff: SimpleNamespace, propose: Any) -> None:
    decision = services.approve_decision(decision=propose(), actor=staff.leo)
    assert decision.get_state_display() == "recorded, not enforced"
    assert set(decision.items.values_list("state", flat=True)) == {ItemState.NOT_ENFORCED}


@pytest.mark.parametrize("argument", ["clause", "reason", "benign_reading"])
def test_empty_words_are_refused(propose: Any, argument: str) -> None:
    with pytest.raises(InvalidInput, match=argument):
        propose(**{argument: "  "})


def test_no_exhibit_no_decision(propose: Any, staff: SimpleNamespace) -> None:
    with pytest.raises(InvalidInput, match="exhibit"):
        propose(exhibits=[])
    other = CaseFactory()
    foreign = services.pin_exhibit(
        case=other, kind="account", ref=ApiAccountFactory().account_id, reason="Another case", actor=staff.ines
    )
    with pytest.raises(InvalidInput, match="pinned"):
        propose(exhibits=[foreign])


def test_protected_accounts_are_named_one_by_one(propose: Any, ready_case: Case) -> None:
    safe = ApiAccountFactory(verified_customer=True)
    CaseAccountFactory(case=ready_case, account=safe)
    with pytest.raises(NotAllowed, match=safe.account_id):
        propose()
    with pytest.raises(InvalidInput, match="reason"):
        propose(overrides={safe.account_id: " "})
    decision = propose(overrides={safe.account_id: "The organisation admitted it"})
    assert decision.items.get(account=safe).override_reason == "The organisation admitted it"


def test_an_account_verified_meanwhile_stops_the_approval(propose: Any, staff: SimpleNamespace) -> None:
    decision = propose()
    account = decision.items.first().account
    account.organisation = ApiAccountFactory(verified_customer=True).organisation
    account.save()
    with pytest.raises(NotAllowed, match=account.account_id):
        services.approve_decision(decision=decision, actor=staff.leo)


def test_a_stale_form_says_what_changed(propose: Any, ready_case: Case) -> None:
    seen = ready_case.version
    propose("watch", version=seen)
    with pytest.raises(Conflict, match="ines"):
        propose("watch", version=seen)


def test_refuse_and_withdraw(propose: Any, staff: SimpleNamespace) -> None:
    refused = services.refuse_decision(decision=propose(), reason="Too thin", actor=staff.leo)
    assert refused.state == DecisionState.REFUSED
    mine = propose()
    with pytest.raises(NotAllowed, match="somebody else"):
        services.withdraw_decision(decision=mine, reason="No", actor=staff.leo)
    assert (
        services.withdraw_decision(decision=mine, reason="Rethink", actor=staff.ines).state == DecisionState.WITHDRAWN
    )
    with pytest.raises(Conflict, match="decision.withdrawn"):
        services.approve_decision(decision=mine, actor=staff.leo)


@pytest.mark.django_db(transaction=True)
def test_twenty_people_decide_at_once_and_one_wins(ready_case: Case, propose: Any) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(20)

    def decide(number: int) -> None:
        start.wait()
        try:
            propose("suspend" if number % 2 else "no_action")
            outcomes.append("won")
        except DomainError as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"won": 1, "Conflict": 19}
    assert Decision.objects.filter(case=ready_case).count() == 1
    assert all("D-" in because for because in refused_attempts())
    assert len(refused_attempts()) == 19
