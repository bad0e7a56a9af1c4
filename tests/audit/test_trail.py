"""The trail: chained, append-only for the application's role, and honest about damage."""

from __future__ import annotations

import json

import psycopg
import pytest
from django.db import connection
from django.test import Client

from audit import queries
from audit.models import AuditEvent, AuditHead
from audit.services import Event, record, record_many
from core.errors import InvalidInput
from staff.tokens import create_token
from tests.factories import people


def fill(count: int, chain: str = "case:CASE-2026-0001") -> None:
    record_many(actor="user:1 ines", events=[Event("note.added", f"note:{n}", {"n": n}, chain) for n in range(count)])


def unguarded(statement: str) -> None:
    """What a superuser could do: switch the triggers off, change, switch them on."""
    table = "audit_head" if "audit_head" in statement else "audit_event"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def writes_of_heads() -> int:
    """How many versions of heads this transaction has written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT n_tup_ins + n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'audit_head'")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_chain_has_no_gap_and_verifies() -> None:
    fill(20)
    record(actor="user:1 ines", action="note.added", subject="note:21", chain="case:CASE-2026-0001")
    assert list(AuditEvent.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 22))
    outcome = queries.verify()
    assert (outcome.chains, outcome.events, outcome.faults) == (1, 21, ())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("damage", "seq"),
    [
        ("UPDATE audit_event SET payload = replace(payload, '\"n\":9', '\"n\":8') WHERE seq = 10", 10),
        ("UPDATE audit_event SET actor = 'user:2 leo' WHERE seq = 4", 4),
        ("UPDATE audit_event SET at = at + interval '1 microsecond' WHERE seq = 7", 7),
        ("DELETE FROM audit_event WHERE seq = 5", 5),
        ("DELETE FROM audit_event WHERE seq = 1", 1),
        ("DELETE FROM audit_event WHERE seq > 15", 15),
        ("UPDATE audit_head SET seq = 19", 20),
        ("DELETE FROM audit_head", 20),
    ],
)
def test_damage_by_a_superuser_is_found(damage: str, seq: int) -> None:
    fill(20)
    unguarded(damage)
    faults = queries.verify().faults
    assert [fault.seq for fault in faults] == [seq]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "UPDATE audit_head SET seq = 0",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head (chain, seq, entry_hash) VALUES ('x', 9, '0')",
        "ALTER TABLE audit_event DISABLE TRIGGER USER",
        "DROP FUNCTION audit_append(text, text, text[])",
        (
            "INSERT INTO audit_event"
            " (chain, seq, at, actor, action, subject, payload, payload_sha256, prev_hash, entry_hash)"
            " VALUES ('x', 1, now(), 'x', 'a.b', 'x:1', '{}', '0', '0', '0')"
        ),
    ],
)
def test_the_applications_role_can_only_append(app_connection: psycopg.Connection, statement: str) -> None:
    fill(2)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(statement)
    app_connection.execute(
        'SELECT audit_append(\'system\', \'user:1\', ARRAY[\'{"action": "a.b", "subject": "c:1"}\'])'
    )
    assert queries.verify().faults == ()
    assert AuditEvent.objects.count() == 3


@pytest.mark.django_db
def test_a_failed_step_leaves_no_event() -> None:
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        fill(3)
        raise ZeroDivisionError
    assert (AuditEvent.objects.count(), AuditHead.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_chain_grows_by_many_events_at_one_step_of_its_head() -> None:
    """A head written for each event would be quadratic: every version of its row is passed to reach the next."""
    fill(1)
    before = writes_of_heads()
    fill(2_000)
    assert AuditHead.objects.get().seq == 2_001
    assert writes_of_heads() - before == 1


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["approve", "Decision.approved", "decision approved", ""])
def test_an_action_is_noun_and_participle(action: str) -> None:
    with pytest.raises(InvalidInput, match="noun.participle"):
        record(actor="x", action=action, subject="a:1")


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\u202e<b>", "line\nbreak"])
def test_hostile_facts_are_kept_and_verify(text: str) -> None:
    record(actor="x", action="note.added", subject="note:1", text=text)
    assert queries.verify().faults == ()


@pytest.mark.django_db
def test_an_event_says_in_which_role_and_how_its_actor_had_signed_in(client: Client) -> None:
    who = people()
    client.force_login(who.ines)
    client.post("/cases/open/", {"title": "By page"})
    client.logout()
    token = create_token(person=who.ines, actor=who.ines)
    signed = {"headers": {"Authorization": f"Token {token}"}, "content_type": "application/json"}
    client.post("/api/v1/cases/", {"title": "By program"}, **signed)
    record(actor="worker:detection", action="run.finished", subject="run:1")
    payloads = [json.loads(event.payload) for event in AuditEvent.objects.order_by("pk")]
    said = [(one["action"], one.get("role"), one.get("authentication")) for one in payloads]
    assert [one for one in said if one[0] in ("case.opened", "run.finished")] == [
        ("case.opened", "investigator", "password"),
        ("case.opened", "investigator", "token"),
        ("run.finished", None, None),
    ]
