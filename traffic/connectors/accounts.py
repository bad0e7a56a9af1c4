"""Account records of a provider's identity and billing systems. Everything but the id may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.enums import Status
from accounts.services import AccountRecord, fingerprint
from core.text import storable
from traffic.connectors.base import RejectedRecord, shown
from traffic.connectors.small import Row, as_moment, as_text, as_yes_no, pick

NAMES: dict[str, tuple[str, ...]] = {
    "organisation": ("organisation", "org_name", "organization"),
    "plan": ("plan", "tier"),
    "country": ("country",),
    "email_domain": ("email_domain",),
    "email_pattern": ("email_pattern",),
    "payment_fp": ("payment_fp", "payment_hash"),
    "phone_fp": ("phone_fp", "phone_hash"),
    "device_fp": ("device_fp", "device_hash"),
    "declared_use": ("declared_use",),
    "close_reason": ("close_reason", "closed_reason"),
}


def account_record(row: Row, settings: Mapping[str, Any]) -> AccountRecord:
    """One row as an account record.

    Raises RejectedRecord with the field, the value and what is allowed.
    """
    values = row.values
    account = as_text(pick(values, settings, "account_id", "id"), "account_id")
    if not account:
        raise RejectedRecord("account_id: it is missing")
    texts = {name: as_text(pick(values, settings, *names), name) for name, names in NAMES.items()}
    texts = {name: storable(text) if text else None for name, text in texts.items()}
    country = texts["country"]
    if country is not None and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise RejectedRecord(f"country: {shown(country)} is not a two-letter code (ISO 3166-1)")
    for name in ("payment_fp", "phone_fp", "device_fp"):
        texts[name] = fingerprint(texts[name]) if texts[name] else None  # type: ignore[arg-type]
    if texts["email_domain"]:
        texts["email_domain"] = texts["email_domain"].rpartition("@")[2].lower()
    texts["country"] = country.upper() if country else None
    return AccountRecord(
        account_id=storable(account),
        verified=as_yes_no(pick(values, settings, "verified"), "verified"),
        created_at=as_moment(pick(values, settings, "created_at", "created"), "created_at"),
        closed_at=as_moment(pick(values, settings, "closed_at"), "closed_at"),
        status=_status(pick(values, settings, "status")),
        **texts,
    )


def _status(value: Any) -> Status | None:
    if value is None:
        return None
    word = str(value).strip().lower()
    if word not in Status.values:
        raise RejectedRecord(f"status: {shown(value)} is none of {', '.join(Status.values)}")
    return Status(word)
