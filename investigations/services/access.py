"""Who alone may know of a case: restricting, naming people, lifting. Every step is on the case's own chain."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from audit.services import case_chain, record
from core.errors import Conflict, InvalidInput, NotAllowed
from core.text import storable
from investigations.models import Case
from investigations.policies import check_words
from investigations.services.locking import lock_case, touch
from staff.enums import Action
from staff.models import NamedPerson, Notice, Restriction, User
from staff.permissions import can, check


@transaction.atomic
def restrict_case(
    *, case: Case, people: Collection[User], reason: str, actor: User, version: int | None = None
) -> Restriction:
    """Let only the given people, its owner and the actor know of the case from now on."""
    check(actor, Action.EDIT_CASE)
    check_words(reason=reason)
    locked = lock_case(case.pk, version=version, reader=actor)
    if locked.restriction is not None:
        raise Conflict(f"{locked.code} is restricted already; name further people or take names off.")
    restriction = Restriction.objects.create(subject=case_chain(locked.code), reason=storable(reason))
    named = sorted({*people, actor, locked.owner}, key=lambda person: person.pk)
    for person in named:
        _check_reader(person)
    NamedPerson.objects.bulk_create(
        NamedPerson(restriction=restriction, person=person, named_by=actor.audit_name) for person in named
    )
    locked.restriction = restriction
    locked.save(update_fields=("restriction",))
    _record(locked, "case.restricted", actor, reason=reason, people=[person.username for person in named])
    _forget_notices(locked)
    touch(locked)
    return restriction


@transaction.atomic
def name_person(*, case: Case, person: User, reason: str, actor: User) -> NamedPerson:
    """Let one more person know of a restricted case: by a named person who may edit it, or an administrator of access.

    Nobody names themselves.
    """
    locked, restriction = _restricted(case, reason, actor)
    _check_reader(person)
    if person.pk == actor.pk:
        raise NotAllowed("Nobody names themselves; another administrator or a named person has to.")
    named, new = NamedPerson.objects.get_or_create(
        restriction=restriction, person=person, defaults={"named_by": actor.audit_name}
    )
    if not new:
        raise Conflict(f"{person} is named already, since {named.named_at:%Y-%m-%d %H:%M} UTC.")
    _record(locked, "case_person.named", actor, person=person.username, reason=reason)
    return named


@transaction.atomic
def unname_person(*, case: Case, person: User, reason: str, actor: User) -> None:
    """Take a name off a restricted case. The owner stays named; give the case to somebody else first."""
    locked, restriction = _restricted(case, reason, actor)
    if person.pk == locked.owner_id:
        raise Conflict(f"{person} owns {locked.code}; give it to another named person first.")
    if not NamedPerson.objects.filter(restriction=restriction, person=person).delete()[0]:
        raise Conflict(f"{person} is not named on {locked.code}.")
    _forget_notices(locked)
    _record(locked, "case_person.unnamed", actor, person=person.username, reason=reason)


@transaction.atomic
def lift_restriction(*, case: Case, reason: str, actor: User, version: int | None = None) -> Case:
    """Let everyone whose role may read cases know of it again; only a named person can."""
    check(actor, Action.EDIT_CASE)
    check_words(reason=reason)
    locked = lock_case(case.pk, version=version, reader=actor)
    restriction = locked.restriction
    if restriction is None:
        raise Conflict(f"{locked.code} is not restricted.")
    locked.restriction = None
    locked.save(update_fields=("restriction",))
    restriction.delete()
    _record(locked, "case.unrestricted", actor, reason=reason)
    touch(locked)
    return locked


def copy_restriction(source: Case, to: Case, actor: User) -> None:
    """The same people for a case that comes out of a restricted one, in the caller's transaction."""
    if source.restriction is None:
        return
    made = Restriction.objects.create(subject=case_chain(to.code), reason=source.restriction.reason)
    named = list(source.restriction.named.select_related("person"))
    NamedPerson.objects.bulk_create(
        NamedPerson(restriction=made, person=one.person, named_by=actor.audit_name) for one in named
    )
    to.restriction = made
    to.save(update_fields=("restriction",))
    people = [one.person.username for one in named]
    _record(to, "case.restricted", actor, reason=f"as {source.code}, out of which it comes", people=people)


def _restricted(case: Case, reason: str, actor: User) -> tuple[Case, Restriction]:
    check_words(reason=reason)
    if can(actor, Action.MANAGE_ACCESS):
        locked = lock_case(case.pk)
    else:
        check(actor, Action.EDIT_CASE)
        locked = lock_case(case.pk, reader=actor)
    if locked.restriction is None:
        raise Conflict(f"{locked.code} is not restricted; everyone whose role may read cases can read it.")
    return locked, locked.restriction


def _forget_notices(case: Case) -> None:
    """What people who are not named were told of the case and its decisions; the trail keeps that it happened."""
    about = [case.code, *case.decisions.values_list("code", flat=True)]
    named = NamedPerson.objects.filter(restriction=case.restriction).values("person")
    Notice.objects.filter(subject__in=about).exclude(person__in=named).delete()


def _check_reader(person: User) -> None:
    if not person.may(Action.VIEW_CASE):
        raise InvalidInput("person", person.username, "it is an active person whose role may read cases")


def _record(case: Case, action: str, actor: User, **facts: object) -> None:
    record(actor=actor, action=action, subject=f"case:{case.code}", chain=case_chain(case.code), **facts)
