"""Pinning: something is frozen into a case with the reason and its digest."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from audit.services import case_chain, record
from core.canonical import digest, plain
from core.errors import Conflict
from core.text import storable
from investigations.exhibits import frozen
from investigations.models import Case, Exhibit
from investigations.policies import check_case_open, check_words
from investigations.services.locking import lock_case, touch
from staff.enums import Action
from staff.models import User
from staff.permissions import check


@transaction.atomic
def pin_exhibit(*, case: Case, kind: str, ref: str, reason: str, actor: User, version: int | None = None) -> Exhibit:
    """Pin a campaign, session, sample, account, template or reading as it is at this moment.

    `ref` is what people call it: C-0001, S-000001, T-0001, an account id, or the number of a sample or reading.
    Raises Conflict when it is already pinned: an exhibit is not refreshed behind a decision's back.
    """
    check(actor, Action.EDIT_CASE)
    check_words(reason=reason)
    locked = lock_case(case.pk, version=version, reader=actor)
    check_case_open(locked)
    name, title, thing = frozen(kind, ref)
    if there := Exhibit.objects.filter(case=locked, kind=kind, ref=name).first():
        raise Conflict(f"{title} is already exhibit {there.number} of {locked.code}.", number=there.number)
    content = plain(thing)
    exhibit = Exhibit.objects.create(
        case=locked,
        number=(Exhibit.objects.filter(case=locked).aggregate(top=Max("number"))["top"] or 0) + 1,
        kind=kind,
        ref=name,
        title=title,
        reason=storable(reason),
        content=content,
        content_sha256=digest(content),
        pinned_by=actor,
    )
    record(
        actor=actor,
        action="exhibit.pinned",
        subject=f"exhibit:{locked.code}/{exhibit.number}",
        chain=case_chain(locked.code),
        kind=kind,
        ref=name,
        reason=reason,
        content_sha256=exhibit.content_sha256,
    )
    touch(locked)
    return exhibit
