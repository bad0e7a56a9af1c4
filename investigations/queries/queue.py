"""The queue: what waits, narrowed and ordered as the address says; what comes next; and true, bounded counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from core.clock import now
from core.counting import Counted, counts
from core.errors import InvalidInput, NotFound
from core.paging import beyond
from core.text import storable
from detection.enums import Level
from detection.models import Campaign
from investigations.enums import ItemKind
from investigations.models import Decision, FlaggedSession, QueueItem, Skip
from investigations.queries.decisions import approvals_for, get_decision
from staff.enums import Action
from staff.models import User
from staff.permissions import can

MINE_SHOWN = 10
COUNTED = 1_000
RELATED = ("campaign", "of_campaign", "account__organisation")
ORDERS = {
    "strength": "-strength,-n_accounts,-id",
    "blast": "-n_accounts,-strength,-id",
    "age": "since,id",
    "due": "due_at,id",
}
ORDER_WORDS = {
    "strength": "strongest first", "blast": "most accounts first", "age": "longest waiting first", "due": "due first",
}  # fmt: skip
SHOWN_WORDS = {
    "open": "open", "mine": "my own", "held": "held", "skipped": "skipped", "snoozed": "snoozed",
}  # fmt: skip
KIND_WORDS = {
    "": "campaigns, leads and approvals", "campaign": "campaigns", "account": "accounts in campaigns", "lead": "leads",
    "approval": "approvals",
}  # fmt: skip
Votable = Collection[int] | QuerySet[Any]
STATES = ("open", "mine", "held", "skipped", "snoozed")
CHOICES: dict[str, Sequence[str]] = {
    "show": STATES,
    "kind": ItemKind.values,
    "order": tuple(ORDERS),
    "level": Level.values,
}


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """How the queue is narrowed and ordered; every field stands in the address under its own name."""

    show: str = "open"
    kind: str = ""
    order: str = "strength"
    level: str = ""
    campaign: str = ""
    organisation: str = ""
    text: str = ""
    min_strength: str = ""
    overdue: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> QueueFilter:
        """From an address. Raises InvalidInput for a value that a field cannot have; other parameters are left alone."""
        values = {}
        for field in fields(cls):
            value = storable(str(given.get(field.name, "")).strip())
            if not value:
                continue
            if field.name in CHOICES and value not in CHOICES[field.name]:
                raise InvalidInput(field.name, value, f"it is one of {', '.join(CHOICES[field.name])}")
            values[field.name] = value
        _number(values.get("min_strength", ""))
        return cls(**values)

    @classmethod
    def of_address(cls, query: str) -> QueueFilter:
        """From the query of an address that this house wrote earlier; the plain queue if it is no longer valid."""
        try:
            return cls.read(dict(parse_qsl(query)))
        except InvalidInput:
            return cls()

    @property
    def address(self) -> str:
        """The query of the address: what differs from the plain queue, and always what is shown."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        plain = {field.name: field.default for field in fields(self)}
        return urlencode({name: value for name, value in values.items() if value != plain[name] or name == "show"})

    @property
    def order_words(self) -> str:
        return ORDER_WORDS[self.order]

    @property
    def words(self) -> str:
        """What the view shows, as a person says it.

        >>> QueueFilter(kind="lead", min_strength="3", order="due", overdue="1").words
        'open leads, of strength 3 or more, overdue; due first'
        """
        parts = [f"{SHOWN_WORDS[self.show]} {KIND_WORDS[self.kind]}"]
        parts += [f"{self.level}"] if self.level else []
        parts += [f"of campaign {self.campaign}"] if self.campaign else []
        parts += [f"of {self.organisation}"] if self.organisation else []
        parts += [f"with “{self.text}”"] if self.text else []
        parts += [f"of strength {self.min_strength} or more"] if self.min_strength else []
        parts += ["overdue"] if self.overdue else []
        return f"{', '.join(parts)}; {self.order_words}"

    @property
    def narrowed(self) -> bool:
        """Whether anything but what is shown, its kind and its order was chosen."""
        return any((self.level, self.campaign, self.organisation, self.text, self.min_strength, self.overdue))


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many there are of each kind and state under the present filters, for one reader."""

    kinds: dict[str, Counted]
    states: dict[str, Counted]


def votable_by(reader: User) -> list[int]:
    """The keys of the proposals that a reader can vote on: asked for once by a page that lists and counts. One query."""
    return list(approvals_for(reader).values_list("pk", flat=True))


def items(narrow: QueueFilter, reader: User, *, votable: Votable | None = None) -> QuerySet[QueueItem]:
    """What waits, for one reader; keyed by `ORDERS[narrow.order]`. `votable`: as `votable_by` found it, if it was asked."""
    if votable is None:
        votable = approvals_for(reader).values("pk")
    found = _with_related(QueueItem.objects.filter(is_open=True))
    found = _of_state(_of_kind(found, narrow.kind, reader, narrow.show, votable), narrow.show, reader)
    if narrow.level:
        found = found.filter(level=narrow.level)
    if narrow.campaign:
        found = found.filter(Q(campaign__code=narrow.campaign.upper()) | Q(of_campaign__code=narrow.campaign.upper()))
    if narrow.organisation:
        found = found.filter(account__organisation__name=narrow.organisation)
    if narrow.text:
        found = found.filter(
            Q(account__account_id__startswith=narrow.text)
            | Q(campaign__code=narrow.text.upper())
            | Q(campaign__name__icontains=narrow.text)
            | Q(decision__code=narrow.text.upper())
        )
    if narrow.min_strength:
        found = found.filter(strength__gte=_number(narrow.min_strength))
    if narrow.overdue:
        found = found.filter(due_at__lte=now())
    return found


def my_items(reader: User, *, votable: Votable | None = None) -> list[QueueItem]:
    """What the reader holds, due first; ten of them. One query and those of `_with_related`."""
    found = items(QueueFilter(show="mine", order="due"), reader, votable=votable)
    return list(found.order_by("due_at", "id")[:MINE_SHOWN])


def held_by(person: User) -> QuerySet[QueueItem]:
    """Open items in a person's hands; a claim that ran out holds nothing."""
    return QueueItem.objects.filter(_held(now()), is_open=True, assignee=person)


