"""Within how long each kind of item should be settled, and how the open ones stand against it."""

from __future__ import annotations

from dataclasses import dataclass

from core.counting import Counted, counts
from investigations.enums import ItemKind
from investigations.models import ReviewTarget
from investigations.queries.queue import QueueFilter, items
from staff.models import User

DEFAULT_HOURS = 72  # what queue_due takes for a kind without a target (migration queue_kept_by_triggers)


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One kind of item: its target in hours, and how many open ones the reader has, and of these how many are overdue."""

    kind: str
    words: str
    hours: int
    is_default: bool
    n_open: Counted
    n_overdue: Counted

    @property
    def days(self) -> float | None:
        """The target in days, from two days on."""
        return self.hours / 24 if self.hours >= 48 else None


def review_targets(reader: User) -> list[TargetLine]:
    """One line a kind, in the order of the queue. Two queries."""
    hours = dict(ReviewTarget.objects.values_list("kind", "hours"))
    waiting = {kind: items(QueueFilter(kind=kind), reader) for kind in ItemKind.values}
    overdue = {f"{kind} overdue": items(QueueFilter(kind=kind, overdue="on"), reader) for kind in ItemKind.values}
    n = counts(waiting | overdue)
    return [
        TargetLine(kind, str(words), hours.get(kind, DEFAULT_HOURS), kind not in hours, n[kind], n[f"{kind} overdue"])
        for kind, words in ItemKind.choices
    ]
