"""API tokens: shown once, kept as digests, ended with the person."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rest_framework.authtoken.models import Token

from audit.models import AuditEvent
from core.errors import Conflict, NotAllowed
from staff import services
from staff.tokens import create_token, revoke_token, token_digest
from tests.factories import people

pytestmark = pytest.mark.django_db


def test_the_table_holds_the_digest_alone() -> None:
    who = people()
    token = create_token(person=who.ines, actor=who.ines)
    assert Token.objects.get(user=who.ines).key == token_digest(token)
    assert not Token.objects.filter(key__contains=token[:20]).exists()
    event = AuditEvent.objects.get(action="token.created")
    assert event.subject == f"person:{who.ines.pk}"
    assert token not in event.payload


def test_a_new_token_ends_the_old_one(client: object) -> None:
    who = people()
    old = create_token(person=who.ines, actor=who.ines)
    new = create_token(person=who.ines, actor=who.ines)
    statuses = [
        client.get("/api/v1/runs/", headers={"Authorization": f"Token {token}"}).status_code  # type: ignore[attr-defined]
        for token in (old, new)
    ]
    assert statuses == [401, 200]


def test_the_stored_digest_signs_nobody_in(client: object) -> None:
    who = people()
    stored = token_digest(create_token(person=who.ines, actor=who.ines))
    assert client.get("/api/v1/runs/", headers={"Authorization": f"Token {stored}"}).status_code == 401  # type: ignore[attr-defined]


def test_only_administrators_make_tokens_for_others() -> None:
    who = people()
    with pytest.raises(NotAllowed):
        create_token(person=who.leo, actor=who.ines)
    assert create_token(person=who.leo, actor=who.admin)
    assert revoke_token(person=who.leo, actor=who.leo)
    assert not revoke_token(person=who.leo, actor=who.leo)


def test_switching_a_person_off_ends_their_token(client: object) -> None:
    who = people()
    token = create_token(person=who.ines, actor=who.ines)
    services.deactivate_person(person=who.ines, actor=who.admin)
    assert client.get("/api/v1/runs/", headers={"Authorization": f"Token {token}"}).status_code == 401  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        services.deactivate_person(person=who.admin, actor=who.admin)


def test_the_command_prints_a_working_token(client: object) -> None:
    people()
    out = StringIO()
    call_command("create_token", "ines", stdout=out)
    answer = client.get("/api/v1/runs/", headers={"Authorization": f"Token {out.getvalue().strip()}"})  # type: ignore[attr-defined]
    assert answer.status_code == 200
    with pytest.raises(CommandError, match="nobody-here"):
        call_command("create_token", "nobody-here")


def test_nobody_changes_their_own_role() -> None:
    who = people()
    with pytest.raises(Conflict):
        services.change_role(person=who.admin, role="lead", actor=who.admin)
    with pytest.raises(NotAllowed):
        services.change_role(person=who.ines, role="admin", actor=who.ines)
    services.change_role(person=who.ines, role="auditor", actor=who.admin)
    who.ines.refresh_from_db()
    assert (who.ines.role, who.ines.is_staff, who.ines.is_superuser) == ("auditor", False, False)


def test_first_people_are_made_once_each_with_their_own_password() -> None:
    made = services.create_first_people(actor="bootstrap")
    assert len(made) == 5
    assert len({person.password for person in made}) == 5
    assert services.create_first_people(actor="bootstrap") == []
