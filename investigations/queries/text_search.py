"""Searches of texts as their pages show them: how far each is, the accounts behind its hits, the hits."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, Min, QuerySet

from accounts.models import ApiAccount
from core.clock import now
from core.errors import NotFound
from investigations.enums import SearchState
from investigations.models import SearchHit, TextSearch
from staff.enums import Action
from staff.models import User
from staff.permissions import can

ACCOUNTS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """How far a search is. What is left is None until a rate can be told."""

    share: float | None
    rows_per_s: float | None
    remaining_s: float | None


@dataclass(frozen=True, slots=True)
class AccountHits:
    """One account behind the hits; `account` is None where no record of it is here."""

    account_id: str
    account: ApiAccount | None
    n_hits: int
    first: object
    last: object


def may_read_search(search: TextSearch, reader: User) -> bool:
    """Who asked for it reads it; whoever may read the trail may too, since the trail holds what was searched for."""
    return search.asked_by_id == reader.pk or (can(reader, Action.REVEAL_TEXT) and can(reader, Action.VIEW_AUDIT))


def searches_of(reader: User) -> QuerySet[TextSearch]:
    """The reader's own searches; keyed by `-id`."""
    return TextSearch.objects.filter(asked_by=reader).select_related("asked_by")


def get_search(number: int | str, *, reader: User) -> TextSearch:
    """One search that the reader may read. Raises NotFound."""
    known = str(number)
    pk = int(known) if known.isascii() and known.isdigit() and len(known) < 19 else -1
    found = TextSearch.objects.select_related("asked_by").filter(pk=pk).first()
    if found is None or not may_read_search(found, reader):
        raise NotFound(f"There is no search {known} that you may read.")
    return found


def get_hit(search: TextSearch, number: int) -> SearchHit:
    """One hit of a search. Raises NotFound."""
    found = search.hits.filter(pk=number).first()
    if found is None:
        raise NotFound(f"Search {search.pk} has no hit {number}.")
    return found


def progress(search: TextSearch) -> SearchProgress:
    """Share of the rows, the rate, and the seconds left. No query."""
    share = search.n_rows_done / search.n_rows if search.n_rows else None
    end = search.finished_at or now()
    elapsed = (end - search.started_at).total_seconds() if search.started_at else 0.0
    rate = search.n_rows_done / elapsed if elapsed > 0 and search.n_rows_done else None
    left = None
    if rate and search.state == SearchState.RUNNING:
        left = (search.n_rows - search.n_rows_done) / rate
    return SearchProgress(share, rate, left)


def accounts_behind(search: TextSearch) -> tuple[list[AccountHits], int]:
    """At most 200 accounts, those with most hits first, and how many there are. Three queries."""
    grouped = search.hits.order_by().values("account_id")
    rows = list(
        grouped.annotate(n=Count("pk"), first=Min("occurred_at"), last=Max("occurred_at")).order_by("-n", "account_id")[
            :ACCOUNTS_SHOWN
        ]
    )
    known = {
        one.account_id: one
        for one in ApiAccount.objects.select_related("organisation").filter(
            account_id__in=[row["account_id"] for row in rows]
        )
    }
    lines = [
        AccountHits(row["account_id"], known.get(row["account_id"]), row["n"], row["first"], row["last"])
        for row in rows
    ]
    return lines, search.hits.aggregate(n=Count("account_id", distinct=True))["n"]
