"""One account's item of the queue: why it is there, what was sampled, what people did with it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max

from investigations.models import FlaggedSession, QueueItem, Skip
from investigations.queries.sessions import masked
from staff.models import User

SAMPLES = 8


def item_context(item: QueueItem, reader: User) -> dict[str, Any]:
    """All that an account's page in the queue shows but its sessions. Four queries."""
    flags = FlaggedSession.objects.filter(account=item.account_id)
    strongest = flags.filter(verdict="").order_by("-strength", "-id").values("pk")[:1]
    seen = flags.filter(verdict="").aggregate(newest=Max("pk"), n=Count("pk"))
    return {
        "seen": {"up_to": seen["newest"] or 0, "n": seen["n"]},
        "n_settled": flags.exclude(verdict="").count(),
        "samples": list(masked().filter(session__in=strongest)[:SAMPLES]),
        "skipped": Skip.objects.filter(item=item, person=reader).first(),
    }
