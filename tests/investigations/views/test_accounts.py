"""Account pages and the find field."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from accounts.models import ApiAccount
from audit.models import AuditEvent
from staff.enums import Role
from tests.factories import (
    AccountScoreFactory,
    ApiAccountFactory,
    CampaignFactory,
    CampaignMemberFactory,
    CaseFactory,
    DecisionItemFactory,
    DetectionRunFactory,
    FlaggedSessionFactory,
    OrganisationFactory,
    OutsideScoreFactory,
    SamplePromptFactory,
    StatusChangeFactory,
    TemplateFactory,
    UserFactory,
)
from tests.factories.detection import START
from tests.support.lake import daily, fill_lake

HOSTILE = "<img src=x onerror=alert(1)>\u202eacct/é?#%"


@pytest.fixture
def account(db: None) -> ApiAccount:
    made: ApiAccount = ApiAccountFactory(
        organisation=OrganisationFactory(name="Harbour Lane"),
        payment_fp="a1b2c3d4e5f6a7b8c9d0",
        email_domain="x.example",
    )
    ApiAccountFactory.create_batch(2, payment_fp=made.payment_fp)
    return made


@pytest.mark.parametrize("role", Role)
def test_pages_open_for_every_role_that_sees_evidence(client: Client, account: ApiAccount, role: Role) -> None:
    assert client.get(f"/accounts/{account.account_id}/").status_code == 302
    client.force_login(UserFactory(role=role))
    for address in ("/accounts/", f"/accounts/{account.account_id}/", "/search/", "/search/?q=nothing"):
        assert client.get(address).status_code == 200, address


def test_identifiers_are_shortened_and_counted(client: Client, account: ApiAccount) -> None:
    client.force_login(UserFactory())
    page = client.get(f"/accounts/{account.account_id}/").content.decode()
    assert account.payment_fp not in page and "a1b2c3d4e5…" in page
    assert "on 2 other accounts" in page and "on no other account" in page


def test_a_difference_of_statuses_is_shown_and_none_is_not(client: Client, account: ApiAccount) -> None:
    client.force_login(UserFactory())
    assert "The statuses differ" not in client.get(f"/accounts/{account.account_id}/").content.decode()
    ApiAccount.objects.filter(pk=account.pk).update(status_decided="suspended")
    StatusChangeFactory(account=account, origin="decided", source="D-000012", reason="Harvest")
    page = client.get(f"/accounts/{account.account_id}/").content.decode()
    assert "The statuses differ" in page and "D-000012" in page and "Harvest" in page
    assert "provider says active" in client.get("/accounts/").content.decode()
    assert [a.pk for a in client.get("/accounts/?status=suspended").context["page"].items] == [account.pk]


def test_hostile_ids_are_inert_and_have_a_page(client: Client, account: ApiAccount) -> None:
    hostile = ApiAccountFactory(account_id=HOSTILE, organisation=OrganisationFactory(name=HOSTILE))
    client.force_login(UserFactory())
    address = client.get("/search/", {"q": HOSTILE}).url
    for answer in (client.get(address), client.get("/accounts/"), client.get("/search/", {"q": HOSTILE[:20]})):
        page = answer.content.decode()
        assert answer.status_code == 200 and "<img" not in page and "\u202e" not in page and "\\u{202E}" in page
    assert client.get(address).context["account"] == hostile


def test_nul_in_an_address_is_not_found_rather_than_a_fault(client: Client, account: ApiAccount) -> None:
    client.force_login(UserFactory())
    assert client.get("/accounts/a%00b/").status_code == 404
    assert client.get("/accounts/?text=%00&status=%00").status_code == 200
    assert client.get("/search/?q=%00").status_code == 200


def test_any_pasted_id_leads_to_its_page(client: Client, account: ApiAccount) -> None:
    client.force_login(UserFactory())
    session, template, case = FlaggedSessionFactory(), TemplateFactory(), CaseFactory()
    sample = SamplePromptFactory(session=session)
    item = DecisionItemFactory()
    expected = {
        str(session): f"/sessions/{session.pk}/",
        f"  {str(session).lower()} ": f"/sessions/{session.pk}/",
        str(template): f"/templates/{template.pk}/",
        session.campaign.code: f"/campaigns/{session.campaign.code}/",
        case.code.lower(): f"/cases/{case.code}/",
        item.decision.code: f"/decisions/{item.decision.code}/",
        account.account_id: f"/accounts/{account.account_id}/",
        sample.exchange_id: f"/sessions/{session.pk}/",
    }
    assert {query: client.get("/search/", {"q": query}).url for query in expected} == expected


def test_words_list_accounts_organisations_and_cases(client: Client, account: ApiAccount) -> None:
    case = CaseFactory(title="The harbour matter")
    client.force_login(UserFactory())
    found = client.get("/search/?q=harbour").context["matches"]
    assert [one.name for one in found.organisations] == ["Harbour Lane"] and list(found.cases) == [case]
    assert account in client.get(f"/search/?q={account.account_id[:-1]}").context["matches"].accounts


@pytest.mark.parametrize("n", [1, 3])
def test_query_counts_do_not_grow(client: Client, n: int, django_assert_num_queries: object, db: None) -> None:
    account = ApiAccountFactory(payment_fp="f" * 20)
    ApiAccountFactory.create_batch(n - 1)
    for make in (CampaignMemberFactory, AccountScoreFactory, FlaggedSessionFactory, StatusChangeFactory):
        make.create_batch(n, account=account)
    DecisionItemFactory.create_batch(n, account=account)
    for number in range(n):
        OutsideScoreFactory(account=account, version=str(number))
    client.force_login(UserFactory())
    client.get("/search/")
    ApiAccount.objects.exclude(pk=account.pk).filter(pk__gt=account.pk + n - 1).update(status_pulled="closed")
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert len(client.get("/accounts/?status=active").context["page"].items) == n
    with django_assert_num_queries(14):  # type: ignore[operator]
        context = client.get(f"/accounts/{account.account_id}/").context
    assert {len(context[key]) for key in ("memberships", "scores", "outside", "sessions", "decisions")} == {n}


def test_next_page_begins_where_this_one_ends(client: Client, staff: SimpleNamespace) -> None:
    ApiAccountFactory.create_batch(51)
    client.force_login(staff.ines)
    first = client.get("/accounts/").context["page"]
    second = client.get("/accounts/", {"after": first.next}).context["page"]
    assert len(first.items) == 50 and len(second.items) == 1 and second.next is None
    assert first.items[-1].account_id < second.items[0].account_id


def test_an_account_among_its_kind_its_exchanges_and_its_links(client: Client, db: None) -> None:
    """Thirty peers of the same plan; the account sends twice the usual output and shares a card with one of them."""
    run = DetectionRunFactory()
    accounts = ApiAccountFactory.create_batch(31, plan="build")
    own, peer = accounts[0], accounts[1]
    for account in accounts:
        AccountScoreFactory(run=run, account=account, n_exchanges=4, score=0.9 if account is own else 0.1)
    rows = [row for a in accounts for row in daily(a.account_id, START, 4, n_output_tokens=200 if a is own else 100)]
    fill_lake(rows)
    tie = {"a": own.account_id, "b": peer.account_id, "field": "payment_fp", "shared_by": 2, "bits": 7.0}
    CampaignMemberFactory(account=own, campaign=CampaignFactory(facts={"ties": [tie]}))
    client.force_login(UserFactory())
    population = client.get(f"/account/population/{own.account_id}/").context["population"]
    tokens = next(row for row in population.rows if row.measure.name == "tokens")
    assert (tokens.value, tokens.middle, tokens.n_peers, tokens.percent) == (200, 100, 30, 100)
    assert (population.n_scored, population.n_scored_as_high) == (30, 0)
    links = client.get(f"/accounts/{own.account_id}/").context["links"]
    assert [(link.other, link.bits, link.judgement) for link in links] == [(peer.account_id, 7.0, None)]
    page = client.get(f"/account/exchanges/{own.account_id}/").context["page"]
    assert [row["exchange_id"] for row in page.rows] == [f"{own.account_id}-{n}" for n in (3, 2, 1, 0)]
    given = {"reason": "to judge it", "exchange_id": f"{own.account_id}-2"}
    shown = client.post(f"/account/read/{own.account_id}/", given).content.decode()
    assert f"prompt 2 of {own.account_id}" in shown
    assert AuditEvent.objects.get(action="exchange.revealed").facts["account"] == own.account_id
    assert client.post(f"/account/read/{peer.account_id}/", given).status_code == 404
    assert client.get(f"/account/exchanges/{own.account_id}/?before=x").status_code == 422
    assert client.get(f"/charts/accounts/{own.account_id}.json").json()["table"]["rows"][0][1:] == [0, 1]


def test_an_account_without_peers_is_told_no_place(client: Client, db: None) -> None:
    score = AccountScoreFactory()
    client.force_login(UserFactory())
    page = client.get(f"/account/population/{score.account.account_id}/").content.decode()
    assert "No other account of its stratum was scored" in page and "not known of this account" in page
    page = client.get(f"/account/population/{ApiAccountFactory().account_id}/").content.decode()
    assert "No finished run scored this account" in page
