"""Flagged-session pages: who sees what, masked text, reveals in the trail, verdict and onward."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client

from audit.models import AuditEvent
from detection.models import Label
from investigations.models import Case, FlaggedSession, SamplePrompt
from staff.enums import Role
from tests.factories import FlaggedSessionFactory, SamplePromptFactory, UnitFactory, UserFactory
from tests.factories.detection import START
from tests.support.lake import exchange, fill_lake

SECRET = "the secret recipe of a third person"
HOSTILE = "<script>alert(1)</script>\u202egpj.exe\x1b[31m"


@pytest.fixture
def flagged(db: None) -> FlaggedSession:
    """A session of three exchanges, two of them in a unit, beside another conversation in the same minutes."""
    session: FlaggedSession = FlaggedSessionFactory(n_exchanges=3, n_unit_exchanges=2)
    account = session.account.account_id
    UnitFactory(run=session.run, campaign=session.campaign, selector={"columns": {"pre8": ["77"]}})
    inside = [
        exchange(account, n, START + timedelta(minutes=n), session_ref="a", pre8=77 if n else 1) for n in range(3)
    ]
    beside = [exchange(account, n, START + timedelta(minutes=n - 10), session_ref="b") for n in (10, 11)]
    fill_lake(inside + beside)
    FlaggedSession.objects.update(session_key=f"{account}#a")
    session.refresh_from_db()
    SamplePromptFactory(session=session, prompt=SECRET, response="a response", system_prompt="")
    return session


@pytest.mark.parametrize("role", Role)
def test_pages_open_for_every_role_that_sees_evidence(client: Client, flagged: FlaggedSession, role: Role) -> None:
    client.force_login(UserFactory(role=role))
    assert client.get("/sessions/").status_code == client.get(f"/sessions/{flagged.pk}/").status_code == 200


def test_exchanges_are_those_of_the_session_alone(client: Client, flagged: FlaggedSession) -> None:
    client.force_login(UserFactory())
    exchanges = client.get(f"/sessions/{flagged.pk}/").context["exchanges"]
    account = flagged.account.account_id
    assert [row["exchange_id"] for row in exchanges.rows] == [f"{account}-{n}" for n in range(3)]
    assert [row["in_unit"] for row in exchanges.rows] == [False, True, True]
    assert exchanges.total == 3


def test_masked_text_is_absent_from_the_page(client: Client, flagged: FlaggedSession) -> None:
    client.force_login(UserFactory())
    page = client.get(f"/sessions/{flagged.pk}/").content.decode()
    assert SECRET not in page and "a response" not in page
    assert f"{len(SECRET)} characters" in page


def test_a_reveal_shows_prompt_and_response_and_is_in_the_trail(client: Client, flagged: FlaggedSession) -> None:
    person, sample = UserFactory(), SamplePrompt.objects.get()
    client.force_login(person)
    fragment = client.post(f"/samples/{sample.pk}/reveal/", {"reason": "to judge the flag"}).content.decode()
    assert SECRET in fragment and "a response" in fragment and "<html" not in fragment
    event = AuditEvent.objects.get(action="sample.revealed")
    assert (event.actor, event.subject) == (person.audit_name, f"sample:{sample.pk}")
    assert event.facts["reason"] == "to judge the flag"


def test_secrets_and_personal_data_stay_masked_until_a_second_reason(client: Client, flagged: FlaggedSession) -> None:
    sample = SamplePromptFactory(session=flagged, prompt="Mail jo@example.org, then think step by step.")
    client.force_login(UserFactory())
    address = f"/samples/{sample.pk}/reveal/"
    first = client.post(address, {"reason": "to judge"})
    assert (
        "jo@example.org" not in first.content.decode() and "[e-mail address, 14 characters]" in first.content.decode()
    )
    assert 'class="tagged' in first.content.decode() and first["Cache-Control"] == "no-store"
    second = client.post(address, {"reason": "to tell the victim", "unmasked": "on"})
    assert "jo@example.org" in second.content.decode()
    events = AuditEvent.objects.filter(action="sample.revealed").order_by("id")
    assert [(event.facts["reason"], "unmasked" in event.facts) for event in events] == [
        ("to judge", False),
        ("to tell the victim", True),
    ]


def test_any_exchange_of_the_session_is_read_for_a_reason_and_no_other(client: Client, flagged: FlaggedSession) -> None:
    person, account = UserFactory(), flagged.account.account_id
    client.force_login(person)
    address = f"/sessions/{flagged.pk}/read/"
    shown = client.post(address, {"reason": "to judge the flag", "exchange_id": f"{account}-1"}).content.decode()
    assert f"prompt 1 of {account}" in shown and "answer" in shown and "<html" not in shown
    event = AuditEvent.objects.get(action="exchange.revealed")
    assert (event.actor, event.subject) == (person.audit_name, f"exchange:{account}-1")
    assert event.facts["session"] == str(flagged) and event.facts["reason"] == "to judge the flag"
    fill_lake([exchange("another", 1, START)])
    assert client.post(address, {"reason": "x", "exchange_id": "another-1"}).status_code == 404
    assert client.post(address, {"reason": " ", "exchange_id": f"{account}-1"}).status_code == 422
    client.force_login(UserFactory(auditor=True))
    assert client.post(address, {"reason": "x", "exchange_id": f"{account}-1"}).status_code == 403
    assert AuditEvent.objects.filter(action="exchange.revealed").count() == 1


def test_a_reveal_without_a_reason_or_right_shows_nothing(client: Client, flagged: FlaggedSession) -> None:
    sample = SamplePrompt.objects.get()
    client.force_login(UserFactory())
    refused = client.post(f"/samples/{sample.pk}/reveal/", {"reason": "  "})
    assert refused.status_code == 422 and SECRET not in refused.content.decode()
    client.force_login(UserFactory(auditor=True))
    refused = client.post(f"/samples/{sample.pk}/reveal/", {"reason": "curious"})
    assert refused.status_code == 403 and SECRET not in refused.content.decode()
    assert not AuditEvent.objects.filter(action="sample.revealed").exists()
    assert client.get(f"/sessions/{flagged.pk}/").content.decode().count("Reveal</button>") == 0


def test_hostile_text_is_inert_and_visible(client: Client, flagged: FlaggedSession) -> None:
    client.force_login(UserFactory())
    FlaggedSession.objects.update(reason=HOSTILE)
    sample = SamplePromptFactory(session=flagged, prompt=HOSTILE, exchange_id=HOSTILE)
    page = client.get(f"/sessions/{flagged.pk}/").content.decode()
    revealed = client.post(f"/samples/{sample.pk}/reveal/", {"reason": "to read it"}).content.decode()
    for text in (page, revealed):
        assert "<script>alert" not in text and "\u202e" not in text and "\x1b" not in text
        assert "&lt;script&gt;" in text and "\\u{202E}" in text
    assert "\\u{001B}[31m" in revealed


def test_claiming_names_who_has_it(client: Client, flagged: FlaggedSession, staff: SimpleNamespace) -> None:
    client.force_login(staff.ines)
    assert client.post(f"/sessions/{flagged.pk}/claim/").url == f"/sessions/{flagged.pk}/#session"
    client.force_login(staff.ivan)
    refused = client.post(f"/sessions/{flagged.pk}/claim/")
    assert refused.status_code == 409 and str(staff.ines) in refused.content.decode()
    client.force_login(staff.ines)
    client.post(f"/sessions/{flagged.pk}/release/")
    assert FlaggedSession.objects.get().assignee is None
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True)) == [
        "session.claimed",
        "session.released",
    ]


def test_a_verdict_goes_on_to_the_next_open_session(client: Client, flagged: FlaggedSession) -> None:
    weaker = FlaggedSessionFactory(strength=1.0)
    client.force_login(UserFactory())
    given = {"verdict": "benign_positive", "reason": "A class", "expected": ""}
    answer = client.post(f"/sessions/{flagged.pk}/verdict/", given)
    assert answer.url == f"/sessions/{weaker.pk}/#session"
    assert Label.objects.get().kind == "cleared"
    stale = client.post(f"/sessions/{flagged.pk}/verdict/", given)
    assert stale.status_code == 409, "the verdict that the page showed is no longer the one that stands"
    given["expected"] = ""
    assert client.post(f"/sessions/{weaker.pk}/verdict/", given).url == "/"


def test_next_skips_what_others_hold(client: Client, flagged: FlaggedSession, staff: SimpleNamespace) -> None:
    held = FlaggedSessionFactory(strength=9.0, assignee=staff.ivan)
    client.force_login(staff.ines)
    assert client.get("/sessions/next/").url == f"/sessions/{flagged.pk}/#session"
    assert client.get(f"/sessions/next/?after={held.pk}").url == f"/sessions/{flagged.pk}/#session"
    assert client.get("/sessions/next/?after=" + "9" * 30).status_code == 302


def test_reviewing_is_for_reviewers(client: Client, flagged: FlaggedSession) -> None:
    client.force_login(UserFactory(legal=True))
    for name in ("claim", "release"):
        assert client.post(f"/sessions/{flagged.pk}/{name}/").status_code == 403
    given = {"verdict": "undetermined", "reason": "?"}
    assert client.post(f"/sessions/{flagged.pk}/verdict/", given).status_code == 403
    assert not AuditEvent.objects.exists()


def test_a_case_opens_on_the_session(client: Client, flagged: FlaggedSession) -> None:
    client.force_login(UserFactory())
    answer = client.post(f"/sessions/{flagged.pk}/open-case/", {"title": "One account", "reason": "It looks odd"})
    case = Case.objects.get()
    assert answer.url == f"/cases/{case.code}/"
    assert [exhibit.ref for exhibit in case.exhibits.all()] == [str(flagged)]


@pytest.mark.parametrize("n", [1, 3])
def test_query_counts_do_not_grow(
    client: Client, flagged: FlaggedSession, n: int, django_assert_num_queries: object
) -> None:
    FlaggedSessionFactory.create_batch(n - 1)
    SamplePromptFactory.create_batch(n - 1, session=flagged)
    client.force_login(UserFactory())
    client.get("/search/")  # the first page of a session writes its form token
    with django_assert_num_queries(4):  # type: ignore[operator]
        assert len(client.get("/sessions/").context["page"].items) == n
    with django_assert_num_queries(9):  # type: ignore[operator]
        assert len(client.get(f"/sessions/{flagged.pk}/").context["samples"]) == n


def test_filters_narrow(client: Client, flagged: FlaggedSession) -> None:
    person = UserFactory()
    decided = FlaggedSessionFactory(verdict="true_positive", assignee=person)
    client.force_login(person)

    def shown(query: str) -> list[FlaggedSession]:
        return client.get(f"/sessions/?{query}").context["page"].items  # type: ignore[no-any-return]

    assert shown("") == [flagged] and shown("show=decided") == [decided] and shown("show=mine") == []
    assert shown(f"show=all&campaign={decided.campaign.code}") == [decided]
    assert shown(f"account={flagged.account.account_id}") == [flagged]
