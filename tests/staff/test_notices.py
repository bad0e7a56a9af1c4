"""Notices: told once, on the channels a person has on, mailed together, and with no text of anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from core.clock import now
from core.errors import InvalidInput
from staff import notices
from staff.enums import NoticeKind
from staff.models import Notice, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def tell(*people: User, kind: NoticeKind = NoticeKind.APPROVAL, subject: str = "D-000012", **changes: Any) -> None:
    given = {"path": f"/decisions/{subject}/", "key": f"{subject}:proposed"}
    notices.notify(people=people, kind=kind, subject=subject, **given | changes)


def test_each_occasion_is_told_once_on_the_channels_that_are_on() -> None:
    actor, plain = UserFactory(), UserFactory(email="plain@example.org")
    quiet = UserFactory(email="quiet@example.org", notices_off=["approval:mail"])
    deaf = UserFactory(email="deaf@example.org", notices_off=["approval:mail", "approval:desk"])
    mail_alone = UserFactory(email="mail@example.org", notices_off=["approval:desk"])
    gone = UserFactory(is_active=False, email="gone@example.org")
    for _ in range(2):
        tell(actor, plain, plain, quiet, deaf, mail_alone, gone, actor=actor)
    told = {notice.person: (notice.on_desk, notice.by_mail) for notice in Notice.objects.select_related("person")}
    assert told == {plain: (True, True), quiet: (True, False), mail_alone: (False, True)}
    assert Notice.objects.count() == 3


def test_mail_goes_together_waits_its_turn_and_carries_ids_alone(settings: Any) -> None:
    person = UserFactory(email="ines@example.org", first_name="Ines")
    settings.DESK_URL = "https://desk.example.org"
    tell(person)
    tell(
        person, kind=NoticeKind.MENTIONED, subject="CASE-2026-0001", path="/cases/CASE-2026-0001/#note-3", key="note:3"
    )
    assert notices.send_notices() == 1 and notices.send_notices() == 0
    assert mail.outbox[0].subject == "Stillwatch: 2 notices" and mail.outbox[0].to == ["ines@example.org"]
    assert mail.outbox[0].body.splitlines()[:2] == [
        "D-000012 waits for your approval: https://desk.example.org/decisions/D-000012/",
        "You are mentioned in CASE-2026-0001: https://desk.example.org/cases/CASE-2026-0001/#note-3",
    ]
    tell(person, subject="D-000013")
    assert notices.send_notices() == 0, "a second mail waits until the first is some minutes old"
    Notice.objects.filter(mailed_at__isnull=False).update(mailed_at=now() - timedelta(hours=1))
    assert notices.send_notices() == 1
    assert mail.outbox[1].subject == "Stillwatch: D-000013 waits for your approval"


def test_a_mail_server_that_fails_is_asked_again_and_at_last_no_more(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    tell(UserFactory(email="ines@example.org"))
    assert [notices.send_notices() for _ in range(9)] == [0] * 9
    kept = Notice.objects.get()
    assert (kept.mail_attempts, kept.by_mail, kept.mailed_at) == (8, False, None)
    assert "refused" in kept.mail_error and kept.on_desk


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("subject", "the prompt said: my card is 4111"),
        ("path", "//evil.example.org/"),
        ("path", "https://evil.example.org"),
        ("key", ""),
        ("kind", "gossip"),
    ],
)
def test_what_is_no_id_or_no_address_of_the_desk_is_refused(argument: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=argument):
        tell(UserFactory(), **{argument: value})  # type: ignore[arg-type]


def test_the_page_lists_ones_own_and_opening_one_reads_it(client: Client) -> None:
    ines, leo = UserFactory(), UserFactory()
    tell(ines, leo)
    tell(ines, subject="D-000013")
    client.force_login(ines)
    assert "2 unread" in client.get("/rail/").content.decode()
    notice = Notice.objects.get(person=ines, subject="D-000013")
    assert client.get(f"/notices/{notice.pk}/").url == "/decisions/D-000013/"
    assert [row.subject for row in client.get("/notices/?show=unread").context["page"].items] == ["D-000012"]
    assert client.get(f"/notices/{Notice.objects.get(person=leo).pk}/").status_code == 404
    client.post("/notices/read/")
    assert client.get("/notices/?show=unread").context["page"].items == []
    assert Notice.objects.filter(person=leo, read_at=None).count() == 1


def test_switches_are_those_ticked(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    client.post("/settings/notices/", {"told": ["mentioned:desk", "approval:mail"]})
    person.refresh_from_db()
    assert person.wants("mentioned", "desk") and person.wants("approval", "mail")
    assert not person.wants("mentioned", "mail") and len(person.notices_off) == 12
    assert client.post("/settings/notices/", {"told": ["gossip:mail"]}).status_code == 422


@pytest.mark.parametrize("n", [1, 3])
def test_query_counts(client: Client, n: int, django_assert_num_queries: Any) -> None:
    people = UserFactory.create_batch(n)
    for number in range(n):
        tell(people[0], subject=f"D-00000{number}")
    with django_assert_num_queries(3):  # savepoint, insert, release
        tell(*people, subject="D-000099")
    client.force_login(people[0])
    client.get("/search/")
    with django_assert_num_queries(3):
        assert len(client.get("/notices/").context["page"].items) == n + 1
