"""Redactions are proposed by a worker, judged by counsel alone, and selected on the page; the trail holds no value."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from audit.models import AuditEvent
from audit.services import case_chain
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from investigations.models import Case, CaseSecret, Redaction, RedactionScan
from investigations.queries.redactions import shown_text
from investigations.services import redaction_scans, redactions
from tests.factories import CaseAccountFactory, FlaggedSessionFactory, NoteFactory, SamplePromptFactory
from tests.factories.accounts import ApiAccountFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
PROMPT = "Mail ada@kestrel.example\u202e or ADA@kestrel.example, key sk-abcdefghijklmnop1234, says Zoë Plover."


@pytest.fixture
def case(staff: SimpleNamespace) -> Case:
    member = CaseAccountFactory()
    SamplePromptFactory(session=FlaggedSessionFactory(account=member.account), prompt=PROMPT)
    bystander = ApiAccountFactory(organisation=OrganisationFactory(name="Quiet Heron Ltd"))
    CaseAccountFactory(case=member.case, account=bystander, tier="bystander")
    NoteFactory(case=member.case, text="Zoë Plover wrote to ada@kestrel.example")
    return member.case


def look(case: Case, staff: SimpleNamespace) -> RedactionScan:
    scan = redaction_scans.request_scan(case=case, actor=staff.lena)
    redaction_scans.run_scan(scan=scan)
    scan.refresh_from_db()
    return scan


def test_a_look_proposes_once_and_counts_places(case: Case, staff: SimpleNamespace) -> None:
    scan = look(case, staff)
    rows = {row.value: row for row in Redaction.objects.filter(case=case)}
    bystander = case.case_accounts.get(tier="bystander").account.account_id
    assert set(rows) == {"ada@kestrel.example", "sk-abcdefghijklmnop1234", bystander, "Quiet Heron Ltd"}
    mail = rows["ada@kestrel.example"]
    assert (mail.state, mail.reason, mail.n_places, mail.n_texts) == ("proposed", "personal_data", 3, 2)
    assert mail.token.startswith("[PERSON-") and rows["Quiet Heron Ltd"].token.startswith("[CUSTOMER-")
    assert (scan.state, scan.n_found, scan.n_done) == ("done", 4, scan.n_texts)
    assert look(case, staff).n_found == 0 and Redaction.objects.count() == 4
    RedactionScan.objects.create(case=case, version="1", requested_by=staff.lena)
    with pytest.raises(Conflict):
        redaction_scans.request_scan(case=case, actor=staff.lena)
    assert redaction_scans.resume_scans() == 1


def test_only_counsel_redacts_and_the_trail_holds_no_value(case: Case, staff: SimpleNamespace) -> None:
    look(case, staff)
    number = Redaction.objects.get(value="ada@kestrel.example").number
    sample = case.accounts.get(case_accounts__tier="core").flagged_sessions.get().samples.get()
    for person in (staff.ines, staff.leo, staff.admin, staff.otto):
        for refused in (
            lambda person=person: redactions.judge_redactions(
                case=case, numbers=[number], state="accepted", actor=person
            ),
            lambda person=person: redactions.redact_value(case=case, value="Zoë Plover", reason="other", actor=person),
            lambda person=person: redaction_scans.request_scan(case=case, actor=person),
        ):
            with pytest.raises(NotAllowed):
                refused()
    assert redactions.judge_redactions(case=case, numbers=[number], state="accepted", actor=staff.lena) == 1
    assert redactions.judge_redactions(case=case, numbers=[number], state="accepted", actor=staff.lena) == 0
    assert redactions.judge_redactions(case=case, numbers=[number], state="rejected", actor=staff.lena) == 1
    start = PROMPT.index("Zoë")
    made = redactions.redact_span(
        case=case, kind="sample", ref=str(sample.pk), part="prompt", start=start, end=start + 10, actor=staff.lena,
        reason="personal_data",
    )  # fmt: skip
    assert (made.value, made.state) == ("Zoë Plover", "accepted")
    again = redactions.redact_value(case=case, value=" zoë  PLOVER", reason="personal_data", actor=staff.lena)
    assert again.pk == made.pk
    events = AuditEvent.objects.filter(chain=case_chain(case.code))
    assert [event.action for event in events.order_by("seq")] == [
        "redactions.sought",
        "redactions.proposed",
        "redaction.accepted",
        "redaction.rejected",
        "redaction.added",
    ]
    told = "".join(event.payload for event in events)
    assert made.digest in told
    for hidden in ("kestrel", "Plover", made.salt, bytes(CaseSecret.objects.get().secret).hex(), "[PERSON"):
        assert hidden not in told


def test_bad_input_names_argument_value_and_range(case: Case, staff: SimpleNamespace) -> None:
    sample = case.accounts.get(case_accounts__tier="core").flagged_sessions.get().samples.get()
    place = {"case": case, "kind": "sample", "ref": str(sample.pk), "part": "prompt", "actor": staff.lena}
    with pytest.raises(InvalidInput, match="span: '5 to 5000' is not allowed; it lies within"):
        redactions.redact_span(**place, start=5, end=5000, reason="secret")
    with pytest.raises(InvalidInput, match="4 to 20,000 characters"):
        redactions.redact_span(**place, start=0, end=3, reason="secret")
    with pytest.raises(InvalidInput, match="reason_text"):
        redactions.redact_span(**place, start=0, end=9, reason="other")
    with pytest.raises(InvalidInput, match="kind"):
        redactions.open_text(case=case, kind="counsel_note", ref="1", part="text", actor=staff.lena)
    stranger = SamplePromptFactory()
    with pytest.raises(NotFound):
        redactions.open_text(case=case, kind="sample", ref=str(stranger.pk), part="prompt", actor=staff.lena)
    with pytest.raises(NotFound, match="R-0099"):
        redactions.judge_redactions(case=case, numbers=[99], state="accepted", actor=staff.lena)


def test_the_pages_show_and_judge_and_map_what_is_selected(case: Case, staff: SimpleNamespace, client: Client) -> None:
    look(case, staff)
    sample = case.accounts.get(case_accounts__tier="core").flagged_sessions.get().samples.get()
    base = f"/cases/{case.code}/legal/redactions/"
    text = f"{base}sample/{sample.pk}/prompt/"
    client.force_login(staff.leo)
    assert [client.get(address).status_code for address in (base, text)] == [403, 403]
    client.force_login(staff.lena)
    page = client.get(base).content.decode()
    assert "ada@kestrel.example" in page and "4 wait for you" in page
    number = Redaction.objects.get(value="Quiet Heron Ltd").number
    client.post(f"{base}judge/", {"state": "rejected", "number": [number]})
    assert "Quiet Heron Ltd" in client.get(f"{base}?state=rejected").content.decode()
    answer = client.get(text)
    assert "\u202e" not in answer.content.decode() and '<mark class="proposed"' in answer.content.decode()
    assert AuditEvent.objects.filter(action="sample.revealed", subject=f"sample:{sample.pk}").count() == 1
    shown = shown_text(
        case, redactions.open_text(case=case, kind="sample", ref=str(sample.pk), part="prompt", actor=staff.lena)
    )
    start = shown.shown.index("Zoë")  # behind the bidi mark, which is shown as eight characters
    client.post(f"{text}add/", {"start": start, "end": start + 10, "reason": "personal_data"})
    assert Redaction.objects.filter(case=case, value="Zoë Plover", state="accepted").exists()
    assert client.post(f"{text}add/", {"start": start, "end": start + 2, "reason": "secret"}).status_code == 422
    client.post(f"{base}add/", {"value": "Heron House", "reason": "other", "reason_text": "an address"})
    assert "an address" in client.get(f"{base}?state=accepted").content.decode()
