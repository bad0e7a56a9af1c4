"""Skips: one person's word that they will not take an item. Hides it from that person alone; taken back at any time."""

from __future__ import annotations

from django.db import transaction

from audit.services import record
from core.errors import NotFound
from core.text import storable
from investigations import policies
from investigations.models import QueueItem, Skip
from investigations.services.claims import release_item
from staff.enums import Action
from staff.models import User
from staff.permissions import check


@transaction.atomic
def skip_item(*, item: QueueItem, reason: str, actor: User) -> Skip:
    """Keep an item out of one's own queue; saying it again replaces the reason.

    One's own claim on it ends, since others cannot take what is held; what a lead gave stays with whom it was given to.
    """
    check(actor, Action.VIEW_EVIDENCE)
    policies.check_words(reason=reason)
    if item.assignee_id == actor.pk and item.claim_until is not None:
        release_item(item=item, actor=actor)
    _lock(item)
    skip, _ = Skip.objects.update_or_create(item=item, person=actor, defaults={"reason": storable(reason)})
    record(actor=actor, action="item.skipped", subject=f"item:{item.kind}:{item}"[:400], reason=reason)
    return skip


@transaction.atomic
def unskip_item(*, item: QueueItem, actor: User) -> None:
    """Take one's skip back. Raises NotFound if there is none."""
    _lock(item)
    if not Skip.objects.filter(item=item, person=actor).delete()[0]:
        raise NotFound(f"You have not skipped {item}.")
    record(actor=actor, action="item.unskipped", subject=f"item:{item.kind}:{item}"[:400])


def _lock(item: QueueItem) -> None:
    """The item before the trail, as claims and verdicts take them: the skip's reference to it is checked at the commit."""
    QueueItem.objects.select_for_update(no_key=True).get(pk=item.pk)
