"""From a list to one decision: what is chosen is kept, looked at as a whole, narrowed, and protected accounts are named."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from investigations.models import Case, Decision, Protection, Selection
from tests import factories as make

GROUNDS = {
    "action": "suspend",
    "clause": "Terms 3.2",
    "reason": "Coordinated harvest",
    "benign_reading": "One customer with many keys: ruled out",
}


@pytest.fixture
def campaign(staff: SimpleNamespace, client: Client) -> Any:
    """A campaign with three core members, one bystander, and one core member of a verified organisation."""
    client.force_login(staff.ines)
    found = make.CampaignFactory()
    for plan, tier in (("free", "core"), ("build", "core"), ("build", "core"), ("scale", "bystander")):
        make.CampaignMemberFactory(campaign=found, account=make.ApiAccountFactory(plan=plan), tier=tier)
    verified = make.ApiAccountFactory(verified_customer=True, account_id="verified-1")
    make.CampaignMemberFactory(campaign=found, account=verified)
    return found


def choose(client: Client, **fields: Any) -> Selection:
    answer = client.post("/selections/", fields)
    assert answer.status_code == 302, answer.content.decode()
    return Selection.objects.get(key=answer["Location"].split("/")[-2])


def post(client: Client, selection: Selection, what: str = "", **fields: Any) -> Any:
    return client.post(f"/selections/{selection.key}/{what and what + '/'}", fields, follow=True)


def test_from_campaign_to_decision(client: Client, campaign: Any) -> None:
    selection = choose(client, source="campaign", campaign=campaign.code, tier="accused")
    page = client.get(f"/selections/{selection.key}/")
    assert page.context["n_in"] == 3
    facets = {facet.name: {group.value: group.n for group in facet.groups} for facet in page.context["facets"]}
    assert facets["plan"] == {"build": 2, "free": 1} and facets["tier"] == {"core": 3}
    assert [entry.row.account.account_id for entry in page.context["protected"]] == ["verified-1"]
    sample = [row.pk for row in page.context["sample"]]
    assert sample == [row.pk for row in client.get(f"/selections/{selection.key}/").context["sample"]]
    assert "2 left out" in post(client, selection, "exclude-group", facet="plan", value="build").content.decode()
    post(client, selection, "include", excluded="plan: build")
    answer = post(client, selection, **GROUNDS)
    decision = Decision.objects.get()
    assert answer.redirect_chain[-1][0] == f"/decisions/{decision.code}/"
    assert (decision.n_accounts, decision.case.campaign) == (3, campaign)
    assert "Coordinated" not in decision.case.summary, "the reasoning stays with the proposal"
    assert post(client, selection, **GROUNDS).status_code == 409


def test_protected_only_by_name(client: Client, staff: SimpleNamespace, campaign: Any) -> None:
    client.force_login(staff.admin)
    listed = campaign.members.filter(tier="core").first().account
    client.post(
        "/decisions/protected/add/",
        {"kind": "account", "name": listed.account_id, "ground": "contract", "reason": "Contract 17"},
    )
    client.force_login(staff.ines)
    denied = client.post(
        "/decisions/protected/add/", {"kind": "account", "name": "x", "ground": "other", "reason": "y"}
    )
    assert denied.status_code == 403
    selection = choose(client, source="campaign", campaign=campaign.code)
    assert selection.chosen.filter(excluded="protected").count() == 2
    assert post(client, selection, "include", excluded="protected").status_code == 403
    assert post(client, selection, "override", account_id="verified-1", reason=" ").status_code == 422
    assert post(client, selection, "override", account_id="nobody", reason="Why").status_code == 422
    post(client, selection, "override", account_id="verified-1", reason="Its owner is the suspect")
    post(client, selection, **GROUNDS)
    decision = Decision.objects.get()
    assert decision.items.get(account__account_id="verified-1").override_reason == "Its owner is the suspect"
    assert not decision.items.filter(account=listed).exists()
    overridden = AuditEvent.objects.get(action="protection.overridden")
    assert overridden.facts == {"account": "verified-1", "reason": "Its owner is the suspect"}
    entry = Protection.objects.get()
    client.force_login(staff.admin)
    client.post(f"/decisions/protected/{entry.pk}/end/", {"reason": "Contract ended"})
    assert client.post(f"/decisions/protected/{entry.pk}/end/", {"reason": "Again"}).status_code == 409
    assert "Contract ended" in client.get("/decisions/protected/").content.decode()


def test_what_is_under_a_decision_is_left_out_and_typing_confirms(client: Client, campaign: Any, settings: Any) -> None:
    settings.TYPED_CONFIRMATION_ACCOUNTS = 2
    first = choose(client, source="search", number=[campaign.members.first().account_id])
    post(client, first, **GROUNDS)
    code = Decision.objects.get().code
    second = choose(client, source="campaign", campaign=campaign.code, tier="core")
    assert second.chosen.filter(excluded=f"{code} is under way on it").count() == 1
    page = post(client, second, **GROUNDS, confirmation="suspend 3")
    assert "type exactly: suspend 2" in page.content.decode()
    assert Decision.objects.count() == 1
    post(client, second, **GROUNDS, confirmation="Suspend 2")
    assert Decision.objects.count() == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "nowhere", "account": ["a"]},
        {"source": "queue"},
        {"source": "search", "account": ["nobody"]},
        {"source": "campaign", "campaign": "C-9999"},
        {"source": "campaign", "member": ["1 OR 1"]},
        {"source": "decision", "decision": "D-1", "state": "odd"},
    ],
)
def test_a_choice_that_is_none(client: Client, staff: SimpleNamespace, fields: dict[str, Any]) -> None:
    client.force_login(staff.ines)
    assert client.post("/selections/", fields).status_code in {404, 422}
    assert not Selection.objects.exists()


def test_whose_it_is_and_who_may(client: Client, staff: SimpleNamespace, campaign: Any, settings: Any) -> None:
    selection = choose(client, source="campaign", campaign=campaign.code)
    client.force_login(staff.leo)
    assert post(client, selection, **GROUNDS).status_code == 403
    assert client.get(f"/selections/{selection.key}/").status_code == 200
    client.force_login(staff.otto)
    assert client.post("/selections/", {"source": "campaign", "campaign": campaign.code}).status_code == 403
    client.force_login(staff.leo)
    settings.SELECTION_MOST_ACCOUNTS = 2
    assert client.post("/selections/", {"source": "campaign", "campaign": campaign.code}).status_code == 422
    assert not Case.objects.exists()


def test_the_preview_takes_the_same_queries_for_3_and_300(client: Client, campaign: Any) -> None:
    few = choose(client, source="campaign", campaign=campaign.code)
    for account in make.ApiAccountFactory.create_batch(300):
        make.CampaignMemberFactory(campaign=campaign, account=account)
    many = choose(client, source="campaign", campaign=campaign.code)
    client.get(f"/selections/{few.key}/")
    counts = []
    for selection in (few, many):
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/selections/{selection.key}/")
        counts.append(len(asked))
    assert counts == [12, 12]
