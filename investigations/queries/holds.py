"""Reading legal holds, for the Holds page, the Case page and the page for legal."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from accounts.models import ApiAccount
from audit import holds
from audit.models import HoldState, LegalHold
from core.errors import NotFound
from investigations.models import Case
from staff.enums import Action
from staff.models import User
from staff.permissions import can, check
from staff.restrictions import hidden_subjects


@dataclass(frozen=True, slots=True)
class HoldCounts:
    """Holds by what they wait for."""

    in_force: int
    waiting: int


def hold_list(*, reader: User, state: str = "") -> QuerySet[LegalHold]:
    """Holds, newest first, with how much each names. Raises NotAllowed for who may not read cases."""
    check(reader, Action.VIEW_CASE)
    found = holds.all_holds().exclude(about__in=hidden_subjects(reader))
    return found.filter(state=state) if state in HoldState.values else found


def hold_counts(reader: User) -> HoldCounts:
    """How many stand and how many wait for a second person, of those that the reader may know of. One query."""
    known = LegalHold.objects.exclude(about__in=hidden_subjects(reader))
    rows = dict(known.order_by().values_list("state").annotate(n=Count("pk")))
    waiting = rows.get(HoldState.REQUESTED, 0) + rows.get(HoldState.RELEASE_REQUESTED, 0)
    return HoldCounts(rows.get(HoldState.IN_FORCE, 0), waiting)


def get_known_hold(code: str, *, reader: User) -> LegalHold:
    """One hold; one on a restricted case is there for its named people alone. Raises NotFound."""
    hold = holds.get_hold(code)
    if hidden_subjects(reader).filter(subject=hold.about).exists():
        raise NotFound(f"There is no hold {code}.")
    return hold


def case_holds(case: Case) -> QuerySet[LegalHold]:
    """The holds that protect a case now. One query."""
    return holds.holds_on(f"case:{case.code}")


def account_holds(account: ApiAccount, *, reader: User) -> QuerySet[LegalHold]:
    """The holds that protect an account now, by its own name or through a case that the reader may know of. One query."""
    return holds.holds_on(f"account:{account.account_id}").exclude(about__in=hidden_subjects(reader))


def can_confirm(hold: LegalHold, reader: User) -> bool:
    """Whether a page offers this person the second word on a request or a release."""
    first = {HoldState.REQUESTED: hold.requested_by, HoldState.RELEASE_REQUESTED: hold.release_requested_by}
    asked_by = first.get(HoldState(hold.state))
    return bool(
        asked_by and can(reader, Action.HOLD) and holds.person_of(asked_by) != holds.person_of(reader.audit_name)
    )


def get_held_account(name: str) -> ApiAccount:
    """The account that a hold is asked for. Raises NotFound."""
    found = ApiAccount.objects.filter(account_id=name).first()
    if found is None:
        raise NotFound(f"There is no account {name}.")
    return found
