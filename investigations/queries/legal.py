"""What the page for legal reads: the case file's digests to read out, who had what, and how much is privileged."""

from __future__ import annotations

from investigations.casefile import custody
from investigations.models import Case, CounselNote
from investigations.queries.cases import case_facts, exports_context
from staff.enums import Action
from staff.models import User

LISTED = 40


def legal_context(case: Case, *, reader: User) -> dict[str, object]:
    """All that the page for legal shows but its forms."""
    return {
        "facts": case_facts(case),
        "n_counsel_notes": counsel_notes_count(case, reader),
        "custody": custody.events(case).exclude(action="samples.pulled").order_by("-id")[:LISTED],
        **exports_context(case),
    }


def counsel_notes_count(case: Case, reader: User) -> int | None:
    """How many privileged notes the case has; None for everybody but counsel."""
    return CounselNote.objects.filter(case=case).count() if reader.may(Action.COUNSEL) else None
