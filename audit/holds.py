"""Legal holds on opaque subjects: request, confirm by another person, release by two; who may is asked further up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, QuerySet

from audit.hold_sql import LOCK
from audit.models import HOLD_TRANSITIONS, PROTECTING, SYSTEM_CHAIN, HeldSubject, HoldState, LegalHold
from audit.services import actor_name, record
from core import clock
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.text import storable


class Held(Conflict):
    """A legal hold forbids the erasure."""

    title = "A legal hold forbids this"


@transaction.atomic
def request_hold(
    *,
    about: str,
    subjects: Iterable[str],
    reason: str,
    basis: str,
    actor: object,
    review_on: date | None = None,
    chain: str = SYSTEM_CHAIN,
) -> LegalHold:
    """Ask for a hold on `about` and everything in `subjects`. It protects from now on; another person confirms it."""
    _check_words(reason=reason, basis=basis)
    if review_on is not None and review_on <= clock.now().date():
        raise InvalidInput("review_on", str(review_on), "it is a day after today")
    _take_lock()
    hold = LegalHold.objects.create(
        code=_next_code(),
        about=about,
        reason=storable(reason.strip()),
        basis=storable(basis.strip()),
        review_on=review_on,
        requested_by=actor_name(actor),
    )
    named = sorted({about, *subjects})
    HeldSubject.objects.bulk_create([HeldSubject(hold=hold, subject=subject) for subject in named], batch_size=5000)
    _record(
        hold, actor, "hold.requested", chain, reason=reason, basis=basis, review_on=review_on, n_subjects=len(named)
    )
    return hold


@transaction.atomic
def extend_hold(*, hold: LegalHold, subjects: Iterable[str], actor: object, chain: str = SYSTEM_CHAIN) -> int:
    """Put more under a standing hold; how many were new."""
    _take_lock()
    known = set(hold.subjects.values_list("subject", flat=True))
    new = sorted(set(subjects) - known)
    HeldSubject.objects.bulk_create([HeldSubject(hold=hold, subject=subject) for subject in new], batch_size=5000)
    if new:
        _record(hold, actor, "hold.extended", chain, n_subjects=len(new))
    return len(new)


@transaction.atomic
def confirm_hold(*, code: str, actor: object, chain: str = SYSTEM_CHAIN) -> LegalHold:
    """The second person's word; the requester's own is refused."""
    hold = _locked(code, HoldState.REQUESTED)
    check_second_person(hold, hold.requested_by, actor)
    hold.confirmed_by, hold.confirmed_at = actor_name(actor), clock.now()
    return _moved(hold, HoldState.IN_FORCE, actor, "hold.confirmed", chain)


@transaction.atomic
def withdraw_request(*, code: str, reason: str, actor: object, chain: str = SYSTEM_CHAIN) -> LegalHold:
    """End a request that nobody confirmed, by its requester or by the person who refuses it."""
    _check_words(reason=reason)
    hold = _locked(code, HoldState.REQUESTED)
    hold.released_by, hold.released_at = actor_name(actor), clock.now()
    return _moved(hold, HoldState.WITHDRAWN, actor, "hold.withdrawn", chain, reason=reason)


@transaction.atomic
def request_release(*, code: str, reason: str, actor: object, chain: str = SYSTEM_CHAIN) -> LegalHold:
    """Ask that a hold ends; it protects until another person agrees."""
    _check_words(reason=reason)
    hold = _locked(code, HoldState.IN_FORCE)
    hold.release_requested_by, hold.release_requested_at = actor_name(actor), clock.now()
    hold.release_reason = storable(reason.strip())
    return _moved(hold, HoldState.RELEASE_REQUESTED, actor, "hold.release_requested", chain, reason=reason)


@transaction.atomic
def refuse_release(*, code: str, reason: str, actor: object, chain: str = SYSTEM_CHAIN) -> LegalHold:
    """The hold stays in force."""
    _check_words(reason=reason)
    hold = _locked(code, HoldState.RELEASE_REQUESTED)
    return _moved(hold, HoldState.IN_FORCE, actor, "hold.release_refused", chain, reason=reason)


@transaction.atomic
def confirm_release(*, code: str, actor: object, chain: str = SYSTEM_CHAIN) -> LegalHold:
    """The second person agrees that the hold ends; retention and erasure take their course again."""
    hold = _locked(code, HoldState.RELEASE_REQUESTED)
    check_second_person(hold, hold.release_requested_by, actor)
    hold.released_by, hold.released_at = actor_name(actor), clock.now()
    return _moved(hold, HoldState.RELEASED, actor, "hold.released", chain)


def check_second_person(hold: LegalHold, first: str, actor: object) -> None:
    """Whoever asked for a step never confirms it: judged by the person, whatever the session, token or role."""
    if person_of(first) == person_of(actor_name(actor)):
        raise NotAllowed(f"You asked for this step of {hold.code}; another person has to confirm it.")


def get_hold(code: str) -> LegalHold:
    """One hold. Raises NotFound."""
    found = LegalHold.objects.filter(code=code).first()
    if found is None:
        raise NotFound(f"There is no legal hold {code}.")
    return found


def all_holds() -> QuerySet[LegalHold]:
    """Holds, newest first, each with how much it names (`n_subjects`)."""
    return LegalHold.objects.annotate(n_subjects=Count("subjects")).order_by("-id")


def holds_on(*subjects: str) -> QuerySet[LegalHold]:
    """The holds that protect one of the subjects now, newest first."""
    return LegalHold.objects.filter(state__in=PROTECTING, subjects__subject__in=subjects).distinct()


def is_held(*subjects: str) -> bool:
    """Whether one of the subjects may not be erased now. For pages; the database asks again when it counts."""
    return holds_on(*subjects).exists()


@contextmanager
def held_refusals() -> Iterator[None]:
    """Turn the database's refusal to erase what is held into a sentence for the person who asked."""
    try:
        yield
    except IntegrityError as error:
        said = str(error).split("\n", 1)[0]
        if not said.startswith("held: "):
            raise
        raise Held(f"Not erased: {said.removeprefix('held: ')}.") from None


