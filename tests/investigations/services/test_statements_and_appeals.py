"""What each customer is told, who may word it, and what becomes of an appeal."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiAccount
from audit import queries as audit
from audit.models import AuditEvent
from core.clock import now
from core.errors import Conflict, InvalidInput, NotAllowed
from investigations import services
from investigations.enums import AppealState, DecisionState, ItemState
from investigations.models import Appeal, Case, Decision, Statement
from investigations.services.appeals import judge_appeal, record_appeal
from investigations.services.statements import edit_statement, edit_wording, save_template
from investigations.words.statement_text import REQUIRED
from tests.factories import CampaignMemberFactory, UserFactory

BODY = "For {account}: we have {action} {effective} {facts} {automated} {clause} {appeal}"


@pytest.fixture
def enforced(receiver: Any, staff: SimpleNamespace, propose: Any) -> Decision:
    """A suspension of three accounts, proposed by ines, approved by leo, enforced."""
    decision = services.approve_decision(decision=propose(), actor=staff.leo)
    services.enforce_decision(decision_id=decision.pk)
    decision.refresh_from_db()
    return decision


def test_each_restricted_account_is_told_its_own_facts(
    propose: Any, ready_case: Case, receiver: Any, staff: Any
) -> None:
    account = ready_case.accounts.order_by("pk").first()
    CampaignMemberFactory(campaign=ready_case.campaign, account=account, k=40, n=50)
    decision = propose(clause="Terms {account} 4.2")
    statements = Statement.objects.filter(item__decision=decision)
    assert statements.count() == 3
    text = statements.get(item__account=account).text
    for part in (
        account.account_id,
        "suspended",
        "40 of its 50",
        "Terms {account} 4.2",
        "appeal",
        "automated",
        decision.code,
    ):
        assert part in text, part
    assert "{account} 4.2" in text, "what a person writes is never read for fields"
    services.approve_decision(decision=decision, actor=staff.leo)
    services.enforce_decision(decision_id=decision.pk)
    assert text in {body["statement"] for body in receiver.applied.values()}
    assert not Statement.objects.filter(item__decision=propose("watch")).exists()


def test_none_without_a_statement_or_an_exemption(propose: Any, staff: SimpleNamespace) -> None:
    exempt = propose(statement_exemption="A court forbids to tell")
    assert not Statement.objects.exists()
    assert services.approve_decision(decision=exempt, actor=staff.leo).state == DecisionState.RECORDED
    bare = propose()
    Statement.objects.filter(item__decision=bare).delete()
    with pytest.raises(NotAllowed, match="no statement of reasons"):
        services.approve_decision(decision=bare, actor=staff.leo)


def test_edits_are_versions_and_end_with_the_first_vote(propose: Any, staff: SimpleNamespace, settings: Any) -> None:
    settings.APPROVAL_SECOND_ACCOUNTS = 3
    decision = propose()
    seen = decision.version
    assert edit_wording(decision=decision, body=BODY, reason="Plainer", actor=staff.ines) == 3
    item = decision.items.first()
    made = edit_statement(item=item, text="For you alone", reason="Its own story", actor=staff.ines)
    assert made.version == 3 and item.statements.count() == 3
    with pytest.raises(Conflict, match="changed meanwhile"):
        services.approve_decision(decision=decision, actor=staff.leo, version=seen)
    services.approve_decision(decision=decision, actor=staff.leo)
    with pytest.raises(Conflict, match="voted"):
        edit_wording(decision=decision, body=BODY, reason="Late", actor=staff.ines)


@pytest.mark.parametrize("field", REQUIRED)
def test_a_wording_tells_everything_that_is_owed(staff: SimpleNamespace, field: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        save_template(action="suspend", body=BODY.replace(f"{{{field}}}", ""), reason="x", actor=staff.admin)


def test_wordings_are_kept_by_administrators(client: Client, staff: SimpleNamespace, propose: Any) -> None:
    first = propose()
    given = {"action": "suspend", "body": BODY, "reason": "Plain words"}
    client.force_login(staff.leo)
    assert client.post("/decisions/templates/", given).status_code == 403
    client.force_login(staff.admin)
    assert client.post("/decisions/templates/", {**given, "body": BODY + "{odd}"}).status_code == 422
    client.post("/decisions/templates/", {**given, "body": BODY.replace("\n", "\r\n") + "\r\nYours"})
    assert "Plain words" in client.get("/decisions/templates/").content.decode()
    services.withdraw_decision(decision=first, reason="Again", actor=staff.ines)
    texts = Statement.objects.filter(item__decision=propose())
    assert texts.first().template_version == 1 and texts.first().text.startswith("For acct-")
    assert texts.first().text.endswith("\nYours") and "\r" not in texts.first().text, "as a browser sends lines"


def test_an_overturned_appeal_gives_that_account_back(
    client: Client, enforced: Decision, receiver: Any, staff: SimpleNamespace
) -> None:
    item = enforced.items.first()
    client.force_login(staff.ines)
    at = f"{now() - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    url = f"/decisions/{enforced.code}/accounts/{item.pk}/appeal/"
    client.post(url, {"words": "We are a school. \u202e", "received_at": at})
    appeal = Appeal.objects.get()
    assert client.post(url, {"words": "Again", "received_at": at}).status_code == 409
    for involved in (staff.ines, staff.leo):
        client.force_login(involved)
        judged = client.post(f"/decisions/appeals/{appeal.pk}/judge/", {"overturn": "yes", "reason": "So"})
        assert judged.status_code == 403
    client.force_login(staff.ivan)
    page = client.get(f"/decisions/appeals/{appeal.pk}/").content.decode()
    assert "\\u{202E}" in page and "Statement of reasons" in page
    client.post(f"/decisions/appeals/{appeal.pk}/judge/", {"overturn": "yes", "reason": "They proved it"})
    appeal.refresh_from_db()
    reversal = appeal.reversal
    assert (appeal.state, reversal.state, reversal.n_accounts) == (AppealState.OVERTURNED, DecisionState.APPROVED, 1)
    services.enforce_decision(decision_id=reversal.pk)
    item.refresh_from_db()
    enforced.refresh_from_db()
    assert item.state == ItemState.REVERSED and enforced.state == DecisionState.ENFORCED
    assert ApiAccount.objects.get(pk=item.account_id).status_decided == ""
    with pytest.raises(Conflict, match="cannot become|is final"):
        judge_appeal(appeal=appeal, overturn=False, reason="No", actor=UserFactory(lead=True))
    whole = services.reverse_decision(decision=enforced, reason="All of it", actor=staff.ines)
    assert whole.n_accounts == 2, "what the appeal gave back is not reversed twice"
    services.approve_decision(decision=whole, actor=staff.leo)
    services.enforce_decision(decision_id=whole.pk)
    enforced.refresh_from_db()
    assert enforced.state == DecisionState.REVERSED
    assert set(enforced.items.values_list("state", flat=True)) == {ItemState.REVERSED}
    assert not audit.verify().faults
    told = list(AuditEvent.objects.filter(action__startswith="appeal.").values_list("action", flat=True))
    assert told == ["appeal.overturned", "appeal.recorded"]


def test_an_upheld_appeal_changes_nothing_and_the_last_overturned_one_reverses_the_whole(
    enforced: Decision, staff: SimpleNamespace
) -> None:
    items = list(enforced.items.all())
    first = record_appeal(item=items[0], words="No", received_at=now(), actor=staff.ines)
    assert judge_appeal(appeal=first, overturn=False, reason="It stands", actor=staff.ivan).state == AppealState.UPHELD
    for item in items:
        appeal = record_appeal(item=item, words="Again", received_at=now(), actor=staff.ines)
        judge_appeal(appeal=appeal, overturn=True, reason="New facts", actor=staff.ivan)
        services.enforce_decision(decision_id=Decision.objects.get(appeal=appeal).pk)
    enforced.refresh_from_db()
    assert enforced.state == DecisionState.REVERSED
    with pytest.raises(Conflict, match="nothing to appeal"):
        record_appeal(item=items[0], words="Again", received_at=now(), actor=staff.ines)
