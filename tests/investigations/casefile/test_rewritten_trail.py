"""A trail that somebody rewrote, or took back to an earlier state, shows in the next case file."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from investigations.casefile import services, statements
from investigations.casefile.verifying import steps
from tests.support.exports import ask, unpacked, written
from tests.support.tampering import Bench

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_trail_that_was_edited_or_restored_shows(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = services.CaseExport.objects.get().case
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM audit_event WHERE chain LIKE 'case:%%'")
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_event SET actor = 'user:1 nobody' WHERE chain LIKE 'case:%%' AND seq = 1")
    refused = ask(case)
    services.write_export(export=refused)
    refused.refresh_from_db()
    assert refused.state == "failed" and "does not verify" in refused.message
    # A superuser who silences the desk's own check as well is found by the other side.
    with monkeypatch.context() as patch:
        patch.setattr(statements, "verify", lambda chain: type("Checked", (), {"faults": (), "events": 1}))
        edited = unpacked(written(case), tmp_path / "edited")
    failed = [line.step for line in steps.verify_bag(edited, bench.given()) if line.outcome == steps.FAILS]
    assert failed[0] == "audit chain"
    # An old backup: the trail is as it was before the first export, and goes on from there.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_event WHERE chain LIKE 'case:%%' AND seq > 1")
        cursor.execute("UPDATE audit_event e SET actor = k.actor FROM kept k WHERE k.id = e.id")
        cursor.execute("ALTER TABLE audit_head DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE audit_head h SET seq = e.seq, entry_hash = e.entry_hash FROM audit_event e "
            "WHERE e.chain = h.chain AND e.seq = 1 AND h.chain LIKE 'case:%%'"
        )
        cursor.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE audit_head ENABLE TRIGGER USER")
    restored = unpacked(written(case), tmp_path / "restored")
    lines = steps.verify_bag(restored, bench.given())
    assert steps.verdict(lines) == 0, [*map(str, lines)]
    held = (edited / "data/audit/checkpoint.txt").read_text()
    assert bench.verdict(bench.bag, checkpoints=((bench.bag / "data/audit/checkpoint.txt").read_text(),)) == 0
    assert bench.verdict(restored, checkpoints=(held,)) == 1
    lines = steps.verify_bag(restored, bench.given(earlier=(edited,)))
    assert steps.verdict(lines) == 1 and lines[-1].step == "earlier case file"


def test_a_later_case_file_ends_where_the_trail_ends_then(bench: Bench) -> None:
    case = services.CaseExport.objects.get().case
    later = unpacked(written(case), bench.folder / "later")
    lines = [len((folder / "data/audit/chain.tsv").read_text().splitlines()) for folder in (bench.bag, later)]
    assert lines == [4, 7]  # three views and the request; then exported, handed over, requested
    held = (bench.bag / "data/audit/checkpoint.txt").read_text()
    assert bench.verdict(later, earlier=(bench.bag,), checkpoints=(held,)) == 0
