"""What the redaction review reads."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from core.text import visible
from investigations.case_texts import KINDS, CaseText
from investigations.enums import RedactionState
from investigations.models import Case, Redaction, RedactionScan
from investigations.redaction.matching import Matcher

SHOWN_CHARS = 100_000
OPENABLE = 12  # of each kind


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text as it is shown, and the redaction that covers it."""

    text: str
    redaction: Redaction | None = None


@dataclass(frozen=True, slots=True)
class Openable:
    """A text that can be opened to select from."""

    kind: str
    ref: str
    part: str
    title: str


@dataclass(frozen=True, slots=True)
class ShownText:
    """A text for review: what a person sees, in pieces, and where each shown character comes from."""

    shown: str
    pieces: tuple[Piece, ...]
    places: tuple[int, ...]
    total: int
    limit: int = SHOWN_CHARS

    @property
    def is_cut(self) -> bool:
        """Whether the text goes on behind what is shown."""
        return self.total > SHOWN_CHARS

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Characters of the text itself that the shown ones `start` to `end` stand for."""
        last = len(self.places) - 1
        return self.places[min(start, last)], self.places[min(end, last)]


def redactions(case: Case, *, state: str = "") -> QuerySet[Redaction]:
    """The redactions of a case by number, of one state or all; keyed by `number`."""
    found = Redaction.objects.filter(case=case).select_related("judged_by", "proposed_by")
    return found.filter(state=state) if state in RedactionState.values else found


def redaction_counts(case: Case) -> dict[str, int]:
    """How many wait, are accepted and rejected. One query."""
    counted = dict(Redaction.objects.filter(case=case).order_by().values_list("state").annotate(n=Count("pk")))
    return {state.value: counted.get(state.value, 0) for state in RedactionState} | {"all": sum(counted.values())}


def redaction_context(case: Case) -> dict[str, object]:
    """Counts, the last look through the texts, and texts that can be opened. Fifteen queries."""
    scan = RedactionScan.objects.filter(case=case).select_related("requested_by").first()
    return {
        "counts": redaction_counts(case),
        "scan": scan,
        "scan_running": scan is not None and scan.state in ("waiting", "running"),
        "openable": openable(case),
    }


def openable(case: Case) -> list[Openable]:
    """Some texts of each kind, the newest first. One query a kind."""
    return [
        Openable(name, str(pk), kind.parts[-2] if name == "sample" else kind.parts[0], f"{kind.title} {pk}")
        for name, kind in KINDS.items()
        for pk in kind.rows(case).order_by("-pk").values_list("pk", flat=True)[:OPENABLE]
    ]


def shown_text(case: Case, text: CaseText) -> ShownText:
    """The text as a person may see it, with what is accepted or proposed in it marked. One query."""
    rows = Redaction.objects.filter(case=case).exclude(state=RedactionState.REJECTED)
    matcher = Matcher({row.value: row for row in rows})
    places: list[int] = []
    out: list[str] = []
    body = text.text[:SHOWN_CHARS]
    for place, letter in enumerate(body):
        written = visible(letter)
        places += [place] * len(written)
        out.append(written)
    pieces: list[Piece] = []
    done = 0
    for (start, end), row in matcher.find(body):
        pieces += [Piece("".join(out[done:start])), Piece("".join(out[start:end]), row)]
        done = end
    pieces.append(Piece("".join(out[done:])))
    kept = tuple(piece for piece in pieces if piece.text)
    return ShownText("".join(out), kept, (*places, len(body)), len(text.text))
