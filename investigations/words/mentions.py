"""Whom a text names with @username. Pure but for the look-up of the names."""

from __future__ import annotations

import re

from investigations.models import Case
from staff.enums import Action
from staff.models import User
from staff.restrictions import is_named

# Django's usernames: letters, digits and @/./+/-/_; a mention ends before a full stop that ends a sentence.
MENTION = re.compile(r"(?<![\w@.+-])@([\w.+-]{1,150})")


def names(text: str) -> list[str]:
    """The usernames that a text mentions, each once, in order.

    >>> names("@ines see @leo. Mail a@b.example is none, @ines again")
    ['ines', 'leo']
    """
    return list(dict.fromkeys(found.rstrip(".+-") for found in MENTION.findall(text) if found.rstrip(".+-")))


def mentioned(text: str) -> tuple[list[User], list[str]]:
    """The active people whom a text mentions, and the names that nobody bears. One query where it mentions any."""
    wanted = names(text)
    if not wanted:
        return [], []
    found = {person.username: person for person in User.objects.filter(username__in=wanted, is_active=True)}
    return [found[name] for name in wanted if name in found], [name for name in wanted if name not in found]


def may_be_told(case: Case, person: User) -> bool:
    """Whether a person mentioned in a note may read the case at all."""
    return person.may(Action.VIEW_CASE) and is_named(case.restriction, person)
