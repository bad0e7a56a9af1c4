"""Where rows that are not exchanges go. An upper app registers its own sink when it starts; traffic knows none by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.services import upsert_accounts
from core.errors import Unavailable
from core.text import storable
from traffic.connectors.accounts import account_record
from traffic.connectors.base import Reject, RejectedRecord
from traffic.connectors.calendars import list_price, model_release
from traffic.connectors.small import Row
from traffic.enums import Kind
from traffic.models import ListPrice, ModelRelease, Source


@dataclass(slots=True)
class Taken:
    """How a sink divided the rows it was given."""

    stored: int = 0
    known: int = 0
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


Sink = Callable[[Sequence[Row], Source, datetime], Taken]
_SINKS: dict[str, Sink] = {}


def register_sink(kind: str, sink: Sink) -> None:
    """Let `sink(rows, source, pulled_at)` take the rows of a kind; it runs inside the pull's transaction."""
    _SINKS[kind] = sink


def sink_for(kind: str) -> Sink:
    """The sink of a kind. Raises Unavailable when no app takes this kind."""
    if kind not in _SINKS:
        raise Unavailable(f"Nothing here takes {Kind(kind).label}: no sink is registered for kind {kind!r}.")
    return _SINKS[kind]


def read_each(
    rows: Sequence[Row], read: Callable[[Row, dict[str, Any]], Any], settings: dict[str, Any]
) -> tuple[list[Any], list[Reject]]:
    """The rows as records, and those that cannot be one with the reason."""
    records, rejects = [], []
    for row in rows:
        try:
            records.append(read(row, settings))
        except RejectedRecord as error:
            rejects.append(Reject.of(row.position, row.raw, str(error)))
    return records, rejects


def _take_accounts(rows: Sequence[Row], source: Source, pulled_at: datetime) -> Taken:
    records, rejects = read_each(rows, account_record, source.settings)
    done = upsert_accounts(rows=records, source=source.slug, pulled_at=pulled_at)
    notes = [f"{len(done.differing)} accounts differ from a decision that stands"] if done.differing else []
    stored = done.created + done.changed
    return Taken(stored, len(records) - stored, rejects, notes)


def _take_releases(rows: Sequence[Row], source: Source, pulled_at: datetime) -> Taken:
    records, rejects = read_each(rows, model_release, source.settings)
    taken = Taken(rejects=rejects)
    for model, released in records:
        values = {"released_at": released}
        known = ModelRelease.objects.filter(model=storable(model), **values).exists()
        if not known:
            ModelRelease.objects.update_or_create(model=storable(model), defaults=values)
        taken.known, taken.stored = taken.known + known, taken.stored + (not known)
    return taken


def _take_prices(rows: Sequence[Row], source: Source, pulled_at: datetime) -> Taken:
    records, rejects = read_each(rows, list_price, source.settings)
    taken = Taken(rejects=rejects)
    for model, since, price_in, price_out in records:
        values = {"input_usd_per_mtok": price_in, "output_usd_per_mtok": price_out}
        known = ListPrice.objects.filter(model=storable(model), valid_from=since, **values).exists()
        if not known:
            ListPrice.objects.update_or_create(model=storable(model), valid_from=since, defaults=values)
        taken.known, taken.stored = taken.known + known, taken.stored + (not known)
    return taken


register_sink(Kind.ACCOUNTS, _take_accounts)
register_sink(Kind.RELEASES, _take_releases)
register_sink(Kind.PRICES, _take_prices)
