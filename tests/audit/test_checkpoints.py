"""Checkpoints and verification: one an hour, never overwritten, and no cut, restored or rewritten trail passes them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from audit import alarm, checkpoints
from audit.checkpoint_text import read_text
from audit.erasing import erase_payloads
from audit.holds import Held, request_hold
from audit.models import AuditEvent, AuditVerification, Checkpoint
from audit.places import Folder, Overwritten
from audit.services import Event, record_many
from audit.verifying import verify_all
from core.canonical import sha256_hex
from core.errors import Unavailable
from core.signing.stamps import StampUnavailable
from investigations.casefile.services import request_export
from tests.factories import CaseFactory, UserFactory
from tests.support.tsa import TestAuthority, running_authority

CHAIN = "case:CASE-2026-0001"


def fill(count: int, chain: str = CHAIN, subject: str = "account:a-1") -> None:
    record_many(actor="user:1 ines", events=[Event("note.added", subject, {"n": n}, chain) for n in range(count)])


def as_superuser(*statements: str) -> None:
    """Switch every trigger of the trail off, change, switch them on."""
    tables = ("audit_event", "audit_head", "audit_checkpoint", "audit_checkpoint_head")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for switch in ("DISABLE", "ENABLE"):
            for statement in statements if switch == "ENABLE" else ():
                cursor.execute(statement)
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} {switch} TRIGGER USER")


def faults(**options: Any) -> list[str]:
    return [str(fault) for fault in verify_all(**options).faults]


@pytest.fixture
def second(tmp_path: Path, settings: Any) -> Folder:
    settings.CHECKPOINT_COPY_DIR = str(tmp_path / "second")
    return Folder(tmp_path / "second")


@pytest.fixture
def authority(tmp_path: Path, settings: Any) -> Iterator[TestAuthority]:
    with running_authority(tmp_path / "tsa") as (running, url):
        settings.TIME_STAMP_URLS, settings.TIME_STAMP_CA_FILE = [url], str(running.ca_file)
        yield running


@pytest.mark.django_db(transaction=True)
def test_five_deliveries_at_once_make_one_checkpoint_an_hour(second: Folder) -> None:
    fill(3)

    def deliver() -> None:
        checkpoints.hourly_checkpoint()
        connections.close_all()

    threads = [threading.Thread(target=deliver) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    checkpoints.hourly_checkpoint()
    made = Checkpoint.objects.get()
    assert made.finished_at is not None and made.places == [str(checkpoints.own_place()), str(second)]
    assert AuditEvent.objects.filter(action="checkpoint.made").count() == 1
    assert second.get(f"{made.name}.txt") == checkpoints.file_of(made)
    facts, leaves = read_text(checkpoints.file_of(made))
    assert checkpoints.opening_of(made, CHAIN).leaf in leaves and facts["time-stamp"] == "not time-stamped"
    assert sorted(leaves) == leaves and len(leaves) == made.n_chains
    assert faults() == []


@pytest.mark.django_db
def test_a_restored_backup_and_a_cut_tail_are_named(second: Folder) -> None:
    fill(20)
    checkpoints.make_checkpoint(purpose="first", actor="x")
    before = AuditEvent.objects.filter(chain=CHAIN, seq=20).get().entry_hash
    fill(10)
    checkpoints.make_checkpoint(purpose="second", actor="x")
    assert faults() == []
    cut = (
        f"DELETE FROM audit_event WHERE chain = '{CHAIN}' AND seq > 20",
        f"UPDATE audit_head SET seq = 20, entry_hash = '{before}' WHERE chain = '{CHAIN}'",
    )
    as_superuser(*cut)
    cut_tail = f"chain {CHAIN}, entry 20: the chain ends here, but checkpoint 2 knows it up to 30"
    assert len(found := faults()) == 1 and found[0].startswith(cut_tail)
    as_superuser(
        "DELETE FROM audit_checkpoint_head WHERE checkpoint_id = 2", "DELETE FROM audit_checkpoint WHERE number = 2"
    )
    restored = faults()
    assert any("checkpoint 2: made" in fault and "the database is older" in fault for fault in restored)
    assert any(fault.startswith(cut_tail) for fault in restored), "the second place knows it still"


@pytest.mark.django_db
def test_a_chain_that_was_written_anew_is_named(settings: Any) -> None:
    """Whoever owns the database can make a chain that holds in itself; only what left the house contradicts it."""
    fill(3)
    checkpoints.make_checkpoint(purpose="first", actor="x")
    as_superuser(f"DELETE FROM audit_event WHERE chain = '{CHAIN}'", f"DELETE FROM audit_head WHERE chain = '{CHAIN}'")
    fill(5)
    [fault] = faults()
    assert (
        fault
        == f"chain {CHAIN}, entry 3: the whole chain was written anew: checkpoint 1 knows this entry with another hash"
    )


@pytest.mark.django_db
def test_files_are_made_once_and_changed_ones_are_named(second: Folder, tmp_path: Path) -> None:
    fill(3)
    made = checkpoints.make_checkpoint(purpose="x", actor="x")
    for place in (checkpoints.own_place(), second):
        with pytest.raises(Overwritten):
            place.put(f"{made.name}.txt", b"another history")
        place.put(f"{made.name}.txt", checkpoints.file_of(made))  # the same again is no change
    for name, change in (("sig", lambda data: bytes(64)), ("txt", lambda data: data.replace(b"chains", b"chainz"))):
        path = second.path / f"{made.name}.{name}"
        kept = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(change(kept))
        assert [fault for fault in faults() if str(path) in fault and fault.startswith("checkpoint 1:")]
        path.write_bytes(kept)
    (second.path / f"{made.name}.txt").unlink()
    assert faults() == [f"checkpoint 1: is missing from {second}"]


@pytest.mark.django_db
def test_a_missing_stamp_or_copy_is_made_good_later(authority: TestAuthority, settings: Any, tmp_path: Path) -> None:
    fill(3)
    authority.behaviour = "error"
    with pytest.raises(StampUnavailable, match="HTTP 500"):
        checkpoints.make_checkpoint(purpose="export", actor="x")
    authority.behaviour, settings.CHECKPOINT_COPY_COMMAND = "good", "false"
    checkpoints.hourly_checkpoint()
    assert list(Checkpoint.objects.values_list("finished_at", flat=True)) == [None, None]
    taken = tmp_path / "taken"
    taken.mkdir()
    script = tmp_path / "copy.sh"
    script.write_text(f'#!/bin/sh\nset -C; cat >"{taken}/$1"\n')  # -C: an existing file is not overwritten
    script.chmod(0o700)
    settings.CHECKPOINT_COPY_COMMAND = str(script)
    checkpoints.hourly_checkpoint()
    export, hourly = Checkpoint.objects.order_by("number")
    assert export.attested_at and hourly.attested_at and export.finished_at and hourly.finished_at
    assert sha256_hex((taken / f"{export.name}.txt").read_bytes()) == export.text_sha256
    assert checkpoints.file_of(hourly, "tsr") == (taken / f"{hourly.name}.tsr").read_bytes()
    assert checkpoints.attesting(CHAIN, 3) == export and checkpoints.attesting(CHAIN, 99) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_checkpoint SET text_sha256 = repeat('0', 64)",
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_checkpoint_head SET seq = 1",
        "DELETE FROM audit_verification",
        "DELETE FROM audit_signing_key",
    ],
)
def test_the_applications_role_cannot_change_a_checkpoint(app_connection: psycopg.Connection, statement: str) -> None:
    fill(2)
    checkpoints.make_checkpoint(purpose="x", actor="x")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_the_auditors_role_reads_the_trail_and_nothing_else(audit_connection: psycopg.Connection) -> None:
    fill(2)
    assert audit_connection.execute("SELECT count(*) FROM audit_event").fetchone() == (2,)
    for statement in (
        "SELECT count(*) FROM staff_user",
        "SELECT audit_append('system', 'x', ARRAY['{}'])",
        "UPDATE audit_event SET actor = 'x'",
        "CREATE TABLE here (x int)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            audit_connection.execute(statement)


@pytest.mark.django_db
def test_a_broken_trail_raises_an_alarm_and_blocks_until_it_is_whole() -> None:
    fill(20)
    checkpoints.make_checkpoint(purpose="x", actor="x")
    run = run_one()
    assert run.good and run.n_checkpoints == 1 and alarm.alarm() is None
    as_superuser("UPDATE audit_event SET payload = replace(payload, '\"n\":9', '\"n\":8') WHERE seq = 10")
    bad = run_one()
    assert bad.faults == [f"chain {CHAIN}, entry 10: the payload was altered"] and alarm.alarm() == bad
    with pytest.raises(alarm.TrailBroken, match="entry 10: the payload was altered"):
        alarm.check_trail_whole()
    with pytest.raises(alarm.TrailBroken):
        request_export(case=CaseFactory(), purpose="court", actor=UserFactory(lead=True))
    with pytest.raises(CommandError, match="1 faults"):
        call_command("verify_audit")
    as_superuser("UPDATE audit_event SET payload = replace(payload, '\"n\":8', '\"n\":9') WHERE seq = 10")
    assert run_one().good
    alarm.check_trail_whole()


def run_one() -> AuditVerification:
    asked = alarm.request_verification(actor="user:1 ines")
    assert alarm.request_verification(actor="user:2 leo") == asked, "one at a time"
    alarm.run_verification(verification=asked)
    asked.refresh_from_db()
    return asked


@pytest.mark.django_db
def test_erasure_leaves_the_chain_whole_and_a_silent_one_is_named() -> None:
    fill(3)
    fill(2, subject="account:a-2")
    checkpoints.make_checkpoint(purpose="x", actor="x")
    assert erase_payloads(subjects=["account:a-2"], actor="user:1 ines", basis="Art. 17(1) GDPR") == 2
    gone = AuditEvent.objects.filter(chain=CHAIN, seq__in=(4, 5))
    assert {(event.payload, event.subject) for event in gone} == {("", "erased")} and gone[0].facts == {}
    assert AuditEvent.objects.filter(action="payload.erased", subject=f"entry:{CHAIN}/4").count() == 1
    assert faults() == []
    request_hold(about="account:a-1", subjects=[], reason="claim", basis="Art. 17(3)(e)", actor="user:1 ines")
    with pytest.raises(Held, match="account:a-1 is under legal hold"):
        erase_payloads(subjects=["account:a-1"], actor="user:1 ines", basis="asked for")
    assert AuditEvent.objects.filter(chain=CHAIN, seq__lte=3).exclude(payload="").count() == 3
    as_superuser(
        "UPDATE audit_event SET payload = '', subject = 'erased', erased_at = now() WHERE seq = 2 AND chain LIKE 'case%'"
    )
    assert faults() == [f"chain {CHAIN}, entry 2: the payload is gone and no entry records its erasure"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("chain_of", [lambda n: CHAIN, lambda n: f"case:CASE-2026-{n % 5:04d}"], ids=["one", "many"])
def test_twenty_writers_leave_no_gap_and_no_fork(app_database_url: str, chain_of: Callable[[int], str]) -> None:
    def write(number: int) -> None:
        with psycopg.connect(app_database_url) as link:
            for n in range(10):
                payload = (
                    f'{{"action":"note.added","facts":{{"n":{n}}},"salt":"{os.urandom(32).hex()}","subject":"n:{n}"}}'
                )
                link.execute("SELECT audit_append(%s, %s, %s)", [chain_of(number + n), f"user:{number} x", [payload]])
                link.rollback() if n == 7 else link.commit()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome = verify_all()
    assert (outcome.events, outcome.faults) == (180, ())


def test_a_full_place_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot take"):
        Folder(tmp_path / "file").put("checkpoint-1.txt", b"x")
