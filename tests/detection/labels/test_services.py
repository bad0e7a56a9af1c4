"""Deliveries of past bans and clearances: idempotent, whole or not at all, one event each; labels given and withdrawn."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from accounts.models import ApiAccount
from audit.models import AuditEvent
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from detection.enums import BatchState
from detection.labels import services
from detection.labels.reading import Delivery, read_items
from detection.labels.survey import survey
from detection.models import Label, LabelBatch
from staff.permissions import Worker
from tests.factories import ApiAccountFactory, LabelFactory, UserFactory, people

pytestmark = pytest.mark.django_db
GOOD = [
    {"account_id": "known", "outcome": "banned", "decided_at": "2026-04-01T00:00:00Z", "reason": "card ring"},
    {"account_id": "stranger", "outcome": "cleared"},
]


@pytest.fixture
def desk() -> SimpleNamespace:
    return SimpleNamespace(known=ApiAccountFactory(account_id="known"), **vars(people()))


def delivery(*items: object) -> Delivery:
    return read_items(items or GOOD, source="abuse desk")  # type: ignore[arg-type]


def take(desk: SimpleNamespace, *items: object) -> tuple[LabelBatch, bool]:
    return services.import_labels(delivery=delivery(*items), name="past.csv", source="abuse desk", actor=desk.leo)


def test_a_delivery_becomes_labels_and_one_event(desk: SimpleNamespace) -> None:
    batch, new = take(desk, *GOOD, {"outcome": "banned"})
    assert new and (batch.n_rows, batch.n_new, batch.n_known, batch.n_refused, batch.n_unknown_accounts) == (
        3,
        2,
        0,
        1,
        1,
    )
    assert batch.refused == [[3, "account_id: it is missing"]] and batch.rows == []
    stranger = ApiAccount.objects.get(account_id="stranger")
    assert not stranger.seen_in_records and stranger.labels.get().kind == "cleared"
    (event,) = AuditEvent.objects.filter(action="labels.imported")
    assert event.actor == desk.leo.audit_name and event.facts["digest"] == batch.digest
    assert (event.facts["new"], event.facts["known"], event.facts["refused"]) == (2, 0, 1)


def test_delivered_again_nothing_changes(desk: SimpleNamespace) -> None:
    first, _ = take(desk)
    again, new = take(desk, *reversed(GOOD))
    assert again == first and not new
    assert Label.objects.count() == 2 and AuditEvent.objects.filter(action="labels.imported").count() == 1


def test_an_overlapping_delivery_adds_what_is_new(desk: SimpleNamespace) -> None:
    take(desk)
    batch, new = take(desk, GOOD[0], {"account_id": "third", "outcome": "harvesting"})
    assert new and (batch.n_new, batch.n_known) == (1, 1)
    assert Label.objects.count() == 3


def test_what_a_person_withdrew_does_not_come_back(desk: SimpleNamespace) -> None:
    take(desk)
    label = Label.objects.get(account=desk.known)
    services.withdraw_label(label=label, reason="The appeal was upheld", actor=desk.leo)
    batch, _ = take(desk, GOOD[0], {"account_id": "third", "outcome": "banned"})
    assert batch.n_known == 1 and not Label.objects.filter(account=desk.known, withdrawn_at=None).exists()


def test_nothing_is_half_saved(desk: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("the trail is full")

    monkeypatch.setattr(services, "record", fail)
    with pytest.raises(RuntimeError):
        take(desk)
    assert not Label.objects.exists() and not LabelBatch.objects.exists()
    assert not ApiAccount.objects.filter(account_id="stranger").exists()


def test_a_preview_is_no_label_until_it_is_taken_over_once(desk: SimpleNamespace) -> None:
    batch = services.preview_labels(delivery=delivery(), name="past.csv", source="abuse desk", actor=desk.leo)
    assert not Label.objects.exists() and not ApiAccount.objects.filter(account_id="stranger").exists()
    assert batch.n_unknown_accounts == 1 and len(batch.rows) == 2
    taken = services.take_over_batch(batch=batch, actor=desk.leo)
    assert taken.state == BatchState.IMPORTED and Label.objects.count() == 2
    assert services.take_over_batch(batch=batch, actor=desk.leo) == taken
    assert AuditEvent.objects.filter(action="labels.imported").count() == 1


def test_a_preview_of_what_was_imported_meanwhile_gives_that_batch(desk: SimpleNamespace) -> None:
    batch = services.preview_labels(delivery=delivery(), name="past.csv", source="abuse desk", actor=desk.leo)
    first, _ = take(desk)
    assert services.take_over_batch(batch=batch, actor=desk.leo) == first
    assert list(LabelBatch.objects.all()) == [first]


def test_a_new_preview_drops_the_one_before_and_a_dropped_one_is_gone(desk: SimpleNamespace) -> None:
    first = services.preview_labels(delivery=delivery(), name="1", source="s", actor=desk.leo)
    others = services.preview_labels(delivery=delivery(), name="2", source="s", actor=desk.admin)
    second = services.preview_labels(delivery=delivery(), name="3", source="s", actor=desk.leo)
    assert set(LabelBatch.objects.all()) == {others, second}
    with pytest.raises(Conflict, match="dropped meanwhile"):
        services.take_over_batch(batch=first, actor=desk.leo)
    services.drop_batch(batch=second, actor=desk.leo)
    taken = services.take_over_batch(batch=others, actor=desk.admin)
    with pytest.raises(Conflict, match="taken over already"):
        services.drop_batch(batch=taken, actor=desk.admin)


def test_the_survey_says_what_is_known_and_what_clashes(
    desk: SimpleNamespace, django_assert_num_queries: object
) -> None:
    take(desk, GOOD[0])
    LabelFactory(account=desk.known, kind="cleared", basis="clearance")
    batch = services.preview_labels(
        delivery=delivery(*GOOD, {"account_id": "known", "outcome": "banned"}), name="n", source="s", actor=desk.leo
    )
    with django_assert_num_queries(3):  # type: ignore[operator]
        found = survey(batch, UserFactory.build())
    assert (found.banned, found.cleared, found.known, found.n_clashes) == (2, 1, 1, 1)
    assert found.clashes[0].label.kind == "cleared" and found.clashes[0].row.kind == "confirmed"


def test_a_file_without_a_single_good_row_is_refused(desk: SimpleNamespace) -> None:
    with pytest.raises(InvalidInput, match="row 1: account_id"):
        take(desk, {"outcome": "banned"})
    assert not LabelBatch.objects.exists()


def test_a_file_too_large_for_a_page_is_sent_to_the_command(
    desk: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "PAGE_ROWS", 1)
    with pytest.raises(InvalidInput, match="manage.py import_labels"):
        services.preview_labels(delivery=delivery(), name="n", source="s", actor=desk.leo)
    assert take(desk)[0].n_new == 2


def test_who_may_import(desk: SimpleNamespace) -> None:
    for actor in (desk.ines, desk.lena, desk.otto):
        with pytest.raises(NotAllowed):
            services.import_labels(delivery=delivery(), name="n", source="s", actor=actor)
        with pytest.raises(NotAllowed):
            services.preview_labels(delivery=delivery(), name="n", source="s", actor=actor)
    assert services.import_labels(delivery=delivery(), name="n", source="s", actor=Worker("x"))[1]


def test_a_persons_own_word(desk: SimpleNamespace) -> None:
    label = services.give_label(account_id="known", kind="cleared", reason=" Spoke to them ", actor=desk.ines)
    assert (label.basis, label.reason, label.given_by) == ("clearance", "Spoke to them", desk.ines.audit_name)
    assert AuditEvent.objects.filter(action="label.given", subject="account:known").count() == 1
    with pytest.raises(Conflict, match="stands"):
        services.give_label(account_id="known", kind="cleared", reason="Again", actor=desk.ivan)
    for bad, error in (
        ({"account_id": "no"}, NotFound),
        ({"kind": "x"}, InvalidInput),
        ({"reason": " "}, InvalidInput),
    ):
        with pytest.raises(error):
            services.give_label(**{"account_id": "known", "kind": "confirmed", "reason": "r", **bad}, actor=desk.ines)
    with pytest.raises(NotAllowed):
        services.give_label(account_id="known", kind="confirmed", reason="r", actor=Worker("x"))


def test_withdrawal_keeps_the_label_with_its_reason(desk: SimpleNamespace) -> None:
    label = services.give_label(account_id="known", kind="cleared", reason="Spoke to them", actor=desk.ines)
    with pytest.raises(NotAllowed, match="was given by"):
        services.withdraw_label(label=label, reason="I disagree", actor=desk.ivan)
    with pytest.raises(NotAllowed):
        services.withdraw_label(label=label, reason="I disagree", actor=desk.otto)
    gone = services.withdraw_label(label=label, reason="The invoice was forged", actor=desk.ines)
    assert gone.withdrawn_at and gone.withdrawn_by == desk.ines.audit_name
    assert Label.objects.get(pk=label.pk).withdrawn_reason == "The invoice was forged"
    assert AuditEvent.objects.filter(action="label.withdrawn", subject="account:known").count() == 1
    with pytest.raises(Conflict, match="already"):
        services.withdraw_label(label=label, reason="Again", actor=desk.leo)


@pytest.mark.parametrize("basis", ["verdict", "verdict on C-0007"])
def test_a_label_that_follows_a_verdict_is_changed_there(desk: SimpleNamespace, basis: str) -> None:
    label = LabelFactory(account=desk.known, basis=basis)
    with pytest.raises(Conflict, match="change the verdict"):
        services.withdraw_label(label=label, reason="Wrong", actor=desk.leo)
