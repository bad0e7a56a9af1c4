"""A copy that leaves the house is recorded by a person, stands on the page and in the custody record, and is never guessed."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client

from audit.models import AuditEvent
from core.clock import now
from core.errors import Conflict, InvalidInput, NotAllowed
from investigations.casefile import custody as record
from investigations.models import HandOver
from investigations.services.custody import record_hand_over
from investigations.words.reading_out import read_out
from tests.factories import CaseExportFactory

pytestmark = pytest.mark.django_db
DIGEST = "0123456789abcdef" * 4


def test_a_hand_over_is_recorded_and_shown(staff: SimpleNamespace, client: Client) -> None:
    export = CaseExportFactory(state="ready", sha256=DIGEST, finished_at=now(), n_bytes=10)
    given = {"export": export, "recipient": "A. Advocate", "purpose": "discovery", "channel": "portal"}
    with pytest.raises(NotAllowed):
        record_hand_over(**given, handed_at=now(), actor=staff.otto)
    for changed, named in (({"channel": "pigeon"}, "channel"), ({"recipient": " "}, "recipient")):
        with pytest.raises(InvalidInput, match=named):
            record_hand_over(**given | changed, handed_at=now(), actor=staff.lena)
    with pytest.raises(InvalidInput, match="handed_at.*it lies between"):
        record_hand_over(**given, handed_at=now() - timedelta(days=2), actor=staff.lena)
    with pytest.raises(Conflict, match="only a whole case file"):
        record_hand_over(**given | {"export": CaseExportFactory(number=2)}, handed_at=now(), actor=staff.lena)
    made = record_hand_over(**given, handed_at=now(), actor=staff.lena, digest_confirmed=True)
    assert HandOver.objects.get().sha256 == DIGEST
    told = AuditEvent.objects.get(action="casefile.handed_over")
    assert (told.facts["recipient"], told.facts["digest_confirmed"]) == (made.recipient, True)
    assert told in record.events(export.case)
    client.force_login(staff.lena)
    address = f"/cases/{export.case.code}/legal/files/1/"
    page = client.get(address).content.decode()
    assert "A. Advocate" in page and read_out(DIGEST)[2].words in page
    assert "A. Advocate" in client.get(f"/cases/{export.case.code}/legal/").content.decode()
    local = now().strftime("%Y-%m-%dT%H:%M")
    form = {"recipient": "The court", "purpose": "filing", "channel": "in_person", "handed_at": local}
    assert client.post(f"{address}hand-over/", form).status_code == 302
    assert HandOver.objects.count() == 2
