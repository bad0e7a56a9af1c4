"""API tokens: the person sees one once, the database keeps its digest alone."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from rest_framework.authtoken.models import Token

from audit.services import record
from core.errors import NotAllowed
from staff.enums import Action
from staff.models import User
from staff.permissions import Actor, can

PREFIX = "sw_"


def token_digest(token: str) -> str:
    """What the table keeps of a token: 160 bits of its SHA-256, so that a stolen table signs nobody in.

    >>> token_digest("sw_example")
    'ca25699c3fb06cc47e1b9bc42bb3c03df9dc29ad'
    """
    return hashlib.sha256(token.encode()).hexdigest()[:40]


@transaction.atomic
def create_token(*, person: User, actor: Actor | str) -> str:
    """A new API token for `person`, which replaces an older one; the text is returned here and nowhere else.

    A person makes their own; an administrator and the command line make them for others.
    """
    _check_own(person, actor)
    token = PREFIX + secrets.token_urlsafe(32)
    replaced, _ = Token.objects.filter(user=person).delete()
    Token.objects.create(user=person, key=token_digest(token))
    record(actor=actor, action="token.created", subject=f"person:{person.pk}", replaced=bool(replaced))
    return token


@transaction.atomic
def revoke_token(*, person: User, actor: Actor | str) -> bool:
    """End a person's API token. False if there was none."""
    _check_own(person, actor)
    ended, _ = Token.objects.filter(user=person).delete()
    if ended:
        record(actor=actor, action="token.revoked", subject=f"person:{person.pk}")
    return bool(ended)


def has_token(person: User) -> bool:
    """Whether a person has an API token now. One query."""
    return Token.objects.filter(user=person).exists()


def _check_own(person: User, actor: Actor | str) -> None:
    if isinstance(actor, str):  # the command line, where somebody already owns the machine
        return
    own = getattr(actor, "pk", None) == person.pk and person.is_active
    if not own and not can(actor, Action.MANAGE_STAFF):
        raise NotAllowed("You may make and revoke your own API token; an administrator may do so for others.")
