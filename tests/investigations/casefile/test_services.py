"""A case file is whole, checkable with public tools, and hostile text changes nothing in it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path

import bagit
import pytest
from pypdf import PdfReader

from audit.chain import GENESIS, entry_hash
from core.errors import NotAllowed, Unavailable
from investigations.casefile import services
from investigations.enums import ExportState
from investigations.models import CaseExport
from tests.factories.detection import CampaignFactory, SignalReadingFactory
from tests.factories.investigations import (
    CaseAccountFactory,
    CaseFactory,
    DecisionFactory,
    FlaggedSessionFactory,
    SamplePromptFactory,
)
from tests.factories.staff import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = '=1+1 <script>x</script> #eval("1") \u202e \x1b[31m 漢'


@pytest.fixture
def written(tmp_path: Path) -> tuple[CaseExport, Path]:
    member = CaseAccountFactory(case=CaseFactory(title=HOSTILE))
    SamplePromptFactory(session=FlaggedSessionFactory(account=member.account), prompt=HOSTILE)
    DecisionFactory(case=member.case, reason=HOSTILE)
    export = services.request_export(case=member.case, purpose="review", actor=UserFactory(lead=True))
    services.write_export(export=export)
    export.refresh_from_db()
    assert export.state == ExportState.READY, export.message
    with zipfile.ZipFile(services.open_export(export=export, actor=export.requested_by)[0]) as archive:
        archive.extractall(tmp_path)
    return export, tmp_path / export.name


def test_bag_validates_with_public_tools(written: tuple[CaseExport, Path]) -> None:
    _, folder = written
    assert bagit.Bag(str(folder)).validate()
    for name in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
        subprocess.run(["sha256sum", "-c", "--strict", "--quiet", name], cwd=folder, check=True)


def test_hostile_text_is_untouched_in_records_and_inert_in_copies(written: tuple[CaseExport, Path]) -> None:
    _, folder = written
    assert json.loads((folder / "data/records/exchanges.jsonl").read_bytes())["prompt"] == HOSTILE
    assert "'=1+1 <script>" in (folder / "data/reading-copies/exchanges.csv").read_text()
    pages = [page.extract_text() for page in PdfReader(folder / "data/report/report.pdf").pages]
    text = "".join(pages)
    for shown in ("\\u{202E}", "\\u{001B}", "\\u{6F22}", '#eval("1")'):
        assert shown in text
    assert all(f"Page {n} of {len(pages)}" in page for n, page in enumerate(pages, 1))


def test_chain_recomputes_from_the_bag(written: tuple[CaseExport, Path]) -> None:
    _, folder = written
    lines = (folder / "data/audit/chain.tsv").read_text().splitlines()
    payloads = (folder / "data/audit/payloads.jsonl").read_bytes().splitlines()
    previous = GENESIS
    for line, payload in zip(lines, payloads, strict=True):
        chain, seq, at, actor, before, digest, own = line.split("\t")
        assert (before, digest) == (previous, hashlib.sha256(payload).hexdigest())
        previous = entry_hash(chain=chain, seq=int(seq), at=at, actor=actor, prev_hash=before, payload_sha256=digest)
        assert own == previous
    assert lines


def test_changed_file_is_not_handed_over(written: tuple[CaseExport, Path], settings: object) -> None:
    export, _ = written
    path = Path(settings.EXPORT_DIR) / export.path  # type: ignore[attr-defined]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Unavailable):
        services.open_export(export=export, actor=export.requested_by)


def test_auditor_may_not_export() -> None:
    with pytest.raises(NotAllowed):
        services.request_export(case=CaseFactory(), purpose="x", actor=UserFactory(role="auditor"))


def test_empty_case_gives_the_same_bytes_twice() -> None:
    export = services.request_export(case=CaseFactory(), purpose="review", actor=UserFactory(lead=True))
    services._build(export, _folder(export, "a"))
    services._build(export, _folder(export, "b"))
    first, second = (services._temporary(name) / f"{export.name}.zip" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def _folder(export: CaseExport, name: str) -> Path:
    folder = services._temporary(name)
    folder.mkdir(parents=True)
    return folder


def test_readings_of_the_campaign_are_in_the_bag(tmp_path: Path) -> None:
    reading = SignalReadingFactory(unit__campaign=CampaignFactory())
    case = CaseFactory(campaign=reading.unit.campaign)
    export = services.request_export(case=case, purpose="review", actor=UserFactory(lead=True))
    services.write_export(export=export)
    export.refresh_from_db()
    assert export.state == ExportState.READY, export.message
    with zipfile.ZipFile(services.open_export(export=export, actor=export.requested_by)[0]) as archive:
        lines = archive.read(f"{export.name}/data/analysis/scores.jsonl").splitlines()
    assert [json.loads(line)["signal"] for line in lines] == [reading.signal]
