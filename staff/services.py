"""People: making them, changing roles, and the first ones on a fresh machine."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction
from rest_framework.authtoken.models import Token

from audit.services import record
from core.errors import Conflict, InvalidInput
from staff.enums import Action, Role
from staff.models import User
from staff.permissions import Actor, check

FIRST_PEOPLE = (
    ("admin", Role.ADMIN, "Ada", "Admin"),
    ("ines", Role.INVESTIGATOR, "Ines", "Investigator"),
    ("leo", Role.LEAD, "Leo", "Lead"),
    ("lena", Role.LEGAL, "Lena", "Legal"),
    ("otto", Role.AUDITOR, "Otto", "Auditor"),
)
SETTINGS = frozenset({"time_zone", "theme", "density", "blur_text", "grey_text", "email", "notices_off"})


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person just made, with the password that is shown once."""

    username: str
    role: Role
    password: str


@transaction.atomic
def create_first_people(*, actor: str) -> list[NewPerson]:
    """One person for each role, with generated passwords, on a database that has nobody yet; else nobody."""
    if User.objects.exists():
        return []
    made = []
    for username, role, first, last in FIRST_PEOPLE:
        password = secrets.token_urlsafe(15)
        user = User(username=username, role=role, first_name=first, last_name=last)
        user.set_password(password)
        user.save()
        record(actor=actor, action="person.created", subject=f"person:{user.pk}", username=username, role=role)
        made.append(NewPerson(username, role, password))
    return made


@transaction.atomic
def create_person(*, username: str, role: str, password: str, actor: Actor) -> User:
    """Make a person with one role. Raises InvalidInput for an unknown role, Conflict for a taken name."""
    check(actor, Action.MANAGE_STAFF)
    if role not in Role.values:
        raise InvalidInput("role", role, f"it is one of {', '.join(Role.values)}")
    if User.objects.filter(username=username).exists():
        raise Conflict(f"There is already a person named {username}.")
    user = User(username=username, role=role)
    user.set_password(password)
    user.save()
    record(actor=actor, action="person.created", subject=f"person:{user.pk}", username=username, role=role)
    return user


@transaction.atomic
def change_role(*, person: User, role: str, actor: Actor) -> None:
    """Give a person another role; nobody changes their own."""
    check(actor, Action.MANAGE_STAFF)
    if role not in Role.values:
        raise InvalidInput("role", role, f"it is one of {', '.join(Role.values)}")
    if getattr(actor, "pk", None) == person.pk:
        raise Conflict("Nobody changes their own role; ask another administrator.")
    before, person.role = person.role, Role(role)
    person.save()
    record(actor=actor, action="role.changed", subject=f"person:{person.pk}", before=before, after=role)


@transaction.atomic
def save_settings(*, person: User, **settings: object) -> list[str]:
    """A person's own zone, looks, mail address and switches. The names of what changed; none of it is evidence.

    Raises InvalidInput for a setting that there is none of, ValidationError for a value that it cannot have.
    """
    if unknown := sorted(settings.keys() - SETTINGS):
        raise InvalidInput("setting", unknown[0], f"it is one of {', '.join(sorted(SETTINGS))}")
    changed = sorted(name for name, value in settings.items() if getattr(person, name) != value)
    for name in changed:
        setattr(person, name, settings[name])
    person.full_clean(exclude=("password",))
    if changed:
        person.save(update_fields=changed)
        record(actor=person, action="settings.changed", subject=f"person:{person.pk}", names=changed)
    return changed


@transaction.atomic
def change_password(*, person: User, password: str) -> None:
    """A person's own new password, checked by the form that took it. Every other session of theirs ends."""
    person.set_password(password)
    person.save(update_fields=("password",))
    record(actor=person, action="password.changed", subject=f"person:{person.pk}")


@transaction.atomic
def deactivate_person(*, person: User, actor: Actor) -> None:
    """Switch a person off: they can no longer sign in, and their API token ends; what they did stays named."""
    check(actor, Action.MANAGE_STAFF)
    if getattr(actor, "pk", None) == person.pk:
        raise Conflict("Nobody switches themselves off; ask another administrator.")
    if not person.is_active:
        raise Conflict(f"{person.username} is switched off already.")
    person.is_active = False
    person.save(update_fields=("is_active", "is_staff", "is_superuser"))
    Token.objects.filter(user=person).delete()
    record(actor=actor, action="person.deactivated", subject=f"person:{person.pk}", username=person.username)


@transaction.atomic
def reactivate_person(*, person: User, actor: Actor) -> None:
    """Switch a person on again, with the role they had."""
    check(actor, Action.MANAGE_STAFF)
    if person.is_active:
        raise Conflict(f"{person.username} is not switched off.")
    person.is_active = True
    person.save(update_fields=("is_active", "is_staff", "is_superuser"))
    record(actor=actor, action="person.reactivated", subject=f"person:{person.pk}", username=person.username)
