"""A case file is whole, checkable with public tools, and hostile text changes nothing in it."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import bagit
import pytest
from django.db import connection
from pypdf import PdfReader

from audit.chain import GENESIS, entry_hash
from audit.models import AuditEvent
from audit.services import case_chain, record
from core.clock import now
from core.errors import NotAllowed, Unavailable
from investigations.casefile import content, services
from investigations.enums import ExportState
from investigations.models import CaseExport, Statement
from investigations.services import record_case_view, reveal_sample
from staff.permissions import Worker
from tests.factories.detection import CampaignFactory, SignalReadingFactory
from tests.factories.investigations import (
    CaseAccountFactory,
    CaseFactory,
    DecisionFactory,
    DecisionItemFactory,
    FlaggedSessionFactory,
    SamplePromptFactory,
)
from tests.factories.staff import UserFactory
from tests.factories.traffic import PullFactory, QuarantinedRecordFactory
from tests.support.exports import ask
from traffic.enums import PullState

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = '=1+1 <script>x</script> #eval("1") \u202e \x1b[31m 漢'


@pytest.fixture
def written(tmp_path: Path) -> tuple[CaseExport, Path]:
    member = CaseAccountFactory(case=CaseFactory(title=HOSTILE))
    SamplePromptFactory(session=FlaggedSessionFactory(account=member.account), prompt=HOSTILE)
    DecisionFactory(case=member.case, reason=HOSTILE)
    export = ask(member.case)
    services.write_export(export=export)
    export.refresh_from_db()
    assert export.state == ExportState.READY, export.message
    with zipfile.ZipFile(services.open_export(export=export, actor=export.requested_by)[0]) as archive:
        archive.extractall(tmp_path)
    return export, tmp_path / export.name


def test_a_bag_is_valid_inert_chained_and_not_handed_over_once_changed(
    written: tuple[CaseExport, Path], settings: Any
) -> None:
    export, folder = written
    assert_valid_for_public_tools(folder)
    assert_hostile_text_untouched_in_records_and_inert_in_copies(folder)
    assert_chain_recomputes(folder)
    path = Path(settings.EXPORT_DIR) / export.path
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Unavailable):
        services.open_export(export=export, actor=export.requested_by)


def assert_valid_for_public_tools(folder: Path) -> None:
    assert bagit.Bag(str(folder)).validate()
    for name in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
        subprocess.run(["sha256sum", "-c", "--strict", "--quiet", name], cwd=folder, check=True)


def assert_hostile_text_untouched_in_records_and_inert_in_copies(folder: Path) -> None:
    assert json.loads((folder / "data/records/exchanges.jsonl").read_bytes())["prompt"] == HOSTILE
    assert "'=1+1 <script>" in (folder / "data/reading-copies/exchanges.csv").read_text()
    pages = [page.extract_text() for page in PdfReader(folder / "data/report/report.pdf").pages]
    text = "".join(pages)
    for shown in ("\\u{202E}", "\\u{001B}", "\\u{6F22}", '#eval("1")'):
        assert shown in text
    assert all(f"Page {n} of {len(pages)}" in page for n, page in enumerate(pages, 1))


def assert_chain_recomputes(folder: Path) -> None:
    lines = (folder / "data/audit/chain.tsv").read_text().splitlines()
    payloads = (folder / "data/audit/payloads.jsonl").read_bytes().splitlines()
    previous = GENESIS
    for line, payload in zip(lines, payloads, strict=True):
        chain, seq, at, actor, before, digest, own = line.split("\t")
        assert (before, digest) == (previous, hashlib.sha256(payload).hexdigest())
        previous = entry_hash(chain=chain, seq=int(seq), at=at, actor=actor, prev_hash=before, payload_sha256=digest)
        assert own == previous
    assert lines


def test_auditor_may_not_export() -> None:
    with pytest.raises(NotAllowed):
        services.request_export(case=CaseFactory(), purpose="x", actor=UserFactory(role="auditor"))


def _folder(export: CaseExport, name: str) -> Path:
    folder = services._temporary(name)
    folder.mkdir(parents=True)
    return folder


def test_readings_of_the_campaign_are_in_the_bag(tmp_path: Path) -> None:
    reading = SignalReadingFactory(unit__campaign=CampaignFactory())
    case = CaseFactory(campaign=reading.unit.campaign)
    export = ask(case)
    services.write_export(export=export)
    export.refresh_from_db()
    assert export.state == ExportState.READY, export.message
    with zipfile.ZipFile(services.open_export(export=export, actor=export.requested_by)[0]) as archive:
        lines = archive.read(f"{export.name}/data/analysis/scores.jsonl").splitlines()
    assert [json.loads(line)["signal"] for line in lines] == [reading.signal]


def _read(export: CaseExport) -> zipfile.ZipFile:
    services.write_export(export=export)
    export.refresh_from_db()
    assert export.state == ExportState.READY, export.message
    return zipfile.ZipFile(services.open_export(export=export, actor=export.requested_by)[0])


def _lines(archive: zipfile.ZipFile, export: CaseExport, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(f"{export.name}/data/{name}").splitlines()]


def test_custody_holds_views_downloads_and_reveals_on_every_chain() -> None:
    member, other, reader = CaseAccountFactory(), CaseFactory(), UserFactory(lead=True)
    sample = SamplePromptFactory(session=FlaggedSessionFactory(account=member.account))
    stranger = SamplePromptFactory()
    record_case_view(case=member.case, actor=reader)
    reveal_sample(sample=sample, reason="before the case", actor=reader)
    reveal_sample(sample=sample, reason="for the case", actor=reader, case=member.case)
    reveal_sample(sample=sample, reason="SECRET OF ANOTHER CASE", actor=reader, case=other)
    reveal_sample(sample=stranger, reason="not of this case", actor=reader)
    record(actor=Worker("sampling"), action="samples.pulled", subject=f"run:{sample.session.run_id}", n_samples=1)
    first = ask(member.case, purpose="counsel", actor=reader)
    _read(first)
    second = ask(member.case, purpose="court", actor=reader)
    archive = _read(second)
    found = _lines(archive, second, "custody/custody.jsonl")
    assert [(row["action"], row["chain"]) for row in found] == [
        ("case.viewed", f"case:{member.case.code}"),
        ("sample.revealed", "system"),
        ("sample.revealed", f"case:{member.case.code}"),
        ("sample.revealed", "another case"),
        ("samples.pulled", "system"),
        ("casefile.requested", f"case:{member.case.code}"),
        ("casefile.exported", f"case:{member.case.code}"),
        ("casefile.downloaded", f"case:{member.case.code}"),
        ("casefile.requested", f"case:{member.case.code}"),
    ]
    assert found[1]["facts"]["reason"] == "before the case"
    held = archive.read(f"{second.name}/data/custody/custody.jsonl").decode()
    assert "SECRET" not in held and other.code not in held and f"sample:{stranger.pk}" not in held


def test_a_tab_in_an_actors_name_recomputes() -> None:
    case = CaseFactory()
    record(actor="user:9 a\tb\\t", action="case.viewed", subject=f"case:{case.code}", chain=case_chain(case.code))
    event = AuditEvent.objects.get(chain=case_chain(case.code))
    cells = content.chain_line(event).removesuffix("\n").split("\t")
    assert len(cells) == 7
    chain, seq, at, actor, before, digest, own = (
        cell.replace("\\\\", "\0").replace("\\t", "\t").replace("\0", "\\") for cell in cells
    )
    assert actor == "user:9 a\tb\\t"
    assert own == entry_hash(chain=chain, seq=int(seq), at=at, actor=actor, prev_hash=before, payload_sha256=digest)


def test_the_system_and_its_data_are_stated() -> None:
    session = FlaggedSessionFactory(n_exchanges=3)  # 1 May 2026, one hour
    member = CaseAccountFactory(account=session.account)
    whole = PullFactory(n_received=10, n_stored=6, n_known=1, n_further_origin=1, n_conflict=2, n_quarantined=2)
    short = PullFactory(n_received=10, n_stored=9, state=PullState.FAILED, message="the disk went away")
    QuarantinedRecordFactory(pull=whole, raw=b"RAW BYTES OF SOMEBODY", raw_size=21)
    export = ask(member.case)
    archive = _read(export)
    complete = _lines(archive, export, "acquisition/completeness.json")[0]
    assert [(p["pull"], p["unaccounted"], p["adds_up"]) for p in complete["pulls"]] == [
        (whole.pk, 0, True),
        (short.pk, 1, False),
    ]
    assert complete["days_without_exchanges"] == ["2026-05-01"]
    stated = _lines(archive, export, "legal/system-statement.json")[0]
    assert stated["incidents"]["pulls_not_finished_well"][0]["message"] == "the disk went away"
    assert stated["incidents"]["quarantined_by_source"] == {whole.source.slug: 2}
    assert stated["self_test"]["entries"] == 1 and stated["postgres"][0].isdigit()
    assert len(stated["lock_file"]["sha256"]) == 64 and "audit.0002_append_only" in stated["migrations"]
    assert stated["commit"] == "unknown" or len(stated["commit"].removesuffix("-dirty")) == 40
    kept = _lines(archive, export, "acquisition/quarantine.jsonl")[0]
    assert kept["raw_size"] == 21 and "raw" not in kept
    assert all(b"RAW BYTES" not in archive.read(name) for name in archive.namelist())


def test_a_case_whose_trail_was_altered_is_not_exported() -> None:
    export = ask(CaseFactory())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_event SET actor = 'user:1 nobody' WHERE chain LIKE 'case:%%'")
        cursor.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")
    services.write_export(export=export)
    export.refresh_from_db()
    assert export.state == ExportState.FAILED and "does not verify" in export.message


def test_long_ids_wrap_and_leave_no_trace_in_copied_text() -> None:
    member, name = CaseAccountFactory(), "chatcmpl-" + "0123456789abcdef" * 4
    SamplePromptFactory(session=FlaggedSessionFactory(account=member.account), exchange_id=name)
    export = ask(member.case)
    pdf = PdfReader(io.BytesIO(_read(export).read(f"{export.name}/data/report/report.pdf")))
    text = "".join(page.extract_text() for page in pdf.pages)
    assert name not in text  # it takes more than one line of its column
    assert name in text.replace("\n", "")


def test_what_each_account_is_told_is_in_the_bag_in_every_version() -> None:
    member = CaseAccountFactory(case=CaseFactory())
    item = DecisionItemFactory(decision=DecisionFactory(case=member.case), account=member.account)
    for version, text in ((1, "Your account is suspended."), (2, HOSTILE)):
        Statement.objects.create(
            item=item, version=version, text=text, text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            template_version=0, written_by=item.decision.proposed_by, written_at=now(),
        )  # fmt: skip
    export = ask(member.case)
    told = _lines(_read(export), export, "decisions/statements-of-reasons.jsonl")
    assert [(one["account_id"], one["version"], one["text"]) for one in told] == [
        (member.account.account_id, 1, "Your account is suspended."),
        (member.account.account_id, 2, HOSTILE),
    ]
