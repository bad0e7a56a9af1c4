"""Telling people: one row a person and occasion, shown on the desk and sent by mail as each person has it."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from datetime import timedelta
from itertools import groupby

from celery import Task, current_app
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q

from core.clock import now
from core.enqueue import enqueue_on_commit
from core.errors import InvalidInput
from staff.enums import Channel, NoticeKind
from staff.models import Notice, User

logger = logging.getLogger(__name__)

SUBJECT = re.compile(r"^[A-Z]{1,8}-[0-9-]{1,40}$")
PATH = re.compile(r"^/(?![/\\])[!-~]*$")
MAIL_ATTEMPTS = 8
LISTED_IN_A_MAIL = 30
KEPT = timedelta(days=180)


@transaction.atomic
def notify(
    *, people: Collection[User], kind: NoticeKind, subject: str, path: str, key: str, n: int = 1, actor: object = None
) -> None:
    """Tell people of one occasion, once each, on the channels that they have on; never the one who caused it.

    `subject` is the id of the thing (`CASE-2026-0001`, `D-000012`, `S-000001`), `path` where it stands on the desk,
    `key` the occasion (`note:17`, `D-000012:proposed`): the same person is never told twice of one. `n` says of how
    many things, of which the subject is the first. Joins the caller's transaction; mail leaves after it commits.
    Three queries at most, however many people.
    """
    _check(kind, subject, path, key)
    told = [
        Notice(person=person, kind=kind, key=key, subject=subject, n=n, path=path, on_desk=desk, by_mail=mail)
        for person in {person.pk: person for person in people}.values()
        if person.pk != getattr(actor, "pk", None)
        for desk, mail in [(person.wants(kind, Channel.DESK), person.wants(kind, Channel.MAIL) and bool(person.email))]
        if desk or mail
    ]
    if not told:
        return
    Notice.objects.bulk_create(told, ignore_conflicts=True)
    if any(notice.by_mail for notice in told):
        enqueue_on_commit(_wake())


@transaction.atomic
def mark_read(*, person: User, notice_ids: Collection[int] | None = None) -> int:
    """Mark a person's own notices as read, all of them if none are named. How many were unread. Leaves no event."""
    unread = Notice.objects.filter(person=person, on_desk=True, read_at=None)
    if notice_ids is not None:
        unread = unread.filter(pk__in=notice_ids)
    return unread.update(read_at=now())


def send_notices() -> int:
    """Mail what waits: one mail a person, at most one each NOTICE_MAIL_EVERY_S. How many mails left.

    Two workers never mail the same notice: whoever locks a person's rows first sends them. A mail that the server
    took while the commit failed is sent again under the same Message-ID.
    """
    recent = now() - timedelta(seconds=settings.NOTICE_MAIL_EVERY_S)
    waiting = Notice.objects.filter(by_mail=True).order_by("person_id").values_list("person_id", flat=True).distinct()
    served = Notice.objects.filter(person__in=list(waiting), mailed_at__gt=recent).values_list("person_id", flat=True)
    return sum(_mail(person_id) for person_id in sorted({*waiting} - {*served}))


def forget_old_notices() -> int:
    """Delete notices of more than 180 days ago. How many."""
    old = Notice.objects.filter(Q(read_at__isnull=False) | Q(on_desk=False), told_at__lt=now() - KEPT, by_mail=False)
    return old.delete()[0]


@transaction.atomic
def _mail(person_id: int) -> int:
    rows = Notice.objects.select_for_update(skip_locked=True).filter(person=person_id, by_mail=True).order_by("id")
    waiting = list(rows)
    person = User.objects.get(pk=person_id)
    wanted = [notice for notice in waiting if person.email and person.wants(notice.kind, Channel.MAIL)]
    pks = [notice.pk for notice in waiting]
    if not wanted:  # switched off, or without an address, since it was told
        Notice.objects.filter(pk__in=pks).update(by_mail=False)
        return 0
    try:
        _message(person, wanted).send()
    except Exception as error:  # noqa: BLE001 - each mail backend has errors of its own; none may stop the others' mail
        _keep_for_later(waiting, error)
        return 0
    Notice.objects.filter(pk__in=pks).update(by_mail=False, mail_error="")
    Notice.objects.filter(pk__in=[notice.pk for notice in wanted]).update(mailed_at=now())
    return 1


def _message(person: User, notices: list[Notice]) -> EmailMessage:
    """Ids and links, grouped by kind; no text of anybody."""
    lines = []
    for kind, group in groupby(sorted(notices, key=lambda notice: (notice.kind, notice.pk)), lambda n: n.kind):
        of_kind = list(group)
        lines += [f"{notice.words}: {settings.DESK_URL}{notice.path}" for notice in of_kind[:LISTED_IN_A_MAIL]]
        if len(of_kind) > LISTED_IN_A_MAIL:
            more = len(of_kind) - LISTED_IN_A_MAIL
            lines.append(f"{more} more of this kind ({NoticeKind(kind).label}): {settings.DESK_URL}/notices/")
    only = notices[0].words if len(notices) == 1 else f"{len(notices)} notices"
    body = "\n".join([*lines, "", f"Which of these are mailed to you: {settings.DESK_URL}/settings/"])
    domain = settings.EMAIL_FROM.rpartition("@")[2].strip("> ") or "localhost"
    headers = {"Message-ID": f"<notices-{notices[0].pk}-{notices[-1].pk}-{len(notices)}@{domain}>"}
    return EmailMessage(f"Stillwatch: {only}", body, settings.EMAIL_FROM, [person.email], headers=headers)


def _keep_for_later(waiting: list[Notice], error: Exception) -> None:
    logger.warning("The mail server took %s notices not: %s", len(waiting), type(error).__name__)
    for notice in waiting:
        notice.mail_attempts += 1
        notice.mail_error = f"{type(error).__name__}: {error}"[:400]
        notice.by_mail = notice.mail_attempts < MAIL_ATTEMPTS
    Notice.objects.bulk_update(waiting, ["mail_attempts", "mail_error", "by_mail"])


def _check(kind: str, subject: str, path: str, key: str) -> None:
    if kind not in NoticeKind.values:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(NoticeKind.values)}")
    if not SUBJECT.match(subject):
        raise InvalidInput("subject", subject, "it is an id of the desk, such as CASE-2026-0001")
    if not PATH.match(path) or len(path) > 300:
        raise InvalidInput("path", path, "it is an address on the desk, of 1 to 300 characters, beginning with one /")
    if not 1 <= len(key) <= 120:
        raise InvalidInput("key", key, "it names the occasion in 1 to 120 characters")


def _wake() -> Task:
    """By name: the task calls this module, so this module may not import it."""
    current_app.loader.import_default_modules()
    return current_app.tasks["staff.send_notices"]
