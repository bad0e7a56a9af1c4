"""Counsel's notes are read by counsel on one page, and stand nowhere else: canaries through pages, API, admin and a case file."""

from __future__ import annotations

import json
import zipfile
from types import SimpleNamespace

import pytest
from django.test import Client

from audit.models import AuditEvent
from audit.services import case_chain
from core.errors import InvalidInput, NotAllowed
from investigations.casefile import services as casefile
from investigations.services import read_counsel_notes, write_counsel_note
from staff.permissions import Worker
from tests.factories import CaseFactory

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "kestrel-plover-privileged"


def test_only_counsel_reads_and_writes(staff: SimpleNamespace) -> None:
    case = CaseFactory()
    for person in (staff.ines, staff.leo, staff.admin, staff.otto, Worker("casefile")):
        with pytest.raises(NotAllowed):
            write_counsel_note(case=case, kind="work_product", basis="advice", text=CANARY, actor=person)
        with pytest.raises(NotAllowed):
            read_counsel_notes(case=case, actor=person)
    with pytest.raises(InvalidInput, match="kind"):
        write_counsel_note(case=case, kind="secret", basis="advice", text=CANARY, actor=staff.lena)
    note = write_counsel_note(case=case, kind="work_product", basis="advice", text=CANARY, actor=staff.lena)
    assert [n.text for n in read_counsel_notes(case=case, actor=staff.lena)] == [note.text]
    told = AuditEvent.objects.filter(chain=f"privilege:{case.code}").order_by("seq")
    assert [event.action for event in told] == ["counsel_note.written", "counsel_notes.read"]
    assert not any(CANARY in event.payload for event in told)
    assert not AuditEvent.objects.filter(chain=case_chain(case.code)).exists()


def test_the_text_is_on_no_other_page_and_in_no_case_file(staff: SimpleNamespace, client: Client) -> None:
    case = CaseFactory()
    write_counsel_note(case=case, kind="work_product", basis="advice on the notice", text=CANARY, actor=staff.lena)
    export = casefile.request_export(case=case, purpose="review", actor=staff.lena, override_reason="a test")
    casefile.write_export(export=export)
    export.refresh_from_db()
    assert export.state == "ready", export.message
    with zipfile.ZipFile(casefile.open_export(export=export, actor=staff.lena)[0]) as archive:
        assert not any(CANARY.encode() in archive.read(name) or CANARY in name for name in archive.namelist())
        log = json.loads(archive.read(f"{export.name}/data/legal/privilege-log.json"))
    assert log["withheld_as_privileged"] == 1
    assert {**log["log"][0], "date": ""} == {
        "number": 1,
        "date": "",
        "author": str(staff.lena),
        "kind": "work_product",
        "basis": "advice on the notice",
    }
    counsel = f"/cases/{case.code}/legal/counsel/"
    pages = [
        "/",
        "/cases/",
        f"/cases/{case.code}/",
        f"/cases/{case.code}/legal/",
        f"/cases/{case.code}/exports/",
        f"/search/?q={CANARY[:12]}",
        f"/audit/?chain=privilege:{case.code}",
        "/api/v1/cases/",
        "/admin/",
        "/admin/investigations/case/",
        "/admin/audit/auditevent/",
    ]
    for person in (staff.ines, staff.leo, staff.lena, staff.admin, staff.otto):
        client.force_login(person)
        for address in pages:
            assert CANARY not in client.get(address, follow=True).content.decode(), (person.username, address)
        assert client.get(counsel).status_code == (200 if person is staff.lena else 403)
    client.force_login(staff.lena)
    assert CANARY in client.get(counsel).content.decode()