def others(found: QuerySet[QueueItem], reader: User) -> QuerySet[QueueItem]:
    """Without what the reader holds: a list that stands under one's own work repeats none of it."""
    return found.exclude(pk__in=held_by(reader).values("pk"))


def queue_counts(narrow: QueueFilter, reader: User, *, votable: Votable) -> QueueCounts:
    """The counts beside the names of kinds and states. One query."""
    views = {*((kind, narrow.show) for kind in ItemKind.values), *((narrow.kind, show) for show in STATES)}
    named = {f"{k}:{s}": items(_with(narrow, kind=k, show=s), reader, votable=votable) for k, s in views}
    found = counts(named, limit=COUNTED)
    return QueueCounts(
        {kind: found[f"{kind}:{narrow.show}"] for kind in ItemKind.values},
        {show: found[f"{narrow.kind}:{show}"] for show in STATES},
    )


def next_item(narrow: QueueFilter, reader: User, *, after: QueueItem | None = None) -> QueueItem | None:
    """The next one in this view, past the one just done with; from the top again after the last. At most two queries."""
    order = ORDERS[narrow.order]
    found = items(narrow, reader).order_by(*order.split(","))
    if after is None:
        return found.first()
    found = found.exclude(pk=after.pk)
    return found.filter(beyond(after, order)).first() or found.first()


def get_item(pk: int, reader: User) -> QueueItem:
    """One item, open or settled, that the reader may know of. Raises NotFound."""
    found = _known_to(reader).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no item {pk} in the queue.")
    return found


def find_item(code: str, reader: User) -> QueueItem | None:
    """The item of a campaign or decision by its code, or by its own number; None if there is none."""
    code = storable(code)
    which = Q(campaign__code=code) | Q(decision__code=code)
    if code.isascii() and code.isdigit() and len(code) < 19:
        which = Q(pk=int(code))
    return _known_to(reader).filter(which).first()


def bar_item(code: str, reader: User) -> QueueItem | None:
    """The item behind the page of a campaign or decision; None if none waits. Raises NotFound for what this reader has no page of."""
    found = find_item(code, reader)
    if found is None and not Campaign.objects.filter(code=storable(code)).exists():
        get_decision(code, reader=reader)
    return found


def open_sessions(item: QueueItem) -> QuerySet[FlaggedSession]:
    """The open flagged sessions of an item's account; keyed by `-strength,-id`."""
    found = FlaggedSession.objects.filter(account=item.account_id, verdict="")
    return found.select_related("account", "campaign", "assignee")


def _known_to(reader: User) -> QuerySet[QueueItem]:
    """Items without the proposals of restricted cases that do not name the reader."""
    known = Q(decision=None) | Q(decision__in=Decision.objects.visible_to(reader))
    return _with_related(QueueItem.objects.filter(known))


def _with_related(found: QuerySet[QueueItem]) -> QuerySet[QueueItem]:
    """With what a row names. What few rows have comes in queries of its own, none if no row has it: each join costs planning."""
    proposals = Decision.objects.select_related("case", "proposed_by", "reverses")
    return found.select_related(*RELATED).prefetch_related("assignee", "snooze", Prefetch("decision", proposals))


def _of_kind(found: QuerySet[QueueItem], kind: str, reader: User, show: str, votable: Votable) -> QuerySet[QueueItem]:
    """Accounts in campaigns stand under their campaign, so the plain queue leaves them out; approvals are one's own."""
    if kind:
        found = found.filter(kind=kind)
    elif show == "open":
        found = found.exclude(kind=ItemKind.ACCOUNT)
    if not can(reader, Action.APPROVE):
        return found.exclude(kind=ItemKind.APPROVAL)
    return found.exclude(Q(kind=ItemKind.APPROVAL) & ~Q(decision__in=votable))


def _of_state(found: QuerySet[QueueItem], show: str, reader: User) -> QuerySet[QueueItem]:
    moment = now()
    snoozed = Q(snoozed_until__isnull=False, snoozed_until__gt=moment)
    held = _held(moment)
    skipped = Exists(Skip.objects.filter(item=OuterRef("pk"), person=reader))
    if show == "snoozed":
        return found.filter(snoozed)
    if show == "skipped":
        return found.filter(skipped)
    if show == "mine":
        return found.filter(held, assignee=reader)
    if show == "held":
        return found.filter(held)
    return (
        found.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=moment))
        .exclude(held & ~Q(assignee=reader))
        .exclude(skipped)
    )


def _held(moment: datetime) -> Q:
    return Q(assignee__isnull=False) & (Q(claim_until=None) | Q(claim_until__gt=moment))


def _with(narrow: QueueFilter, **changes: str) -> QueueFilter:
    return replace(narrow, **changes)


def _number(value: str) -> float:
    try:
        number = float(value or 0)
    except ValueError:
        number = float("nan")
    if not -1000 <= number <= 1000:
        raise InvalidInput("min_strength", value, "it is a number from -1000 to 1000")
    return number
