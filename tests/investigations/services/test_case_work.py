"""Merging and splitting lose nothing; mentions and tasks tell people; the timeline holds everything; views count once."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from audit.verifying import verify
from core.errors import Conflict, InvalidInput, NotFound
from investigations import services
from investigations.models import Case, CaseAccount, Decision, Exhibit, Note
from investigations.queries.cases import kin
from investigations.queries.custody import people_of
from investigations.queries.related import related_cases
from investigations.queries.timeline import SIZE, timeline
from investigations.services.access import restrict_case
from staff.models import Notice
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(staff: SimpleNamespace, ready_case: Case, propose: Any) -> SimpleNamespace:
    """Two cases that share one account and one exhibit; the first has a decision, a note that mentions, a case file."""
    case = ready_case
    decision = propose(case=case)
    services.refuse_decision(decision=decision, reason="Not yet", actor=staff.leo)
    note = services.add_note(case=case, text="Look at this, @ivan.", actor=staff.ines)
    make.CaseExportFactory(case=case, requested_by=staff.ines)
    task = services.add_task(case=case, text="Ask the provider", assignee=staff.ivan, actor=staff.ines)
    other = make.CaseFactory(owner=staff.ivan, campaign=case.campaign)
    make.CaseAccountFactory(case=other, account=case.accounts.order_by("pk").first())
    services.pin_exhibit(case=other, kind="campaign", ref=case.campaign.code, reason="Theirs", actor=staff.ivan)
    one = case.accounts.order_by("pk").last()
    services.pin_exhibit(case=case, kind="account", ref=one.account_id, reason="Typical", actor=staff.ines)
    case.refresh_from_db()
    return SimpleNamespace(**locals())


def test_a_merge_loses_nothing_and_both_histories_tell(pair: SimpleNamespace, staff: SimpleNamespace) -> None:
    source, into = pair.case, pair.other
    accounts = set(source.accounts.all()) | set(into.accounts.all())
    before = set(source.exhibits.values_list("kind", "ref", "content_sha256", "pinned_by", "pinned_at"))
    services.merge_cases(source=source, into=into, reason="One operator", actor=staff.ines)
    source.refresh_from_db()
    assert (source.state, source.merged_into) == ("closed", into)
    assert set(into.accounts.all()) == accounts
    after = set(into.exhibits.values_list("kind", "ref", "content_sha256", "pinned_by", "pinned_at"))
    same = {row[:3] for row in after}
    assert {row[:3] for row in before} <= same and len(into.exhibits.all()) == 2  # the campaign was pinned there alike
    copy = into.notes.get()
    assert (copy.text, copy.author, copy.written_at, copy.copied_from) == (
        pair.note.text,
        staff.ines,
        pair.note.written_at,
        pair.note,
    )
    assert [one.person for one in copy.mentions.all()] == [staff.ivan]
    assert pair.task in into.tasks.all()
    # decisions, case files and what they stand on stay where they were made
    assert list(Decision.objects.filter(case=source)) == [pair.decision] and source.exports.count() == 1
    assert set(pair.decision.exhibits.all()) <= set(source.exhibits.all())
    assert source.notes.count() == 1 and source.case_accounts.count() == 3
    told = {chain: AuditEvent.objects.filter(chain=f"case:{chain}") for chain in (source.code, into.code)}
    assert told[source.code].filter(action="case.merged_away").count() == 1
    assert told[into.code].filter(action="case.merged_in").get().facts["source"] == source.code
    assert not verify().faults
    services.reopen_case(case=source, reason="Two operators after all", actor=staff.ines)
    source.refresh_from_db()
    assert source.merged_into is None and source.exhibits.count() == 2


def test_a_merge_is_refused_while_a_decision_is_open_or_the_people_differ(
    pair: SimpleNamespace, staff: SimpleNamespace, propose: Any
) -> None:
    restrict_case(case=pair.other, people=[staff.ines], reason="Insider", actor=staff.ivan)
    with pytest.raises(Conflict, match="same people"):
        services.merge_cases(source=pair.case, into=pair.other, reason="x", actor=staff.ines)
    restrict_case(case=pair.case, people=[], reason="Insider", actor=staff.ines)
    with pytest.raises(NotFound):
        services.merge_cases(source=pair.other, into=pair.case, reason="x", actor=staff.ivan)
    waiting = propose(case=pair.case)
    with pytest.raises(Conflict, match=waiting.code):
        services.merge_cases(source=pair.case, into=pair.other, reason="x", actor=staff.ines)
    with pytest.raises(InvalidInput, match="another case"):
        services.merge_cases(source=pair.case, into=pair.case, reason="x", actor=staff.ines)


def test_a_split_takes_what_is_chosen_and_keeps_who_may_read(pair: SimpleNamespace, staff: SimpleNamespace) -> None:
    case = pair.case
    restrict_case(case=case, people=[staff.lena], reason="Insider", actor=staff.ines)
    total = case.accounts.count()
    new = services.split_case(
        case=case, title="The second ring", reason="Another operator", actor=staff.ines,
        accounts=[pair.one], exhibits=list(case.exhibits.filter(kind="account")), notes=[pair.note],
    )  # fmt: skip
    assert new.accounts.get() == pair.one and case.accounts.count() == total - 1
    assert not CaseAccount.objects.filter(case=case, account=pair.one).exists()
    assert (
        new.exhibits.get().copied_from == case.exhibits.get(kind="account") and new.notes.get().text == pair.note.text
    )
    readers = {row.person for row in new.restriction.named.all()}
    assert readers == {staff.ines, staff.lena}
    assert not Case.objects.visible_to(staff.leo).filter(pk=new.pk).exists()
    assert AuditEvent.objects.get(chain=f"case:{case.code}", action="case.split").facts["into"] == new.code


def test_accounts_that_a_decision_is_about_stay_in_both(
    pair: SimpleNamespace, staff: SimpleNamespace, propose: Any
) -> None:
    propose(case=pair.case)
    new = services.split_case(case=pair.case, title="x", reason="x", accounts=[pair.one], actor=staff.ines)
    assert pair.one in new.accounts.all() and pair.one in pair.case.accounts.all()
    with pytest.raises(InvalidInput, match="accounts"):
        services.split_case(
            case=pair.case, title="x", reason="x", accounts=[make.ApiAccountFactory()], actor=staff.ines
        )


def test_mentions_tell_each_once_and_refuse_whom_nobody_knows(pair: SimpleNamespace, staff: SimpleNamespace) -> None:
    services.add_note(case=pair.case, text="@leo and @leo: mail x@lena.example is none", actor=staff.ines)
    assert set(Notice.objects.filter(kind="mentioned").values_list("person__username", flat=True)) == {"ivan", "leo"}
    with pytest.raises(InvalidInput, match="@nobody"):
        services.add_note(case=pair.case, text="@nobody", actor=staff.ines)
    restrict_case(case=pair.case, people=[], reason="Insider", actor=staff.ines)
    assert not Notice.objects.filter(person=staff.leo).exists()  # what named the case is gone with the right to know
    with pytest.raises(InvalidInput, match="restricted"):
        services.add_note(case=pair.case, text="@leo", actor=staff.ines)
    assert Note.objects.filter(case=pair.case).count() == 2


def test_tasks_are_given_done_once_and_overdue_on_the_day_after(pair: SimpleNamespace, staff: SimpleNamespace) -> None:
    task = services.add_task(
        case=pair.case, text="Ask", due_on=timezone.localdate() - timedelta(days=1), actor=staff.ines
    )
    assert task.overdue and Notice.objects.filter(person=staff.ivan, key=f"task:{pair.task.pk}").exists()
    services.finish_task(task=task, actor=staff.ivan)
    with pytest.raises(Conflict, match="done already, by Pat"):
        services.finish_task(task=task, actor=staff.ines)


def test_the_timeline_holds_everything_by_kind_order_and_page(
    pair: SimpleNamespace, staff: SimpleNamespace, django_assert_max_num_queries: Any
) -> None:
    session = make.FlaggedSessionFactory(account=pair.one)
    services.set_verdict(session=session, verdict="true_positive", reason="x", actor=staff.ines)
    sample = make.SamplePromptFactory(session=session)
    services.pin_exhibit(case=pair.case, kind="sample", ref=str(sample.pk), reason="Typical", actor=staff.ines)
    for number in range(SIZE + 5):
        services.add_note(case=pair.case, text=f"Note {number}", actor=staff.ines)
    with django_assert_max_num_queries(5):
        first = timeline(pair.case, reader=staff.lena)
    seen, page = list(first.items), first
    while page.next:
        page = timeline(pair.case, reader=staff.lena, after=page.next)
        seen += page.items
    assert len({(entry.at, entry.key) for entry in seen}) == len(seen)
    kinds = {entry.kind for entry in seen}
    assert {"exchanges", "flags", "exhibits", "decisions", "notes", "tasks"} <= kinds
    assert [entry.at for entry in seen] == sorted((entry.at for entry in seen), reverse=True)
    oldest = timeline(pair.case, reader=staff.lena, order="oldest")
    assert oldest.items[0] == seen[-1]
    assert oldest.items[0].kind == "exchanges"  # at the moment it was sent
    notes = timeline(pair.case, reader=staff.lena, kind="notes")
    assert {entry.kind for entry in notes.items} == {"notes"} and len(notes.items) == SIZE
    with pytest.raises(InvalidInput, match="kind"):
        timeline(pair.case, reader=staff.lena, kind="gossip")


def test_related_cases_say_by_what_and_only_to_whom_may_know(pair: SimpleNamespace, staff: SimpleNamespace) -> None:
    payer = make.ApiAccountFactory(payment_fp="pay-1234567890abc")
    make.CaseAccountFactory(case=pair.case, account=payer)
    third = make.CaseFactory(owner=staff.leo)
    twin = make.ApiAccountFactory(payment_fp="pay-1234567890abc")
    make.CaseAccountFactory(case=third, account=twin)
    found = {line.case: " ".join(line.shares) for line in related_cases(pair.case, reader=staff.ines)}
    shared = pair.other.accounts.get().account_id
    assert found[pair.other] == f"the account {shared}" and found[third] == "the payment method pay-123456…"
    restrict_case(case=third, people=[], reason="x", actor=staff.leo)
    assert {line.case for line in related_cases(pair.case, reader=staff.ines)} == {pair.other}


def test_a_view_counts_once_an_hour_and_person(client: Client, pair: SimpleNamespace, staff: SimpleNamespace) -> None:
    for person in (staff.lena, staff.lena, staff.leo):
        client.force_login(person)
        assert client.get(f"/cases/{pair.case.code}/").status_code == 200
        assert client.get(f"/cases/{pair.case.code}/custody/").status_code == 200
    lines = {line.actor: line.n_views for line in people_of(pair.case, staff.lena)}
    assert lines[staff.lena.audit_name] == 1 and lines[staff.leo.audit_name] == 1


def test_anything_is_pinned_from_any_page(client: Client, pair: SimpleNamespace, staff: SimpleNamespace) -> None:
    client.force_login(staff.ines)
    a, b = (one.account_id for one in pair.case.accounts.order_by("pk")[:2])
    fragment = client.get("/pin/", {"kind": "link", "ref": f"{a}~{b}"}, headers={"HX-Request": "true"})
    assert b"data-opens" in fragment.content and pair.case.code in fragment.content.decode()
    given = {"kind": "link", "ref": f"{b}~{a}", "case": pair.case.code, "reason": "One card", "back": "//evil.example/"}
    answer = client.post("/pin/", given)
    assert answer["Location"] == f"/cases/{pair.case.code}/"
    exhibit = Exhibit.objects.get(kind="link")
    assert exhibit.ref == f"{a}~{b}" and exhibit.content["accounts"] == [a, b]


def test_pages_have_a_constant_number_of_queries(
    client: Client, pair: SimpleNamespace, staff: SimpleNamespace, django_assert_max_num_queries: Any
) -> None:
    client.force_login(staff.ines)
    client.get(f"/cases/{pair.case.code}/")
    with django_assert_max_num_queries(26):
        client.get(f"/cases/{pair.case.code}/")
    for number in range(3):
        services.add_note(case=pair.case, text=f"@ivan {number}", actor=staff.ines)
        services.add_task(case=pair.case, text="x", assignee=staff.ivan, actor=staff.ines)
    with django_assert_max_num_queries(26):
        page = client.get(f"/cases/{pair.case.code}/").content.decode()
    fields = ("task_text", "task_assignee", "due_due_on", "due_reason", "merge_into", "split_title", "split_notes_0")
    assert all(f'id="{name}"' in page for name in fields), "each dialog has its fields"
    assert kin(pair.case, staff.ines) == []
