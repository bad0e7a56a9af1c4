"""What only named people may know of: one test for pages, API, admin, counts and the trail itself.

No role gets in by itself, an administrator's and a lead's no more than others.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from audit.models import AuditEvent
from staff.blind import without_what_is_owed
from staff.models import NamedPerson, Restriction, User


def readable_by(reader: object, path: str = "") -> Q:
    """Rows whose `restriction` (reached by `path`, as in `case__`) is none or names the reader; adds no join of rows."""
    mine = NamedPerson.objects.filter(person=getattr(reader, "pk", None)).values("restriction")
    return Q(**{f"{path}restriction": None}) | Q(**{f"{path}restriction__in": mine})


def readable_events(events: QuerySet[AuditEvent], reader: User) -> QuerySet[AuditEvent]:
    """Events without those on the chain of, or about, a restricted thing that does not name the reader.

    And without what the reader may not know before their own vote or verdict.
    """
    hidden = Restriction.objects.exclude(named__person=reader)
    return (
        without_what_is_owed(events, reader)
        .exclude(Exists(hidden.filter(subject=OuterRef("chain"))))
        .exclude(Exists(hidden.filter(subject=OuterRef("subject"))))
    )


def readable_faults(faults: Collection[str], reader: User) -> list[str]:
    """A fault is told to every auditor; the code of a thing that the reader may not know of is not. One query."""
    hidden = Restriction.objects.exclude(named__person=reader).values_list("subject", flat=True)
    codes = [subject.partition(":")[2] for subject in hidden] if faults else []
    told = []
    for fault in faults:
        for code in codes:
            fault = fault.replace(code, "(a restricted case)")
        told.append(fault)
    return told


def hidden_subjects(reader: User) -> QuerySet[Restriction, str]:
    """Subjects of the trail that the reader may not know of, for an `exclude(...__in=)`."""
    return Restriction.objects.exclude(named__person=reader).values_list("subject", flat=True)


def is_named(restriction: Restriction | None, person: User) -> bool:
    """Whether this person may know of it. One query where it is restricted."""
    return restriction is None or NamedPerson.objects.filter(restriction=restriction, person=person).exists()
