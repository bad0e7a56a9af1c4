"""The produced form: canaries through every file of a real bag, its PDF, its names, its load file; the sealed one stays whole."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, quote_plus
from uuid import NAMESPACE_URL, uuid5

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from audit.services import case_chain
from core.canonical import file_sha256
from core.errors import Conflict, NotAllowed, Unavailable
from investigations.casefile import custody, produced, services
from investigations.models import CaseExport, ExportCheck, Redaction
from investigations.services import (
    pin_exhibit,
    record_case_view,
    redaction_scans,
    redactions,
    reveal_sample,
    write_counsel_note,
)
from investigations.services.custody import record_hand_over, request_check, run_check
from tests.factories import (
    CampaignFactory,
    CaseAccountFactory,
    CaseFactory,
    FlaggedSessionFactory,
    NoteFactory,
    SamplePromptFactory,
)
from tests.factories.accounts import ApiAccountFactory, OrganisationFactory
from tests.support.exports import unpacked, written

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "Zoë Kestrelplover"
MAIL = "zoe.kestrelplover@heron-ash.example"
KEY = "sk-kestrelabcdefghij0123456789"
LONG = "Elm Street 12,\nrear house \u202e of the plovers"
BYSTANDER = "acct-bystander-heron"
IN_A_RECORD = "piet.godwit@heron-ash.example"
VALUES = (NAME, MAIL, KEY, LONG, BYSTANDER)


def needles(value: str) -> Iterator[tuple[str, bytes]]:
    """What to look for, made apart from the code under test; compared without regard to letter case but for base64."""
    shown = value.replace("\u202e", "\\u{202E}")
    for text in {value, shown, " ".join(value.split()), " ".join(shown.split())}:
        raw = text.encode()
        for name, form in {
            "plain": text,
            "casefold": text.casefold(),
            "percent": quote(raw, safe=""),
            "form": quote_plus(raw),
            "json": json.dumps(text)[1:-1],
            "json-raw": json.dumps(text, ensure_ascii=False)[1:-1],
            "html": html.escape(text),
            "hex": raw.hex(),
        }.items():
            yield name, form.lower().encode()
        yield "utf-16", text.lower().encode("utf-16-le")
        for case in (text, text.lower(), text.upper()):
            for shift in range(3):
                whole = base64.b64encode(b"\0" * shift + case.encode() + b"\0" * 3).decode()
                yield "base64", whole[4:-8].encode()
    for digest in ("sha256", "md5"):
        yield digest, hashlib.new(digest, value.encode()).hexdigest().encode()


def leaks(folder: Path) -> list[str]:
    """Every needle found in the bytes, names or printed text of a folder."""
    found = []
    wanted = [(value, name, needle) for value in VALUES for name, needle in needles(value)]
    for path in [p for p in folder.rglob("*") if p.is_file()]:
        data = path.read_bytes() + b"\n" + path.relative_to(folder).as_posix().encode()
        if path.suffix == ".pdf":
            data += subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout
            data += re.sub(rb"\s+", b" ", data)
        lower = data.lower()
        found += [
            f"{value!r} as {name} in {path.relative_to(folder)}"
            for value, name, needle in wanted
            if needle in (data if name == "base64" else lower)
        ]
    return sorted(set(found))


@pytest.fixture
def case(staff: SimpleNamespace) -> Any:
    """A case with the canaries in prompts, a note, a title, a reason of an audit event, account ids and charts."""
    case = CaseFactory(campaign=CampaignFactory(), title=f"Harvest seen with {NAME}")
    member = CaseAccountFactory(case=case)
    encoded = base64.b64encode(f"say {KEY} twice".encode()).decode()
    prompts = (
        f"I am {NAME.upper()}, write to {MAIL} or {quote(MAIL)}; {LONG}",
        f"{'x' * 380} {MAIL}",  # cut in the middle by the report's excerpt
        f"header {encoded} and {KEY}",
        "nothing to hide here",
    )
    for prompt in prompts:
        SamplePromptFactory(
            session=FlaggedSessionFactory(account=member.account, campaign=case.campaign), prompt=prompt
        )
    quiet = CaseAccountFactory(case=case, account__declared_use=f"evaluation, ask {IN_A_RECORD}").account
    SamplePromptFactory(
        session=FlaggedSessionFactory(account=quiet, campaign=case.campaign),
        prompt="nothing of anybody",
        response="Its own",
    )
    bystander = ApiAccountFactory(account_id=BYSTANDER, organisation=OrganisationFactory(name="Quiet Grebe Ltd"))
    CaseAccountFactory(case=case, account=bystander, tier="bystander")
    FlaggedSessionFactory(account=bystander)
    NoteFactory(case=case, text=f"{NAME} answered from {MAIL}")
    sample = member.account.flagged_sessions.order_by("pk").first().samples.get()
    reveal_sample(sample=sample, reason=f"asked by {NAME}", actor=staff.lena, case=case)
    pin_exhibit(case=case, kind="sample", ref=str(sample.pk), reason=f"names {NAME}", actor=staff.ines)
    for value, reason in (
        (NAME, "personal_data"),
        (MAIL, "personal_data"),
        (KEY, "secret"),
        (BYSTANDER, "unrelated_customer"),
    ):
        redactions.redact_value(case=case, value=value, reason=reason, actor=staff.lena)
    redactions.redact_value(case=case, value=LONG, reason="other", reason_text="an address", actor=staff.lena)
    record_case_view(case=case, actor=staff.lena)
    write_counsel_note(case=case, kind="work_product", basis="advice", text="COUNSEL-CANARY", actor=staff.lena)
    return case


def look(case: Any, actor: Any) -> None:
    """A worker looks through the texts; what it proposes beside the canaries is rejected."""
    redaction_scans.run_scan(scan=redaction_scans.request_scan(case=case, actor=actor))
    waiting = list(Redaction.objects.filter(case=case, state="proposed").values_list("number", flat=True))
    redactions.judge_redactions(case=case, numbers=waiting, state="rejected", actor=actor)


def make(sealed: CaseExport, actor: Any) -> CaseExport:
    export = produced.request_produced(source=sealed, purpose="Production to the other side", actor=actor)
    services.write_export(export=export)
    export.refresh_from_db()
    assert export.state == "ready", export.message
    return export


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def zip_of(export: CaseExport) -> Path:
    return Path(services.settings.EXPORT_DIR) / f"{export.name}.zip"


def checked(export: CaseExport, actor: Any) -> ExportCheck:
    check = request_check(export=export, actor=actor)
    run_check(check=check)
    check.refresh_from_db()
    return check


def test_what_was_taken_out_is_nowhere_and_all_verifies(
    case: Any, staff: SimpleNamespace, tmp_path: Path, client: Client
) -> None:
    sealed = written(case, actor=staff.lena)
    before = file_sha256(zip_of(sealed))
    whole = unpacked(sealed, tmp_path / "sealed")
    assert len(leaks(whole)) > 20  # the search finds what is there
    look(case, staff.lena)
    assert Redaction.objects.get(value=IN_A_RECORD).place["kind"] == "account"
    export = make(sealed, staff.lena)
    folder = unpacked(export, tmp_path / "produced")
    assert leaks(folder) == []
    assert b"COUNSEL-CANARY" not in b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert json.loads((folder / "data/legal/privilege-log.json").read_bytes())["withheld_as_privileged"] == 1
    assert file_sha256(zip_of(sealed)) == before
    it_says_what_was_taken_out(folder, sealed, whole)
    it_verifies_by_the_other_sides_programs(folder)
    the_map_is_apart_and_only_counsel_takes_it(export, staff)
    custody_goes_on(case, export, staff, client)
    it_is_verified_again(sealed, export, staff.lena)


def it_says_what_was_taken_out(folder: Path, sealed: CaseExport, whole: Path) -> None:
    log = lines_of(folder / "data/redactions/log.jsonl")
    assert [(line["id"], line["reason"]) for line in log] == [
        ("R-0001", "personal_data"),
        ("R-0002", "personal_data"),
        ("R-0003", "secret"),
        ("R-0004", "unrelated_customer"),
        ("R-0005", "other"),
    ]
    assert all(line["places"]["data/records/exchanges.jsonl"] for line in log[:2])
    rows = lines_of(folder / "data/records/exchanges.jsonl")
    assert f"write to {log[1]['in_its_place']} or {log[1]['in_its_place']}" in rows[0]["prompt"]
    assert rows[0]["prompt_sha256"] == "[DIGEST-WITHHELD]" and len(rows[3]["prompt_sha256"]) == 64
    facts = json.loads((folder / "data/case.json").read_text())
    assert facts["form"] == "produced" and facts["derived_from"]["export"] == sealed.name
    assert facts["derived_from"]["zip_sha256"] == sealed.sha256
    info = (folder / "bag-info.txt").read_text()
    tag = file_sha256(whole / "tagmanifest-sha256.txt")
    assert f"Derived-From-Tagmanifest-SHA256: {tag}" in info and f"Derived-From: {sealed.name}" in info
    withheld = {line["file"] for line in lines_of(folder / "data/redactions/withheld.jsonl")}
    assert withheld == {"data/audit/payloads.jsonl"}
    draft = (folder / "data/legal/certification-902-14.txt").read_text()
    assert f"derived from {sealed.name}" in " ".join(draft.split())
    dat = (folder / "data/loadfile/VOL001.dat").read_text(encoding="utf-8-sig").splitlines()[1:]
    told = [[part.strip("þ") for part in line.split("\x14")] for line in dat]
    assert {(one[6], one[13]) for one in told} == {
        ("report", "Y"),
        ("chart", "N"),
        ("sampled exchanges of an account", "Y"),
        ("sampled exchanges of an account", "N"),
    }
    untouched = [one for one in told if one[6].startswith("sampled") and one[13] == "N"]
    assert (
        len(untouched) == 1
        and b"nothing of anybody" in (folder / "data/loadfile" / untouched[0][10].replace("\\", "/")).read_bytes()
    )
    name = folder.name  # an id made from a name without a salt is the name to whoever tries names
    assert str(uuid5(NAMESPACE_URL, f"{name}/account/{BYSTANDER}")) not in (folder / "data/case-uco.jsonld").read_text()
    spec = json.loads((folder / "data/charts/fig-01.json").read_bytes())
    assert spec["source"]["accounts_sha256"] == spec["query_sha256"] == "[DIGEST-WITHHELD]"
    assert (folder / "data/reading-copies/exchanges.csv").read_bytes()[:1] == b'"'


def it_verifies_by_the_other_sides_programs(folder: Path) -> None:
    for manifest in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
        subprocess.run(["sha256sum", "-c", "--strict", "--quiet", manifest], cwd=folder, check=True)
    key = str(folder / "data/signer.pub.pem")
    given = ["python3", "-I", str(folder / "data/verify.py"), str(folder), "--key", key]
    told = subprocess.run(given, capture_output=True, text=True, check=False)
    assert told.returncode == 0 and "withheld as redacted" in told.stdout, told.stdout + told.stderr
    shell = subprocess.run(["sh", "data/verify.sh", key], cwd=folder, capture_output=True, text=True, check=False)
    assert re.search(r"ok +audit chain", shell.stdout), shell.stdout


def the_map_is_apart_and_only_counsel_takes_it(export: CaseExport, staff: SimpleNamespace) -> None:
    for person in (staff.ines, staff.leo, staff.admin, staff.otto):
        with pytest.raises(NotAllowed):
            produced.open_map(export=export, purpose="curious", actor=person)
    with zipfile.ZipFile(produced.open_map(export=export, purpose="the court asks", actor=staff.lena)) as archive:
        rows = [json.loads(line) for line in archive.read(f"{export.name}_map/data/map.jsonl").splitlines()]
        assert any(name.endswith(".sig") for name in archive.namelist())
    gone = Redaction.objects.filter(state="accepted").order_by("number")
    assert [row["value"] for row in rows] == list(gone.values_list("value", flat=True))
    for row in rows:
        text = f"casefile-redaction-v1\n{row['salt']}\n{row['value']}".encode()
        assert hashlib.sha256(text).hexdigest() == row["salted_digest"]
    told = AuditEvent.objects.get(action="reidentification_map.downloaded")
    assert told.facts["purpose"] == "the court asks" and told.chain == case_chain(export.case.code)


def custody_goes_on(case: Any, export: CaseExport, staff: SimpleNamespace, client: Client) -> None:
    client.force_login(staff.lena)
    page = client.get(f"/cases/{case.code}/legal/files/{export.number}/").content.decode()
    assert "produced form" in page and export.sha256 in page
    record_hand_over(
        export=export, recipient="A. Advocate", purpose="discovery", channel="portal", handed_at=timezone.now(), actor=staff.lena
    )  # fmt: skip
    found = {event.action: event.facts for event in custody.events(case)}
    assert found["casefile.handed_over"]["recipient"] == "A. Advocate"
    assert {"redaction.added", "casefile.produced", "reidentification_map.downloaded"} <= set(found)
    assert not any(value in json.dumps(list(custody.rows(case)), default=str) for value in (MAIL, KEY, BYSTANDER))


def it_is_verified_again(sealed: CaseExport, export: CaseExport, actor: Any) -> None:
    for form in (export, sealed):
        check = checked(form, actor)
        assert check.passed and len(check.steps) >= 8, check.steps
    path = zip_of(sealed)
    path.write_bytes(path.read_bytes().replace(b"nothing to hide", b"nothing to hidf"))
    assert checked(sealed, actor).passed is False
    with pytest.raises(Unavailable):
        services.open_export(export=sealed, actor=actor)
    with pytest.raises(Conflict, match="no whole sealed form"):
        produced.request_produced(source=export, purpose="again", actor=actor)


def test_nothing_is_produced_while_something_waits_or_was_changed(case: Any, staff: SimpleNamespace) -> None:
    sealed = written(case, actor=staff.lena)
    with pytest.raises(Conflict, match="No worker has looked through the texts"):
        produced.request_produced(source=sealed, purpose="x", actor=staff.lena)
    look(case, staff.lena)
    Redaction.objects.filter(number=1).update(state="proposed")
    with pytest.raises(Conflict, match="1 proposed redaction of"):
        produced.request_produced(source=sealed, purpose="x", actor=staff.lena)
    Redaction.objects.filter(number=1).update(state="accepted")
    with pytest.raises(NotAllowed):
        produced.request_produced(source=sealed, purpose="x", actor=staff.leo)
    Redaction.objects.filter(number=2).update(value="something else")
    export = produced.request_produced(source=sealed, purpose="x", actor=staff.lena)
    services.write_export(export=export)
    export.refresh_from_db()
    assert export.state == "failed" and "R-0002 was changed" in export.message
    assert not list(Path(services.settings.EXPORT_DIR).glob(f"{export.name}*"))
    assert shutil.which("pdftotext"), "the search of printed text needs pdftotext"
