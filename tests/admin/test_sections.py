"""The admin: every section for every role, nothing editable, hostile text inert, people through services."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from audit.models import AuditEvent
from staff.admin_base import DeskAdmin
from staff.enums import Role
from staff.models import User
from tests import factories as make
from traffic.models import Source

pytestmark = pytest.mark.django_db
HOUSE = [(m, s) for m, s in admin.site._registry.items() if isinstance(s, DeskAdmin)]
NAMES = [f"{m._meta.app_label}/{m._meta.model_name}" for m, _ in HOUSE]


def test_all_sections_are_there() -> None:
    assert {"accounts/apiaccount", "accounts/organisation", "investigations/flaggedsession", "investigations/case"} <= {
        *NAMES
    }
    assert {"investigations/decision", "traffic/source", "traffic/pull", "traffic/quarantinedrecord"} <= {*NAMES}
    assert {"detection/detectionrun", "detection/campaign", "staff/user", "audit/auditevent"} <= {*NAMES}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("role", Role)
def test_a_section_opens_only_for_its_roles(client: Client, name: str, role: Role) -> None:
    client.force_login(make.UserFactory(role=role))
    app = name.split("/")[0]
    roles = {"staff": {Role.ADMIN}, "audit": {Role.LEAD, Role.ADMIN}}.get(
        app, {Role.INVESTIGATOR, Role.LEAD, Role.ADMIN}
    )
    outside = role in {Role.LEGAL, Role.AUDITOR}
    expected = 200 if role in roles else 302 if outside else 403
    assert client.get(f"/admin/{name}/").status_code == expected


@pytest.mark.parametrize("path", ["authtoken/tokenproxy", "auth/group"])
def test_stored_tokens_and_groups_have_no_section(client: Client, path: str) -> None:
    client.force_login(make.UserFactory(role=Role.ADMIN))
    assert client.get(f"/admin/{path}/").status_code in {403, 404}


@pytest.mark.parametrize(("model", "section"), HOUSE, ids=NAMES)
def test_nothing_but_people_and_sources_is_added_changed_or_deleted(rf: Any, model: Any, section: DeskAdmin) -> None:
    request = rf.get("/")
    request.user = make.UserFactory(role=Role.ADMIN)
    open_one = model in (User, Source)
    assert section.has_add_permission(request) is open_one
    assert section.has_change_permission(request) is open_one
    assert section.has_delete_permission(request) is False
    assert "delete_selected" not in section.get_actions(request)


def test_hostile_text_is_inert_and_visible(client: Client) -> None:
    client.force_login(make.UserFactory(role=Role.LEAD))
    flag = make.FlaggedSessionFactory(account=make.ApiAccountFactory(account_id="a\u202e<script>x"), reason="\x1b[31m")
    for path in ("", f"{flag.pk}/change/"):
        text = client.get(f"/admin/investigations/flaggedsession/{path}").content.decode()
        assert "a\\u{202E}&lt;script&gt;x" in text
        assert "\u202e" not in text
        assert "\x1b" not in text


def test_sample_prompts_and_quarantined_bytes_are_not_in_the_admin(client: Client) -> None:
    client.force_login(make.UserFactory(role=Role.LEAD))
    row = make.QuarantinedRecordFactory(raw=b"CANARY", reason="ends early")
    assert "CANARY" not in client.get(f"/admin/traffic/quarantinedrecord/{row.pk}/change/").content.decode()
    assert not any(name.endswith("sampleprompt") for name in NAMES)


def test_a_person_is_made_and_given_a_role_by_the_service(client: Client) -> None:
    client.force_login(make.UserFactory(role=Role.ADMIN))
    data = {"username": "nora", "role": "legal", "first_password": "a long enough phrase"}
    assert client.post("/admin/staff/user/add/", data).status_code == 302
    nora = User.objects.get(username="nora")
    assert nora.check_password("a long enough phrase")
    mass = {"role": "lead", "is_superuser": "on", "is_staff": "on", "password": "x", "username": "root"}
    assert client.post(f"/admin/staff/user/{nora.pk}/change/", mass).status_code == 302
    nora.refresh_from_db()
    assert (nora.role, nora.username, nora.is_superuser) == ("lead", "nora", False)
    assert nora.check_password("a long enough phrase")
    facts = AuditEvent.objects.order_by("seq").values_list("action", "subject")
    assert list(facts) == [(a, f"person:{nora.pk}") for a in ("person.created", "role.changed")]


def test_a_source_is_added_and_changed_by_the_services(client: Client) -> None:
    client.force_login(make.UserFactory(role=Role.LEAD))
    assert client.get("/admin/traffic/source/add/").status_code == 200
    data = {"path": "/srv/logs", "kind": "exchanges", "connector": "litellm", "watch": "on", "slug": "mine"}
    assert client.post("/admin/traffic/source/add/", data).status_code == 302
    source = Source.objects.get()
    assert (source.path, source.connector, source.watch, source.slug) == ("/srv/logs", "litellm", True, "logs")
    change = {"name": "Gateway", "path": "/etc/passwd", "connector": "otel", "slug": "x", "enabled": "on"}
    assert client.post(f"/admin/traffic/source/{source.pk}/change/", change).status_code == 302
    source.refresh_from_db()
    assert (source.name, source.watch, source.enabled) == ("Gateway", False, True)
    assert (source.path, source.connector, source.slug) == ("/srv/logs", "litellm", "logs")
    assert list(AuditEvent.objects.order_by("seq").values_list("action", "subject")) == [
        ("source.added", "source:logs"),
        ("source.changed", "source:logs"),
    ]


def test_an_investigator_adds_and_changes_no_source(client: Client) -> None:
    client.force_login(make.UserFactory())
    source = make.SourceFactory()
    assert client.post("/admin/traffic/source/add/", {"path": "/srv", "kind": "exchanges"}).status_code == 403
    assert client.post(f"/admin/traffic/source/{source.pk}/change/", {"name": "x"}).status_code == 403
    assert client.get(f"/admin/traffic/source/{source.pk}/change/").status_code == 200
    assert (Source.objects.get().name, AuditEvent.objects.count()) == (source.name, 0)


def test_a_refused_role_change_is_a_message_not_a_fault(client: Client) -> None:
    me = make.UserFactory(role=Role.ADMIN)
    client.force_login(me)
    answer = client.post(f"/admin/staff/user/{me.pk}/change/", {"role": "lead"}, follow=True)
    assert answer.status_code == 200
    assert "Nobody changes their own role" in answer.content.decode()
    me.refresh_from_db()
    assert me.role == Role.ADMIN


def test_bulk_switch_off_asks_first_and_notices_a_changed_list(client: Client) -> None:
    client.force_login(make.UserFactory(role=Role.ADMIN))
    chosen = [make.UserFactory().pk for _ in range(3)]
    start = {"action": "bulk_switch_off", "_selected_action": chosen, "select_across": "0"}
    page = client.post("/admin/staff/user/", start)
    assert page.status_code == 200
    assert page.context["count"] == 3
    assert User.objects.filter(is_active=False).count() == 0
    client.post("/admin/staff/user/", {**start, "apply": "1", "count": "2"})
    assert User.objects.filter(is_active=False).count() == 0
    client.post("/admin/staff/user/", {**start, "apply": "1", "count": "3"})
    assert User.objects.filter(is_active=False).count() == 3
    assert AuditEvent.objects.filter(action="person.deactivated").count() == 3
