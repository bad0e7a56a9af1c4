"""What stands in the container: hostile text inert in copies and untouched in records, error rates, the load file, refusals."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pypdf import PdfReader

from audit.models import AuditEvent
from core.errors import Conflict
from investigations.casefile import controls, sealing, services
from investigations.casefile.loadfile import FIELDS, QUALIFIER, SEPARATOR
from investigations.casefile.verifying import steps
from investigations.enums import ExportState
from investigations.models import Case
from tests.factories.accounts import ApiAccountFactory
from tests.factories.detection import (
    AccountScoreFactory,
    CampaignFactory,
    LabelFactory,
    RivalExplanationFactory,
    SignalReadingFactory,
    UnitFactory,
)
from tests.factories.investigations import (
    CaseAccountFactory,
    CaseFactory,
    FlaggedSessionFactory,
    SamplePromptFactory,
)
from tests.factories.staff import UserFactory
from tests.support.exports import REASON, opened, unpacked, written
from tests.support.lake import exchange, fill_lake
from traffic import services as traffic
from traffic.models import PulledBatch

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> \u202e\x1b[31m \u00fe\u00ae\x14 #eval(\"1\")"
CANARY = "canary-of-case-a-7c1f"
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\uff1d1+1")


def rich_case() -> Case:
    """A case of a campaign with readings, stories, control accounts and prompts that an attacker wrote."""
    campaign = CampaignFactory()
    unit = UnitFactory(run=campaign.last_run, campaign=campaign, selector={"columns": {"pre8": [7]}})
    SignalReadingFactory(unit=unit, signal="X2")
    SignalReadingFactory(unit=unit, signal="N1", p=0.4, sentence="Requests overlap no more than honest ones.")
    RivalExplanationFactory(unit=unit)
    RivalExplanationFactory(unit=unit, story="Reseller or gateway", finding="open", because="Two accounts carry half")
    case = CaseFactory(campaign=campaign, title=HOSTILE)
    member = CaseAccountFactory(case=case)
    session = FlaggedSessionFactory(account=member.account, campaign=campaign)
    for text in (HOSTILE, CANARY, *FORMULAS):
        SamplePromptFactory(session=session, prompt=text)
    for number in range(40):
        label = LabelFactory()
        AccountScoreFactory(run=campaign.last_run, account=label.account, flagged=number == 0)
    AccountScoreFactory(run=campaign.last_run, account=ApiAccountFactory(verified=True), flagged=False)
    fill_lake([exchange(member.account.account_id, 1, campaign.started_at + timedelta(days=1), pre8=7)])
    return case


def test_hostile_text_is_inert_in_copies_and_untouched_in_records(tmp_path: Path) -> None:
    case, stranger = rich_case(), CaseAccountFactory()
    SamplePromptFactory(session=FlaggedSessionFactory(account=stranger.account))
    export = services.request_export(case=case, purpose="review", actor=UserFactory(lead=True))  # nothing is empty
    services.write_export(export=export)
    export.refresh_from_db()
    assert export.state == ExportState.READY, export.message
    data = unpacked(export, tmp_path) / "data"
    records = [json.loads(line) for line in (data / "records/exchanges.jsonl").read_bytes().splitlines()]
    assert [row["prompt"] for row in records] == [HOSTILE, CANARY, *FORMULAS]
    _check_copies(data)
    _check_load_file(data / "loadfile", export.name)
    _check_analysis(data / "analysis", case)
    other = opened(written(stranger.case))
    assert all(CANARY.encode() not in other.read(name) for name in other.namelist())
    pages = [page.extract_text() for page in PdfReader(data / "report/report.pdf").pages]
    assert all(f"E01-{number:07d}" in page for number, page in enumerate(pages, 1))
    assert "\\u{202E}" in "".join(pages) and "it flagged 1, or 2.4 % of 41" in "".join(pages).replace("\n", " ")


def test_records_stand_byte_for_byte_beside_what_was_made_of_them(tmp_path: Path) -> None:
    member = CaseAccountFactory()
    session = FlaggedSessionFactory(account=member.account)
    raws = [
        f'{{"id" : "r-{n}" ,"account_id": "{name}", "ts": "2026-05-0{n}T10:00:00Z", "prompt": "caf\u00e9 {n}"}}'.encode()
        for n, name in enumerate((member.account.account_id, member.account.account_id, "stranger"), 1)
    ]
    (tmp_path / "log.jsonl").write_bytes(b"\n".join(raws) + b"\n")
    worker = traffic.Worker("test")
    source = traffic.add_source(actor=worker, path=str(tmp_path / "log.jsonl"), connector="table")
    traffic.run_pull(pull=traffic.request_pull(source=source, actor=worker))
    for number, raw in enumerate(raws[:2], 1):
        moment = datetime(2026, 5, number, 10, tzinfo=UTC)
        SamplePromptFactory(session=session, raw_sha256=hashlib.sha256(raw).hexdigest(), occurred_at=moment)
    SamplePromptFactory(session=session)  # of a source that gives no bytes of a row
    bag = unpacked(written(member.case), tmp_path)
    kept = bag / "data/records/raw/as-received.jsonl"
    rows = [json.loads(line) for line in kept.read_bytes().splitlines()]
    assert [(row["text"].encode(), row["position"]) for row in rows] == [(raws[0], 1), (raws[1], 2)]
    (batch,) = (json.loads(line) for line in (bag / "data/acquisition/batches.jsonl").read_bytes().splitlines())
    assert (batch["digest"], batch["bytes_kept"]) == (PulledBatch.objects.get().digest, True) and "salt" not in batch
    event = AuditEvent.objects.get(action="batch.stored")
    assert batch["entry_in_the_system_chain"] == event.seq and batch["attested_time"] is None
    assert batch["event_time"]["last"] == "2026-05-03T10:00:00.000000Z" != batch["ingest_time"]["at"]
    complete = json.loads((bag / "data/acquisition/completeness.json").read_bytes())["as_received"]
    assert (complete["records"], complete["records_of_the_sampled_exchanges"]) == (2, 3)
    outcome = {line.step: line for line in steps.verify_bag(bag, steps.Given())}["records as received"]
    assert (outcome.outcome, outcome.words[:8]) == (steps.HOLDS, "2 of 3 e")
    kept.write_bytes(kept.read_bytes().replace(b"r-1", b"r-9"))
    outcome = {line.step: line for line in steps.verify_bag(bag, steps.Given())}["records as received"]
    assert outcome.outcome == steps.FAILS


def _check_copies(data: Path) -> None:
    rows = list(csv.reader((data / "reading-copies/exchanges.csv").open(encoding="utf-8")))
    assert rows[1][3].startswith("'=cmd") and "\\u{202E}\\u{001B}[31m" in rows[1][3]
    assert [row[3][0] for row in rows[3:]] == ["'"] * len(FORMULAS)


def _check_load_file(folder: Path, name: str) -> None:
    raw = (folder / "VOL001.dat").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\r\n")
    lines = raw.decode("utf-8-sig").split("\r\n")[:-1]
    table = [[cell.strip(QUALIFIER) for cell in line.split(SEPARATOR)] for line in lines]
    assert tuple(table[0]) == FIELDS and {len(row) for row in table} == {len(FIELDS)}
    documents = [dict(zip(FIELDS, row, strict=True)) for row in table[1:]]
    assert [d["DOCTYPE"] for d in documents] == ["report", *["chart"] * 3, "sampled exchanges of an account"]
    for before, after in pairwise(documents):
        assert int(after["BEGBATES"][-7:]) == int(before["ENDBATES"][-7:]) + 1
    native, text = (
        (folder / documents[-1][path].replace("\\", "/")).read_bytes() for path in ("NATIVEPATH", "TEXTPATH")
    )
    assert native == (folder.parent / "records/exchanges.jsonl").read_bytes()
    assert "\u00fe\u00ae\\u{0014}".encode() in text and b"\x1b" not in text
    images = [line.split(",") for line in (folder / "VOL001.opt").read_bytes().decode().split("\r\n")[:-1]]
    assert [(row[0], row[3]) for row in images] == [(d["BEGBATES"], "Y") for d in documents[:-1]]
    assert (folder / "NATIVES" / f"{documents[0]['BEGBATES']}.pdf").is_file() and name.split("_")[0] in images[0][0]


def _check_analysis(folder: Path, case: Case) -> None:
    rate = json.loads((folder / "controls.json").read_bytes())["false_positive_rate"]
    assert (rate["k"], rate["n"], rate["method"]) == (1, 41, "Clopper-Pearson, two-sided")
    assert [round(edge, 4) for edge in rate["interval"]] == [0.0006, 0.1286]
    told = (folder / "alternatives.md").read_text()
    assert "Reseller or gateway is not contradicted (open): Two accounts carry half" in told
    assert "is not rare among honest traffic (0.4)" in told and "Of 41 accounts known to be honest" in told
    replayed = json.loads((folder / "replay.json").read_bytes())
    assert replayed["runs"][0]["run"] == case.campaign.last_run_id  # type: ignore[union-attr]
    assert replayed["units_calculated_again_at_export"][0]["same"] is True


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed here")
def test_a_spreadsheet_finds_no_formula(tmp_path: Path) -> None:
    case = CaseFactory(title=HOSTILE)
    for text in (*FORMULAS, HOSTILE):  # accounts that named themselves so, and what their exchanges say
        account = CaseAccountFactory(case=case, account__account_id=text).account
        session = FlaggedSessionFactory(account=account, n_exchanges=7)
        SamplePromptFactory(session=session, prompt=text, response=f"{text};{text}")
    data = unpacked(written(case), tmp_path) / "data"
    assert '"\'=1+1"' in (data / "charts/fig-01.csv").read_text()
    load = Path(shutil.copyfile(data / "loadfile/VOL001.dat", tmp_path / "load-file.csv"))
    sheets = [*data.rglob("*.csv"), load]
    assert len(sheets) == 4
    # Field and text separator, UTF-8, from line 1 on; not all as text, numbers looked for, formulas calculated: the worst case.
    for separators, found in (("44,34", sheets), ("59,34", sheets), ("20,254", [load])):
        out = tmp_path / separators
        wanted = ["--convert-to", "fods", f"--infilter=CSV:{separators},76,1,,0,false,true,false,false,false,0,true"]
        office = ["soffice", f"-env:UserInstallation=file://{tmp_path}/office", "--headless", *wanted, "--outdir", out]
        subprocess.run([*office, *found], capture_output=True, timeout=300, check=True)
        for sheet in found:
            told = (out / f"{sheet.stem}.fods").read_text()
            assert "table:formula" not in told and "table:table-cell" in told, sheet
    assert told.count("1+1") >= 2 * 5  # all are there, in the load file; @SUM(1) has none


def test_an_empty_section_stops_an_export_until_a_reason_is_given_and_printed() -> None:
    case, lead = CaseFactory(), UserFactory(lead=True)
    with pytest.raises(Conflict, match="no account|no detection run") as refused:
        services.request_export(case=case, purpose="review", actor=lead)
    assert refused.value.facts["empty"] == ["alternatives", "counter_evidence", "error_rate"]
    assert not case.exports.exists()
    export = written(case, actor=lead)
    archive = opened(export)
    report = PdfReader(io.BytesIO(archive.read(f"{export.name}/data/report/report.pdf"))).pages[0].extract_text()
    assert REASON in report.replace("\n", " ") and "EXPORTED WITH EMPTY SECTIONS" in report
    asked = [json.loads(x)["facts"] for x in archive.read(f"{export.name}/data/audit/payloads.jsonl").splitlines()]
    assert asked[0]["override_reason"] == REASON


def test_a_rate_of_nobody_is_not_calculable() -> None:
    assert controls.Rate(0, 0).facts()["reason"] == controls.NO_CONTROLS
    assert controls.Rate(0, 10).interval == pytest.approx((0.0, 0.3085), abs=1e-4)
    assert controls.Rate(10, 10).interval == pytest.approx((0.6915, 1.0), abs=1e-4)


def test_the_command_checks_as_the_other_side_does(tmp_path: Path) -> None:
    export, out = written(CaseFactory()), io.StringIO()
    path, _ = services.open_export(export=export, actor=export.requested_by)
    call_command("verify_case_file", str(path), fingerprint=sealing.DeskSealer().fingerprint, stdout=out)
    assert "VERIFIED" in out.getvalue() and "FAILED" not in out.getvalue()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"{export.name}/more.txt", "more")
    with pytest.raises(CommandError):
        call_command("verify_case_file", str(path), fingerprint=sealing.DeskSealer().fingerprint, stdout=out)


def test_the_graph_is_case_and_uco(tmp_path: Path) -> None:
    export = written(rich_case())
    graph = unpacked(export, tmp_path) / "data/case-uco.jsonld"
    program = Path(sys.executable).with_name("case_validate")  # brings the ontology along and asks no network
    done = subprocess.run([program, graph], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Conforms: True" in done.stdout, done.stdout
    assert "Severity" not in done.stdout  # no warning either