def _locked(code: str, state: HoldState) -> LegalHold:
    """The hold, locked, in the state that the step starts from."""
    _take_lock()
    hold = LegalHold.objects.select_for_update().filter(code=code).first()
    if hold is None:
        raise NotFound(f"There is no legal hold {code}.")
    if hold.state != state:
        raise Conflict(f"{code} is {hold.get_state_display()}; this step does not follow.", state=hold.state)
    return hold


def _moved(hold: LegalHold, state: HoldState, actor: object, action: str, chain: str, **facts: object) -> LegalHold:
    assert state in HOLD_TRANSITIONS[hold.state]
    hold.state = state
    hold.save()
    _record(hold, actor, action, chain, **facts)
    return hold


def person_of(name: str) -> str:
    """The person behind an audit name: `user:7 ines` is `user:7`, whatever they are called now.

    >>> person_of("user:7 ines")
    'user:7'
    """
    return name.split(" ", 1)[0]


def _take_lock() -> None:
    """Alone, before anything else is locked: erasures that are under way are waited for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _next_code() -> str:
    newest = LegalHold.objects.order_by("-id").values_list("code", flat=True).first()
    return f"H-{int(newest.removeprefix('H-')) + 1 if newest else 1:06d}"


def _record(hold: LegalHold, actor: object, action: str, chain: str, **facts: object) -> None:
    record(actor=actor, action=action, subject=f"hold:{hold.code}", chain=chain, about=hold.about, **facts)


def _check_words(**texts: str) -> None:
    for argument, text in texts.items():
        if not text.strip():
            raise InvalidInput(argument, text, "write at least a sentence")
