"""When what waits is due: by the target of its kind, or by the day that a person set."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from audit.services import record
from core.errors import Conflict, InvalidInput
from investigations import policies
from investigations.enums import ItemKind
from investigations.models import QueueItem, ReviewTarget
from staff.enums import Action
from staff.models import User
from staff.permissions import check

FURTHEST = timedelta(days=366)
MOST_HOURS = 24 * 366


@transaction.atomic
def set_item_due(*, item: QueueItem, due_on: date, reason: str, actor: User) -> QueueItem:
    """An open item's own due date, the end of a day in the actor's time zone; it stands until the item is settled."""
    check(actor, Action.REVIEW)
    policies.check_words(reason=reason)
    today = timezone.localdate()
    if not today <= due_on <= today + FURTHEST:
        raise InvalidInput("due_on", due_on.isoformat(), f"it lies from {today} to {today + FURTHEST}")
    locked = QueueItem.objects.select_for_update(of=("self",), no_key=True).get(pk=item.pk)
    if not locked.is_open:
        raise Conflict(f"{locked} is settled: nothing of it is due any more.")
    before = locked.due_at
    locked.due_at = timezone.make_aware(datetime.combine(due_on, time(23, 59, 59)))
    locked.due_set = True
    locked.save(update_fields=("due_at", "due_set"))
    facts = {"before": before.isoformat(), "due_at": locked.due_at.isoformat(), "reason": reason}
    record(actor=actor, action="item.due_set", subject=f"item:{locked.kind}:{locked}"[:400], **facts)
    return locked


@transaction.atomic
def set_review_target(*, kind: str, hours: int, reason: str, actor: User) -> ReviewTarget:
    """Within how many hours a kind of item should be settled; every open one without a date of its own follows at once."""
    check(actor, Action.MANAGE_POLICY)
    policies.check_words(reason=reason)
    if kind not in ItemKind.values:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(ItemKind.values)}")
    if not 1 <= hours <= MOST_HOURS:
        raise InvalidInput("hours", hours, f"it lies from 1 to {MOST_HOURS}")
    standing = ReviewTarget.objects.select_for_update().filter(kind=kind).first()
    target, _ = ReviewTarget.objects.update_or_create(kind=kind, defaults={"hours": hours})
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE investigations_queueitem SET due_at = queue_due(kind, since) "
            "WHERE kind = %s AND is_open AND NOT due_set",
            [kind],
        )
        moved = cursor.rowcount
    facts = {"before": standing.hours if standing else None, "hours": hours, "n_items": moved, "reason": reason}
    record(actor=actor, action="review_target.set", subject=f"review_target:{kind}", **facts)
    return target
