"""The texts of a case that people wrote, that were sampled or that account records carry, kind by kind: what is looked
through and shown for review."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Model, QuerySet

from accounts.models import ApiAccount, LinkJudgement, Organisation, StatusChange
from core.errors import InvalidInput, NotFound
from investigations.models import (
    Appeal,
    Case,
    CaseExport,
    Decision,
    Exhibit,
    FlaggedSession,
    Note,
    SamplePrompt,
    Statement,
)

CHUNK = 500
Rows = Callable[[Case], QuerySet[Model]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Where texts of one kind stand, and the parts of each that hold text."""

    title: str
    rows: Rows
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseText:
    """One text of a case."""

    kind: str
    ref: str
    part: str
    text: str

    @property
    def place(self) -> dict[str, str]:
        return {"kind": self.kind, "ref": self.ref, "part": self.part}


def _samples(case: Case) -> QuerySet[SamplePrompt]:
    return SamplePrompt.objects.filter(session__account__case_accounts__case=case)


KINDS: dict[str, Kind] = {
    "sample": Kind("sampled exchange", _samples, ("system_prompt", "prompt", "response")),
    "note": Kind("note", lambda case: Note.objects.filter(case=case), ("text",)),
    "decision": Kind(
        "decision",
        lambda case: Decision.objects.filter(case=case),
        ("clause", "reason", "benign_reading"),
    ),
    "exhibit": Kind("exhibit", lambda case: Exhibit.objects.filter(case=case), ("title", "reason")),
    "statement": Kind(
        "statement of reasons", lambda case: Statement.objects.filter(item__decision__case=case), ("text", "reason")
    ),
    "appeal": Kind("appeal", lambda case: Appeal.objects.filter(item__decision__case=case), ("words", "reason")),
    "verdict": Kind(
        "verdict on a flagged session",
        lambda case: FlaggedSession.objects.filter(account__case_accounts__case=case).exclude(verdict_reason=""),
        ("verdict_reason",),
    ),
    "judgement": Kind(
        "judgement on a link",
        lambda case: LinkJudgement.objects.filter(
            first__in=case.accounts.values("pk"), second__in=case.accounts.values("pk")
        ),
        ("reason",),
    ),
    "file": Kind("case file", lambda case: CaseExport.objects.filter(case=case), ("purpose",)),
    "account": Kind(
        "account record",
        lambda case: ApiAccount.objects.filter(case_accounts__case=case),
        ("account_id", "declared_use", "close_reason", "email_domain", "email_pattern", "plan", "tags"),
    ),
    "status": Kind(
        "status of an account",
        lambda case: StatusChange.objects.filter(account__case_accounts__case=case),
        ("reason", "source"),
    ),
    "organisation": Kind(
        "organisation",
        lambda case: Organisation.objects.filter(accounts__case_accounts__case=case).distinct(),
        ("name", "declared_use"),
    ),
    "case": Kind("case", lambda case: Case.objects.filter(pk=case.pk), ("title", "summary")),
}


def texts(case: Case) -> Iterator[CaseText]:
    """Every text of the case, streamed."""
    for name, kind in KINDS.items():
        rows = kind.rows(case).order_by("pk").only("pk", *kind.parts)
        for row in rows.iterator(chunk_size=CHUNK):
            for part in kind.parts:
                if text := _text(row, part):
                    yield CaseText(name, str(row.pk), part, text)


def count(case: Case) -> int:
    """How many things of the case hold texts. One query a kind."""
    return sum(kind.rows(case).count() for kind in KINDS.values())


def one_text(case: Case, kind: str, ref: str, part: str) -> CaseText:
    """A text by its place. Raises InvalidInput for an unknown kind or part, NotFound outside the case."""
    if kind not in KINDS:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(KINDS)}")
    if part not in KINDS[kind].parts:
        raise InvalidInput("part", part, f"a {KINDS[kind].title} has {', '.join(KINDS[kind].parts)}")
    number = int(ref) if ref.isascii() and ref.isdigit() and len(ref) < 19 else -1
    row = KINDS[kind].rows(case).filter(pk=number).first()
    if row is None:
        raise NotFound(f"{case.code} has no {KINDS[kind].title} {ref}.")
    return CaseText(kind, ref, part, _text(row, part))


def _text(row: Model, part: str) -> str:
    """One text, also of a part that holds several."""
    held: str | list[str] = getattr(row, part)
    return held if isinstance(held, str) else "\n".join(held)
