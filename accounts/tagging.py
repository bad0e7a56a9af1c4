"""Tags that people put on accounts."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from accounts.models import ApiAccount
from audit.services import Event, record_many
from core.errors import InvalidInput
from core.text import storable
from staff.enums import Action
from staff.permissions import Actor, check

LONGEST_TAG = 40


def clean_tags(tags: Collection[str]) -> list[str]:
    """The tags without blanks and doubles, in order. Raises InvalidInput for none, or one of more than 40 characters.

    >>> clean_tags([" pool b ", "pool b", ""])
    ['pool b']
    """
    wanted = sorted({storable(tag.strip()) for tag in tags if tag.strip()})
    if not wanted or any(len(tag) > LONGEST_TAG for tag in wanted):
        raise InvalidInput("tags", wanted, f"give at least one tag of 1 to {LONGEST_TAG} characters")
    return wanted


@transaction.atomic
def tag_accounts(*, accounts: Collection[ApiAccount], tags: Collection[str], reason: str = "", actor: Actor) -> int:
    """Add tags to accounts, beside those they have; one event an account. How many accounts."""
    check(actor, Action.REVIEW)
    wanted = clean_tags(tags)
    rows = ApiAccount.objects.select_for_update().filter(pk__in=[account.pk for account in accounts]).order_by("pk")
    locked = list(rows)
    for account in locked:
        account.tags = sorted({*account.tags, *wanted})
    ApiAccount.objects.bulk_update(locked, ["tags"], batch_size=2_000)
    facts = {"tags": wanted, "reason": reason}
    record_many(actor=actor, events=[Event("account.tagged", f"account:{row.account_id}", facts) for row in locked])
    return len(locked)
