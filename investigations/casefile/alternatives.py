"""The case against the finding: innocent explanations, counter-evidence, error rate. What is empty stops an export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from core.errors import Conflict
from core.figures import p_value
from core.text import one_line
from detection.enums import Finding
from investigations.casefile import content, controls
from investigations.enums import Verdict
from investigations.models import Case, CaseExport

ORDINARY_P = 0.05
AGAINST = (Verdict.BENIGN_POSITIVE, Verdict.FALSE_POSITIVE, Verdict.UNDETERMINED)
SHOWN = 500


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what must stand under it, and what it says where nothing does."""

    key: str
    title: str
    lines: tuple[str, ...]
    empty: str


def sections(case: Case) -> tuple[Section, ...]:
    """What a hostile reader asks first. A section without lines is empty: nobody looked."""
    return (
        Section("alternatives", "Innocent explanations considered", tuple(_considered(case)), "None was considered."),
        Section("counter_evidence", "Counter-evidence", tuple(_against(case)), "Nobody looked for any."),
        Section(
            "error_rate",
            "How often the method is wrong",
            tuple(_error_rate(case)),
            f"Not calculable: {controls.NO_CONTROLS if controls.main_run(case) else controls.NO_RUN}.",
        ),
    )


def check_answered(case: Case, override_reason: str) -> None:
    """A case file goes out with the case against it, or with a person's reason why not. Raises Conflict."""
    missing = [section for section in sections(case) if not section.lines]
    if missing and not override_reason.strip():
        words = "; ".join(
            f"{section.title.lower()}: {section.empty[0].lower()}{section.empty[1:-1]}" for section in missing
        )
        raise Conflict(
            f"{case.code} is not ready to be exported: {words}. Supply what is missing (test rival explanations by a "
            "detection run, clear or verify control accounts, propose a decision with its benign reading), or give the "
            "reason why the case file goes out without it; the reason is printed in the file.",
            empty=[section.key for section in missing],
        )


def override_words(export: CaseExport, found: Iterable[Section]) -> str:
    """What the report prints where a section is empty and somebody exported all the same."""
    missing = [section.title.lower() for section in found if not section.lines]
    if not missing:
        return ""
    return (
        f"EXPORTED WITH EMPTY SECTIONS ({', '.join(missing)}) by {export.requested_by.audit_name}, who gave this reason: "
        f"{one_line(export.override_reason, 2000)}"
    )


def as_markdown(export: CaseExport, found: Iterable[Section]) -> Iterator[str]:
    """alternatives.md, line by line."""
    found = list(found)
    yield "# The case against the finding\n"
    if words := override_words(export, found):
        yield f"\n**{words}**\n"
    for section in found:
        yield f"\n## {section.title}\n\n"
        yield from (f"- {line}\n" for line in section.lines or (section.empty,))
    yield f"\n## Thresholds\n\n- {controls.thresholds_words(export.case)}\n"


def _considered(case: Case) -> Iterator[str]:
    for rival in content.rivals(case)[:SHOWN]:
        unit = f"{one_line(str(rival.unit), 200)}, run {rival.unit.run_id}"
        yield f"{one_line(rival.story)} ({unit}): {rival.finding}. {one_line(rival.because, 2000)}"
    for decision in case.decisions.exclude(benign_reading="").order_by("id")[:SHOWN]:
        yield f"{decision.code}, benign reading ruled out by a person: {one_line(decision.benign_reading, 2000)}"


def _against(case: Case) -> Iterator[str]:
    """What speaks for the accused; where all that was looked at speaks against them, that is said with the numbers."""
    found = [*_standing_stories(case), *_ordinary_readings(case), *_verdicts(case), *_known_honest(case)]
    looked = _looked_at(case)
    if looked and not found:
        found = [f"None found among {looked}."]
    elif looked:
        found.append(f"Looked at: {looked}.")
    yield from found


def _standing_stories(case: Case) -> Iterator[str]:
    for rival in content.rivals(case).exclude(finding=Finding.CONTRADICTED)[:SHOWN]:
        yield f"{one_line(rival.story)} is not contradicted ({rival.finding}): {one_line(rival.because, 2000)}"


def _ordinary_readings(case: Case) -> Iterator[str]:
    weak = content.readings(case).filter(Q(p=None) | Q(p__gt=ORDINARY_P), formation=False)
    for reading in weak[:SHOWN]:
        unit = f"{one_line(str(reading.unit), 60)}, run {reading.unit.run_id}"
        why = f" ({one_line(reading.p_reason, 300)})" if reading.p is None and reading.p_reason else ""
        kind = "is not calculable" if reading.p is None else f"is not rare among honest traffic ({p_value(reading.p)})"
        yield f"{reading.signal} {reading.title} on {unit} {kind}{why}: {one_line(reading.sentence, 1000)}"


def _verdicts(case: Case) -> Iterator[str]:
    for session in content.sessions(case).filter(verdict__in=AGAINST).order_by("id")[:SHOWN]:
        yield f"{session} was judged {session.get_verdict_display()}: {one_line(session.verdict_reason, 1000)}"
    review = getattr(case.campaign, "review", None) if case.campaign else None
    if review is not None and review.verdict in AGAINST:
        yield f"{case.campaign} was judged {review.get_verdict_display()}: {one_line(review.verdict_reason, 1000)}"


def _known_honest(case: Case) -> Iterator[str]:
    cleared = case.accounts.filter(labels__kind="cleared", labels__withdrawn_at=None).distinct().count()
    verified = case.accounts.filter(Q(verified=True) | Q(organisation__verified=True)).distinct().count()
    if cleared:
        yield f"{cleared:,} accounts of the case were cleared by people."
    if verified:
        yield f"{verified:,} accounts of the case are verified, or belong to a verified organisation."


def _looked_at(case: Case) -> str:
    judged = content.sessions(case).exclude(verdict="").count()
    numbers = (
        (content.rivals(case).count(), "innocent explanations tested"),
        (content.readings(case).filter(formation=False).count(), "signal readings"),
        (judged, "verdicts on sessions"),
    )
    return ", ".join(f"{n:,} {what}" for n, what in numbers if n)


def _error_rate(case: Case) -> Iterator[str]:
    words = controls.error_rate_words(case)
    if words:
        yield words
        yield from controls.SHOWS_NOT
