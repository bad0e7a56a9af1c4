"""Model releases and list prices, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from traffic.connectors.base import RejectedRecord
from traffic.connectors.small import Row, as_moment, as_number, as_text, pick

HIGHEST_USD = 100_000


def model_release(row: Row, settings: Mapping[str, Any]) -> tuple[str, datetime]:
    """The model and the moment from which it could be used."""
    model = as_text(pick(row.values, settings, "model"), "model")
    released = as_moment(pick(row.values, settings, "released_at", "release_date", "released"), "released_at")
    if not model or released is None:
        raise RejectedRecord(f"{'model' if not model else 'released_at'}: it is missing")
    return model, released


def list_price(row: Row, settings: Mapping[str, Any]) -> tuple[str, date, Decimal, Decimal]:
    """The model, the first day of validity, and US dollars per million input and output tokens."""
    model = as_text(pick(row.values, settings, "model"), "model")
    since = as_moment(pick(row.values, settings, "valid_from", "from"), "valid_from")
    if not model or since is None:
        raise RejectedRecord(f"{'model' if not model else 'valid_from'}: it is missing")
    prices = [
        Decimal(repr(as_number(pick(row.values, settings, name), name, 0, HIGHEST_USD))).quantize(Decimal("0.000001"))
        for name in ("input_usd_per_mtok", "output_usd_per_mtok")
    ]
    return model, since.date(), prices[0], prices[1]
