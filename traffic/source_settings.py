"""What may be changed about a source after it was added: its name, whether it is watched, whether it is pulled at all."""

from __future__ import annotations

from django.db import transaction

from audit.services import record
from core.errors import InvalidInput
from core.text import storable
from staff.enums import Action
from staff.permissions import check
from traffic.models import Source


@transaction.atomic
def change_source(*, source: Source, name: str, watch: bool, enabled: bool, actor: object) -> Source:
    """Rename a source, watch it or not, switch it on or off. Path and connector stay: what was pulled came from there."""
    check(actor, Action.MANAGE_SOURCES)
    if not name.strip() or len(name) > 120:
        raise InvalidInput("name", name, "it has 1 to 120 characters")
    locked = Source.objects.select_for_update().get(pk=source.pk)
    wanted = {"name": storable(name.strip()), "watch": watch, "enabled": enabled}
    changed = {key: [getattr(locked, key), value] for key, value in wanted.items() if getattr(locked, key) != value}
    if not changed:
        return locked
    for key, value in wanted.items():
        setattr(locked, key, value)
    locked.save(update_fields=tuple(wanted))
    record(actor=actor, action="source.changed", subject=f"source:{locked.slug}", changed=changed)
    return locked
