"""The protected list: kept by administrators, each entry with its reason, none ever deleted."""

from __future__ import annotations

from django.db import transaction

from accounts.models import ApiAccount, Organisation
from audit.services import record
from core.clock import now
from core.errors import Conflict, InvalidInput
from core.text import storable
from investigations import policies
from investigations.enums import ProtectionGround
from investigations.models import Protection
from investigations.protection import standing_protections
from staff.enums import Action
from staff.models import User
from staff.permissions import check


@transaction.atomic
def protect(*, kind: str, name: str, ground: str, reason: str, actor: User) -> Protection:
    """Put an organisation (by name) or an account (by id) on the list.

    Raises InvalidInput when there is none of that name, Conflict when it stands there already.
    """
    check(actor, Action.MANAGE_POLICY)
    policies.check_words(reason=reason)
    if ground not in ProtectionGround.values:
        raise InvalidInput("ground", ground, f"it is one of {', '.join(ProtectionGround.values)}")
    thing = _find(kind, storable(name.strip()))
    if standing_protections().filter(**{kind: thing}).exists():
        raise Conflict(f"{thing} is on the protected list already.")
    given = {kind: thing, "ground": ground, "reason": storable(reason), "added_by": actor}
    entry = Protection.objects.create(**given)
    record(actor=actor, action="protection.added", subject=entry.subject, name=str(thing), ground=ground, reason=reason)
    return entry


@transaction.atomic
def unprotect(*, protection: Protection, reason: str, actor: User) -> None:
    """Take an entry off the list, with the reason; what it was stays on record."""
    check(actor, Action.MANAGE_POLICY)
    policies.check_words(reason=reason)
    entry = Protection.objects.select_for_update(of=("self",)).get(pk=protection.pk)
    if entry.removed_at is not None:
        raise Conflict(f"The {entry} ended already.")
    entry.removed_by, entry.removed_at, entry.removed_reason = actor, now(), storable(reason)
    entry.save(update_fields=("removed_by", "removed_at", "removed_reason"))
    record(actor=actor, action="protection.removed", subject=entry.subject, reason=reason)


def _find(kind: str, name: str) -> ApiAccount | Organisation:
    found: ApiAccount | Organisation | None = None
    if kind == "organisation":
        found = Organisation.objects.filter(name=name).first()
    elif kind == "account":
        found = ApiAccount.objects.filter(account_id=name).first()
    else:
        raise InvalidInput("kind", kind, "it is organisation or account")
    if found is None:
        raise InvalidInput("name", name, f"there is no {kind} of exactly this name")
    return found
