"""Counsel's notes: written and read by counsel alone, each an event on a chain that no case file carries."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from audit.services import record
from core.errors import InvalidInput
from core.text import storable
from investigations.enums import Privilege
from investigations.models import Case, CounselNote
from investigations.policies import check_words
from investigations.services.locking import current_person
from staff.enums import Action
from staff.models import User


def privilege_chain(case_code: str) -> str:
    """The chain of a case's privileged notes; the case's own chain goes into case files and holds none of it."""
    return f"privilege:{case_code}"


@transaction.atomic
def write_counsel_note(*, case: Case, kind: str, basis: str, text: str, actor: User) -> CounselNote:
    """Keep a privileged note. The trail learns number, kind and basis, neither the text nor a digest of it."""
    person = current_person(actor, Action.COUNSEL)
    if kind not in Privilege.values:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(Privilege.values)}")
    check_words(basis=basis, text=text)
    Case.objects.select_for_update().get(pk=case.pk)
    last = CounselNote.objects.filter(case=case).aggregate(top=Max("number"))["top"] or 0
    note = CounselNote.objects.create(
        case=case, number=last + 1, author=person, kind=kind, basis=storable(basis.strip()), text=storable(text)
    )
    _record(case, person, "counsel_note.written", number=note.number, kind=kind, basis=note.basis)
    return note


@transaction.atomic
def read_counsel_notes(*, case: Case, actor: User) -> list[CounselNote]:
    """The privileged notes of a case, for counsel. Reading them is an event."""
    person = current_person(actor, Action.COUNSEL)
    notes = list(CounselNote.objects.filter(case=case).select_related("author"))
    _record(case, person, "counsel_notes.read", n_notes=len(notes))
    return notes


def _record(case: Case, actor: User, action: str, **facts: object) -> None:
    record(actor=actor, action=action, subject=f"case:{case.code}", chain=privilege_chain(case.code), **facts)
