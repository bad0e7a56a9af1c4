"""Many rows in one statement: each gets its own values, nothing is cut off, nothing else changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError

from accounts.models import ApiAccount
from core.bulk import copy_rows, update_rows
from core.clock import now
from tests.factories import ApiAccountFactory

pytestmark = pytest.mark.django_db


def test_each_row_gets_its_own_values_in_one_statement(django_assert_num_queries: object) -> None:
    rows, other, moment = ApiAccountFactory.create_batch(3), ApiAccountFactory(plan="left alone"), now()
    for number, row in enumerate(rows):
        row.plan, row.created_at = f'it\'s {{{number}}} \\ "%s"', moment + timedelta(days=number) if number else None
        row.country = "not asked for"
    with django_assert_num_queries(1):  # type: ignore[operator]
        update_rows(rows, ["plan", "created_at"])
    for row in rows:
        stored = ApiAccount.objects.get(pk=row.pk)
        assert (stored.plan, stored.created_at) == (row.plan, row.created_at) and stored.country != row.country
    other.refresh_from_db()
    assert other.plan == "left alone"


def test_what_does_not_fit_is_refused_and_nothing_is_no_statement(django_assert_num_queries: object) -> None:
    account = ApiAccountFactory()
    with pytest.raises(TypeError, match="fields: tags cannot"):
        update_rows([account], ["tags"])
    with django_assert_num_queries(0):  # type: ignore[operator]
        update_rows([], ["plan"])
    account.status_decided = "x" * 500
    with pytest.raises(DataError):
        update_rows([account], ["status_decided"])


def test_a_copy_raises_what_a_query_raises() -> None:
    with pytest.raises(IntegrityError):
        copy_rows(ApiAccount, ["account_id"], [("lacks all the rest",)])
