"""An attempt that the house refused is a fact too: it is recorded after the rollback that took everything else back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from audit.models import SYSTEM_CHAIN
from audit.services import record
from core.errors import DomainError


@contextmanager
def attempt(*, actor: object, what: str, subject: str, chain: str = SYSTEM_CHAIN, **about: str) -> Iterator[None]:
    """One transaction around a step; a refusal leaves `attempt.refused` in the trail and goes on to the caller."""
    try:
        with transaction.atomic():
            yield
    except DomainError as error:
        record(
            actor=actor,
            action="attempt.refused",
            subject=subject,
            chain=chain,
            attempted=what,
            kind=type(error).__name__,
            because=error.message,
            **about,
        )
        raise
