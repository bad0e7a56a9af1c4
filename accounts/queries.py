"""Reading accounts: for detection as a table, for pages as rows."""

from __future__ import annotations

import pyarrow as pa
from django.db.models import F

from accounts.models import ApiAccount
from core.clock import to_us

TABLE = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        ("organisation", pa.string()),
        ("verified", pa.bool_()),
        ("created_at_us", pa.int64()),
        ("plan", pa.string()),
        ("country", pa.string()),
        ("email_domain", pa.string()),
        ("email_pattern", pa.string()),
        ("payment_fp", pa.string()),
        ("phone_fp", pa.string()),
        ("device_fp", pa.string()),
        ("declared_use", pa.string()),
        ("status", pa.string()),
        ("closed_at_us", pa.int64()),
        ("close_reason", pa.string()),
    ]
)


def accounts_table() -> pa.Table:
    """Every account as detection reads it: unknown is null, times are microseconds UTC. One query."""
    rows = (
        ApiAccount.objects.annotate(org_name=F("organisation__name"), org_verified=F("organisation__verified"))
        .annotate(org_use=F("organisation__declared_use"))
        .order_by("account_id")
    )
    return pa.Table.from_pylist([_row(account) for account in rows.iterator(chunk_size=5_000)], schema=TABLE)


def _row(account: ApiAccount) -> dict[str, object]:
    named = account.__dict__
    return {
        "account_id": account.account_id,
        "organisation": named["org_name"],
        "verified": account.verified if account.verified is not None else named["org_verified"],
        "created_at_us": to_us(account.created_at) if account.created_at else None,
        "plan": account.plan or None,
        "country": account.country or None,
        "email_domain": account.email_domain or None,
        "email_pattern": account.email_pattern or None,
        "payment_fp": account.payment_fp or None,
        "phone_fp": account.phone_fp or None,
        "device_fp": account.device_fp or None,
        "declared_use": account.declared_use or named["org_use"] or None,
        "status": account.status.value,
        "closed_at_us": to_us(account.closed_at) if account.closed_at else None,
        "close_reason": account.close_reason or None,
    }
