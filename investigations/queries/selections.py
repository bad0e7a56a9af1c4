"""What a selection is, before anything is done to it: counts by group, a drawn sample, who is left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Count, F, Func, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, NullIf

from core.clock import now
from core.errors import InvalidInput, NotFound
from detection.models import CampaignMember
from investigations.enums import SelectionSource
from investigations.models import Protection, SelectedAccount, Selection
from investigations.protection import protected_among
from staff.enums import Action
from staff.models import User
from staff.permissions import check
from staff.restrictions import readable_by

SAMPLE = 12
LISTED = 200
# Upper bound of the account's age in days, with its name.
AGES = ((7, "under 7 days"), (30, "7 to 30 days"), (180, "30 to 180 days"), (730, "180 days to 2 years"))
OLDEST, UNKNOWN = "over 2 years", "unknown"
FACETS = (
    ("tier", "Tier", "none"),
    ("plan", "Plan", UNKNOWN),
    ("age", "Age of the account", UNKNOWN),
    ("status", "Status", UNKNOWN),
    ("country", "Country", UNKNOWN),
)


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the accounts that are in."""

    value: str
    shown: str
    n: int


@dataclass(frozen=True, slots=True)
class Facet:
    """How the accounts that are in divide; the largest group first."""

    name: str
    label: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Accounts that are left out for one reason."""

    reason: str
    n: int


@dataclass(frozen=True, slots=True)
class Protected:
    """A protected account of the selection: why, and the reason for which it is in all the same."""

    row: SelectedAccount
    why: str


def get_selection(key: UUID, *, reader: User) -> Selection:
    """One selection. Raises NotAllowed or NotFound."""
    check(reader, Action.VIEW_CASE)
    known = readable_by(reader, "case__") & readable_by(reader, "decision__case__")
    rows = Selection.objects.select_related("campaign", "case", "made_by", "decision")
    found = rows.filter(known, key=key).first()
    if found is None:
        raise NotFound("There is no such selection.")
    return found


def facet_rows(selection: Selection, facet: str, value: str) -> QuerySet[SelectedAccount]:
    """The chosen accounts of one group; an empty value is what is not known. Raises InvalidInput for no facet."""
    known = {name for name, _, _ in FACETS}
    if facet not in known:
        raise InvalidInput("facet", facet, f"it is one of {', '.join(sorted(known))}")
    found: QuerySet[SelectedAccount] = _grouped(selection, facet).filter(group=value)
    return found


def selection_context(selection: Selection) -> dict[str, Any]:
    """All that the preview shows, but its forms. Ten queries for any number of accounts."""
    chosen = dict(selection.chosen.order_by().values_list("excluded").annotate(n=Count("pk")))
    n_in = chosen.pop("", 0)
    return {
        "n_in": n_in,
        "exclusions": [Exclusion(reason, n) for reason, n in sorted(chosen.items(), key=lambda pair: -pair[1])],
        "facets": [_facet(selection, *facet) for facet in FACETS],
        "sample": drawn_sample(selection),
        "protected": protected_rows(selection),
        "source": SelectionSource(selection.source).label,
    }


def drawn_sample(selection: Selection) -> list[SelectedAccount]:
    """Accounts to look at before deciding, drawn by a digest of the selection's key and the account: the same each time."""
    seeded = Func(Concat(Value(str(selection.key)), Cast("account_id", TextField())), function="md5")
    rows = selection.chosen.filter(excluded="").select_related("account__organisation")
    return list(rows.order_by(seeded, "id")[:SAMPLE])


def protected_rows(selection: Selection) -> list[Protected]:
    """The first protected accounts with the reason that protects each."""
    rows = selection.chosen.filter(excluded="protected") | selection.chosen.exclude(override_reason="")
    found = list(rows.select_related("account__organisation").order_by("-override_reason", "id")[:LISTED])
    why = protected_among([row.account for row in found])
    return [Protected(row, why.get(row.account_id, "protected when it was chosen")) for row in found]


def _facet(selection: Selection, name: str, label: str, empty: str) -> Facet:
    rows = _grouped(selection, name).filter(excluded="").order_by().values_list("group").annotate(n=Count("pk"))
    groups = [Group(value, value.replace("_", " ") or empty, n) for value, n in rows.order_by("-n", "group")]
    return Facet(name, label, tuple(groups))


def _grouped(selection: Selection, facet: str) -> Any:  # the annotation is unknown to the model's type
    expression: Any = {
        "tier": F("tier"),
        "plan": F("account__plan"),
        "country": F("account__country"),
        "status": Coalesce(NullIf("account__status_decided", Value("")), "account__status_pulled"),
        "age": _age(),
    }[facet]
    return selection.chosen.annotate(group=expression)


def _age() -> Case:
    at = now()
    steps = [When(account__created_at__gt=at - timedelta(days=days), then=Value(name)) for days, name in AGES]
    return Case(When(account__created_at=None, then=Value("")), *steps, default=Value(OLDEST), output_field=CharField())


def member_accounts(ids: list[int]) -> QuerySet[Any, Any]:
    """The account keys of members of any campaign."""
    return CampaignMember.objects.filter(pk__in=ids).values("account_id")


def protections() -> QuerySet[Protection]:
    """The protected list, ended entries too; keyed by `-id`."""
    return Protection.objects.select_related("organisation", "account", "added_by", "removed_by")


def get_protection(number: int) -> Protection:
    """One entry. Raises NotFound."""
    found = protections().filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no entry {number} on the protected list.")
    return found
