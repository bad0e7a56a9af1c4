"""What a case file says of privileged notes: how many, and when, by whom, of which kind and on what basis. Never the text."""

from __future__ import annotations

from typing import Any

from investigations.models import Case, CounselNote


def privilege_log(case: Case) -> dict[str, Any]:
    """The count and the log; the text is not read from the database at all."""
    columns = ("number", "written_at", "kind", "basis", "author__first_name", "author__last_name", "author__username")
    rows = CounselNote.objects.filter(case=case).order_by("number").values(*columns)
    log = [
        {
            "number": row["number"],
            "date": row["written_at"],
            "author": f"{row['author__first_name']} {row['author__last_name']}".strip() or row["author__username"],
            "kind": row["kind"],
            "basis": row["basis"],
        }
        for row in rows
    ]
    return {
        "withheld_as_privileged": len(log),
        "log": log,
        "what": "counsel's notes, kept apart; their text is withheld",
    }
