"""Accounts and organisations."""

from __future__ import annotations

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from accounts.enums import Status, StatusOrigin
from accounts.models import ApiAccount, Organisation, StatusChange

DAY_ONE = datetime(2026, 5, 1, tzinfo=UTC)


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Example Works {n}")
    verified = None


class ApiAccountFactory(DjangoModelFactory[ApiAccount]):
    """An account without an organisation; the trait `verified_customer` gives it a verified one."""

    class Meta:
        model = ApiAccount

    account_id = factory.Sequence(lambda n: f"acct-{n:06d}")
    created_at = DAY_ONE
    plan = "build"
    country = "DE"
    seen_in_records = True

    class Params:
        verified_customer = factory.Trait(
            verified=True, organisation=factory.SubFactory(OrganisationFactory, verified=True)
        )


class StatusChangeFactory(DjangoModelFactory[StatusChange]):
    class Meta:
        model = StatusChange

    account = factory.SubFactory(ApiAccountFactory)
    status = Status.SUSPENDED
    origin = StatusOrigin.PULLED
    source = "records"
    occurred_at = DAY_ONE
