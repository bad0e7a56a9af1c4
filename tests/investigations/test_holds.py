"""Legal holds: two people, no way around them in the database, and no erasure that overtakes one."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client

from audit.holds import Held, held_refusals, is_held
from audit.models import AuditEvent, HoldState, LegalHold
from core.errors import Conflict, InvalidInput, NotAllowed
from investigations.models import Case, CaseAccount, SamplePrompt
from investigations.services import holds
from tests.factories import (
    ApiAccountFactory,
    CaseAccountFactory,
    ExhibitFactory,
    NoteFactory,
    SamplePromptFactory,
)
from tests.factories import people as make_people

WHY = {"reason": "Claim against the operator is expected", "basis": "Art. 17(3)(e) GDPR"}


@pytest.fixture
def people(db: None) -> SimpleNamespace:
    return make_people()


@pytest.fixture
def sample(db: None) -> SamplePrompt:
    """A sample of an account that is in a case with an exhibit and a note."""
    made = SamplePromptFactory()
    case = CaseAccountFactory(account=made.session.account).case
    ExhibitFactory(case=case)
    NoteFactory(case=case)
    return made


def case_of(sample: SamplePrompt) -> Case:
    return CaseAccount.objects.get(account=sample.session.account).case


def erasures(sample: SamplePrompt) -> list[str]:
    account = sample.session.account_id
    return [
        f"DELETE FROM investigations_sampleprompt WHERE id = {sample.pk}",
        f"UPDATE investigations_sampleprompt SET prompt = '' WHERE id = {sample.pk}",
        f"DELETE FROM investigations_flaggedsession WHERE account_id = {account}",
        f"DELETE FROM accounts_apiaccount WHERE id = {account}",
        "DELETE FROM investigations_exhibit",
        "UPDATE investigations_exhibit SET content = '{}'",
        "DELETE FROM investigations_note",
        "DELETE FROM investigations_case",
        "UPDATE audit_legal_hold SET state = 'released', released_by = 'user:99 x'",
        "UPDATE audit_legal_hold SET state = 'release_requested', release_requested_by = 'user:1 a', reason = 'x'",
        "DELETE FROM audit_legal_hold",
        "DELETE FROM audit_held_subject",
    ]


@pytest.mark.django_db(transaction=True)
def test_the_applications_role_cannot_erase_what_is_held(
    sample: SamplePrompt, people: SimpleNamespace, app_connection: psycopg.Connection
) -> None:
    holds.request_case_hold(case=case_of(sample), actor=people.lena, **WHY)
    for statement in erasures(sample):
        with pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)):
            app_connection.execute(statement)
    with pytest.raises(Held, match="under legal hold H-000001"), held_refusals(), transaction.atomic():
        sample.delete()
    app_connection.execute("UPDATE investigations_sampleprompt SET position = 7")  # what is no evidence may change
    assert SamplePrompt.objects.get().prompt == sample.prompt


def test_a_hold_takes_two_people_to_set_and_two_to_release(sample: SamplePrompt, people: SimpleNamespace) -> None:
    case = case_of(sample)
    hold = holds.request_case_hold(case=case, actor=people.lena, **WHY)
    with pytest.raises(NotAllowed, match="another person"):
        holds.confirm_hold(hold=hold, actor=people.lena)
    with pytest.raises(NotAllowed, match="Roles that may"):
        holds.confirm_hold(hold=hold, actor=people.ines)
    holds.confirm_hold(hold=hold, actor=people.leo)
    holds.request_hold_release(hold=hold, reason="Settled", actor=people.leo)
    assert is_held(f"case:{case.code}"), "it protects until the second person agrees"
    with pytest.raises(NotAllowed, match="another person"):
        holds.confirm_hold_release(hold=hold, actor=people.leo)
    holds.refuse_hold_release(hold=hold, reason="Appeal is open", actor=people.lena)
    with pytest.raises(Conflict, match="does not follow"):
        holds.confirm_hold_release(hold=hold, actor=people.lena)
    holds.request_hold_release(hold=hold, reason="Appeal is over", actor=people.leo)
    holds.confirm_hold_release(hold=hold, actor=people.lena)
    assert not is_held(f"case:{case.code}")
    sample.delete()
    steps = AuditEvent.objects.filter(action__startswith="hold.", chain=f"case:{case.code}")
    assert list(steps.order_by("seq").values_list("action", flat=True)) == [
        "hold.requested",
        "hold.confirmed",
        "hold.release_requested",
        "hold.release_refused",
        "hold.release_requested",
        "hold.released",
    ]


def test_an_account_that_joins_a_held_case_is_held(sample: SamplePrompt, people: SimpleNamespace) -> None:
    hold = holds.request_case_hold(case=case_of(sample), actor=people.lena, **WHY)
    late = ApiAccountFactory()
    assert not is_held(f"account:{late.account_id}")
    CaseAccountFactory(case=case_of(sample), account=late)
    assert is_held(f"account:{late.account_id}")
    holds.withdraw_hold_request(hold=hold, reason="Asked for in error", actor=people.lena)
    assert not is_held(f"account:{late.account_id}") and LegalHold.objects.get().state == HoldState.WITHDRAWN


def test_a_hold_says_why(people: SimpleNamespace) -> None:
    with pytest.raises(InvalidInput, match="basis"):
        holds.request_account_hold(account=ApiAccountFactory(), reason="x", basis=" ", actor=people.lena)


@pytest.mark.django_db(transaction=True)
def test_a_hold_that_is_set_between_select_and_delete_wins(
    sample: SamplePrompt, people: SimpleNamespace, app_database_url: str
) -> None:
    """An eraser that chose its rows before the hold is refused; one that already deleted is waited for."""
    case, other = case_of(sample), SamplePromptFactory()
    with psycopg.connect(app_database_url) as eraser:
        chosen = eraser.execute("SELECT id FROM investigations_sampleprompt ORDER BY id").fetchall()
        eraser.execute("DELETE FROM investigations_sampleprompt WHERE id = %s", [other.pk])
        done: list[str] = []

        def set_hold() -> None:
            done.append(holds.request_case_hold(case=case, actor=people.lena, **WHY).code)
            connection.close()

        setter = threading.Thread(target=set_hold)
        setter.start()
        setter.join(0.3)
        assert setter.is_alive() and not done, "the hold waits for the erasure that is under way"
        eraser.commit()
        setter.join(10)
        assert done
        with pytest.raises(psycopg.errors.RestrictViolation):
            eraser.execute("DELETE FROM investigations_sampleprompt WHERE id = %s", [chosen[0][0]])
    assert list(SamplePrompt.objects.values_list("pk", flat=True)) == [sample.pk]


@pytest.mark.django_db(transaction=True)
def test_an_eraser_with_an_old_view_of_the_database_is_refused(sample: SamplePrompt, app_database_url: str) -> None:
    with psycopg.connect(app_database_url) as eraser:
        eraser.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(psycopg.errors.RaiseException, match="READ COMMITTED"):
            eraser.execute("DELETE FROM investigations_sampleprompt")


def test_the_page_leads_a_hold_from_request_to_force(
    client: Client, sample: SamplePrompt, people: SimpleNamespace, django_assert_num_queries: object
) -> None:
    case = case_of(sample)
    client.force_login(people.lena)
    asked = {"about": "case", "name": case.code, **WHY}
    assert client.post("/holds/request/", asked, follow=True).status_code == 200
    assert b"another person confirms" in client.get("/holds/").content
    assert client.post("/holds/H-000001/confirm/").status_code == 403
    client.force_login(people.leo)
    client.post("/holds/request/", {"about": "account", "name": sample.session.account.account_id, **WHY})
    client.post("/holds/H-000001/confirm/")
    assert LegalHold.objects.get(code="H-000001").state == HoldState.IN_FORCE
    client.get("/holds/")
    with django_assert_num_queries(5):  # type: ignore[operator]
        assert client.get("/holds/").status_code == 200
    client.force_login(people.ines)
    assert client.get("/holds/").status_code == 200 and client.post("/holds/request/", asked).status_code == 403
