"""The decided side of an account's status. What the provider's records say is kept apart and never touched here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.enums import Status, StatusOrigin
from accounts.models import ApiAccount, StatusChange
from core.bulk import update_rows


@dataclass(frozen=True, slots=True)
class DecidedStatus:
    """What a decision, or its reversal, makes of one account. `standing` empty: no decision stands any more."""

    account: ApiAccount
    standing: str
    status: Status
    origin: StatusOrigin
    source: str
    reason: str
    occurred_at: datetime


@transaction.atomic
def set_decided_statuses(changes: Sequence[DecidedStatus]) -> None:
    """Write the standing status of locked accounts and one step of history each; two statements for any number."""
    for change in changes:
        change.account.status_decided = change.standing
    update_rows([change.account for change in changes], ["status_decided"])
    StatusChange.objects.bulk_create(
        [
            StatusChange(
                account=change.account,
                status=change.status,
                origin=change.origin,
                source=change.source,
                reason=change.reason,
                occurred_at=change.occurred_at,
            )
            for change in changes
        ],
        batch_size=1000,
    )


def restored_status(*, standing: str, pulled: str) -> Status:
    """The status that holds again after a reversal: the decision that stood before, else what the provider said."""
    return Status(standing or pulled or Status.ACTIVE)
