"""Row locks, taken always in the order case, decision, accounts, so that no two services wait for each other."""

from __future__ import annotations

from collections.abc import Collection

from accounts.models import ApiAccount
from audit import queries as audit
from audit.services import case_chain
from core.errors import Conflict, NotAllowed, NotFound
from core.text import one_line
from investigations.models import Case, Decision
from investigations.restricted import check_knows
from staff.enums import Action
from staff.models import User
from staff.permissions import check


def lock_case(case_id: int, *, version: int | None = None, reader: User | None = None) -> Case:
    """The case as it is now, locked. Raises Conflict with what changed when the caller saw an older version.

    Raises NotFound for a restricted case that does not name `reader`.
    """
    rows = Case.objects.select_for_update(of=("self",)).select_related("campaign", "restriction")
    case = rows.filter(pk=case_id).first()
    if case is None:
        raise NotFound(f"There is no case {case_id}.")
    if reader is not None:
        check_knows(case, reader)
    if version is not None and version != case.version:
        raise Conflict(f"{case.code} changed meanwhile: {last_change(case)}.", version=case.version)
    return case


def lock_decision(decision_id: int, *, version: int | None = None) -> Decision:
    """The decision and its case as they are now, both locked."""
    case_id = Decision.objects.filter(pk=decision_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise NotFound(f"There is no decision {decision_id}.")
    case = lock_case(case_id)
    decision = Decision.objects.select_for_update(of=("self",)).get(pk=decision_id)
    decision.case = case
    if version is not None and version != decision.version:
        raise Conflict(f"{decision.code} changed meanwhile: {last_change(case)}.", version=decision.version)
    return decision


def lock_accounts(account_ids: Collection[int]) -> list[ApiAccount]:
    """The accounts as they are now, locked in order of id."""
    rows = ApiAccount.objects.select_for_update(of=("self",)).select_related("organisation")
    return list(rows.filter(pk__in=account_ids).order_by("pk"))


def current_person(actor: object, action: Action) -> User:
    """The actor as the database knows them now: a role taken away a moment ago no longer counts.

    Raises NotAllowed for a worker, for nobody, and for a role that may not.
    """
    person = User.objects.filter(pk=actor.pk).first() if isinstance(actor, User) else None
    if person is None or not isinstance(actor, User):
        raise NotAllowed("Only a signed-in person can do this.")
    check(person, action)
    person.authentication = actor.authentication
    return person


def touch(case: Case) -> None:
    """Count one more change of a locked case."""
    case.version += 1
    case.save(update_fields=("version",))


def last_change(case: Case) -> str:
    """The newest fact on the case's chain, in words."""
    event = audit.events(chain=case_chain(case.code)).exclude(action="vote.cast").first()  # a vote changes nothing yet
    if event is None:
        return "it was written anew"
    return f"{event.action} by {one_line(event.actor)} at {event.at:%Y-%m-%d %H:%M:%S} UTC"
