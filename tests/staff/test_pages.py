"""Sign-in, settings with the API token, the audit page, and the pages for errors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from rest_framework.authtoken.models import Token

from audit.models import AuditEvent
from audit.services import record
from staff.enums import Action, Role
from staff.models import User
from staff.permissions import MATRIX
from tests.factories import UserFactory
from tests.factories.staff import PASSWORD

pytestmark = pytest.mark.django_db


def test_signing_in_leads_to_the_queue(client: Client) -> None:
    person = UserFactory()
    assert "<nav" not in client.get("/sign-in/").content.decode()
    wrong = client.post("/sign-in/", {"username": person.username, "password": "no"})
    assert wrong.status_code == 200 and "correct username" in wrong.content.decode()
    assert client.post("/sign-in/", {"username": person.username, "password": PASSWORD}).url == "/"


@pytest.mark.parametrize("role", Role)
def test_settings_are_for_everyone_and_the_trail_for_some(client: Client, role: Role) -> None:
    client.force_login(UserFactory(role=role))
    assert client.get("/settings/").status_code == 200
    expected = 200 if Action.VIEW_AUDIT in MATRIX[role] else 403
    assert client.get("/audit/").status_code == client.post("/audit/verify/").status_code == expected


def test_zone_and_theme_are_saved_and_used(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    chosen = {"time_zone": "Europe/Berlin", "theme": "dark", "density": "dense", "blur_text": "on"}
    assert client.post("/settings/", chosen).status_code == 302
    page = client.get("/settings/").content.decode()
    assert 'data-theme="dark" data-density="dense"' in page and "times in Europe/Berlin" in page
    assert "<body data-blur hx-headers" in page
    assert client.post("/settings/", chosen | {"time_zone": "Mars/Base"}).status_code == 200
    assert User.objects.get(pk=person.pk).time_zone == "Europe/Berlin"
    names = ["blur_text", "density", "theme", "time_zone"]
    assert [event.facts["names"] for event in AuditEvent.objects.filter(action="settings.changed")] == [names]


def test_a_token_is_shown_once_works_and_ends(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    made = client.post("/settings/token/")
    token = re.search(r"sw_[\w-]+", made.content.decode())
    assert token is not None and made["Cache-Control"] == "no-store"
    assert token[0] not in client.get("/settings/").content.decode()
    header = {"Authorization": f"Token {token[0]}"}
    assert Client(headers=header).get("/api/v1/campaigns/").status_code == 200
    assert client.post("/settings/token/revoke/").status_code == 302
    assert not Token.objects.exists()
    assert Client(headers=header).get("/api/v1/campaigns/").status_code == 401
    assert [event.action for event in AuditEvent.objects.order_by("id")] == ["token.created", "token.revoked"]


def test_the_trail_narrows_and_hostile_facts_are_inert(client: Client) -> None:
    lead = UserFactory(lead=True)
    record(actor=lead, action="sample.revealed", subject="sample:1", reason="<script>x</script>\u202e")
    record(actor=lead, action="session.claimed", subject="session:S-000001")
    client.force_login(lead)
    page = client.get("/audit/").content.decode()
    assert "<script>x" not in page and "\u202e" not in page and "\\u{202E}" in page
    found = client.get("/audit/?action=sample&actor=" + lead.username).context["page"].items
    assert [event.subject for event in found] == ["sample:1"]


def test_verifying_says_whole_or_names_the_fault_and_raises_the_alarm(client: Client) -> None:
    from audit.alarm import latest_verification, run_verification
    from audit.models import AuditHead

    def verified() -> str:
        assert "waiting for a worker" in client.post("/audit/verify/").content.decode()
        run_verification(verification=latest_verification())  # type: ignore[arg-type]
        return client.get("/audit/verification/").content.decode()

    lead = UserFactory(lead=True)
    record(actor=lead, action="session.claimed", subject="session:S-000001")
    client.force_login(lead)
    assert "The trail is whole" in verified() and "broken" not in client.get("/rail/").content.decode()
    AuditHead.objects.update(seq=7)
    assert "The trail is broken" in verified() and "The audit trail is broken" in client.get("/rail/").content.decode()
    client.force_login(UserFactory())
    assert "broken" not in client.get("/rail/").content.decode()


def test_a_checkpoint_is_handed_over_once_recorded(client: Client) -> None:
    from audit.checkpoints import file_of, make_checkpoint

    record(actor="x", action="session.claimed", subject="session:S-000001")
    made = make_checkpoint(purpose="export", actor="x")
    client.force_login(UserFactory(auditor=True))
    page = client.get("/audit/checkpoints/").content.decode()
    assert "No second place is configured" in page and "not time-stamped" in page
    assert client.get("/audit/checkpoints/1/txt/").content == file_of(made)
    assert AuditEvent.objects.filter(action="checkpoint.downloaded", subject="checkpoint:1").count() == 1
    assert (
        client.get("/audit/checkpoints/1/openings/").status_code
        == client.get("/audit/checkpoints/2/txt/").status_code
        == 404
    )


@pytest.mark.parametrize("n", [1, 3])
def test_query_count_of_the_trail(client: Client, n: int, django_assert_num_queries: object) -> None:
    lead = UserFactory(lead=True)
    for number in range(n):
        record(actor=lead, action="session.claimed", subject=f"session:S-{number:06d}")
    client.force_login(lead)
    client.get("/search/")
    with django_assert_num_queries(5):  # type: ignore[operator]
        assert len(client.get("/audit/").context["page"].items) == n


def test_error_pages_stand_in_the_frame_and_alone(client: Client) -> None:
    assert "<nav" not in client.get("/no/such/page/").content.decode()
    client.force_login(UserFactory())
    missing = client.get("/no/such/page/")
    assert missing.status_code == 404 and 'class="rail"' in missing.content.decode()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(UserFactory())
    refused = strict.post("/settings/", {"theme": "dark"})
    assert refused.status_code == 403 and "Nothing was changed" in refused.content.decode()
    notice = strict.post("/settings/", {"theme": "dark"}, headers={"HX-Request": "true"})
    assert notice["HX-Retarget"] == "#notices" and "<html" not in notice.content.decode()


@pytest.mark.parametrize(
    ("fault", "words"), [(KeyError("x"), "try once more"), (OperationalError("gone"), "database does not answer")]
)
def test_a_fault_of_ours_is_told_with_its_time_and_without_the_database(
    fault: Exception, words: str, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    def fail(request: object) -> None:
        raise fault

    monkeypatch.setattr("staff.middleware.TimeZoneMiddleware.__call__", lambda self, request: fail(request))
    client = Client(raise_request_exception=False)
    with django_assert_num_queries(0):
        page = client.get("/settings/")
        fragment = client.get("/settings/", headers={"HX-Request": "true"})
    assert page.status_code == fragment.status_code == 500 and fragment["HX-Retarget"] == "#notices"
    assert words in page.content.decode() and re.search(r"<b>\d{4}-\d\d-\d\d [\d:]{8} UTC</b>", page.content.decode())
    assert "css/desk" in page.content.decode() and "<html" not in fragment.content.decode()


def test_people_change_their_own_password(client: Client) -> None:
    person, elsewhere = UserFactory(), Client()
    client.force_login(person)
    elsewhere.force_login(person)
    new = {"new_password1": "a-longer-word-7", "new_password2": "a-longer-word-7"}
    assert "incorrectly" in client.post("/settings/password/", {"old_password": "no"} | new).content.decode()
    short = client.post("/settings/password/", {"old_password": PASSWORD, "new_password1": "a", "new_password2": "a"})
    assert "at least 12 characters" in short.content.decode()
    assert client.post("/settings/password/", {"old_password": PASSWORD} | new).status_code == 302
    assert client.get("/settings/").status_code == 200 and elsewhere.get("/settings/").status_code == 302
    assert User.objects.get(pk=person.pk).check_password("a-longer-word-7")
    events = AuditEvent.objects.filter(action="password.changed")
    assert [(event.subject, event.facts) for event in events] == [(f"person:{person.pk}", {})]


def test_settings_say_what_a_role_may_not_do(client: Client) -> None:
    client.force_login(UserFactory(auditor=True))
    assert "each reveal is an event" not in client.get("/settings/").content.decode()
    client.force_login(UserFactory())
    assert "each reveal is an event" in client.get("/settings/").content.decode()
