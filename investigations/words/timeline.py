"""What the events of a case's chain are called on its timeline. Pure but for the addresses."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.urls import reverse

from audit.models import AuditEvent
from investigations.models import Case

KINDS = {
    "exchanges": "Exchanges pinned",
    "flags": "Flags and verdicts",
    "exhibits": "Exhibits",
    "decisions": "Decisions",
    "notes": "Notes",
    "tasks": "Tasks and due days",
    "files": "Case files",
    "holds": "Holds",
    "members": "Accounts",
    "people": "Who may read it",
    "readings": "Text read",
    "case": "The case itself",
}
# The beginning of an action, and the kind it belongs to; the first that fits counts.
KIND_OF = (
    ("exhibit.", "exhibits"),
    ("session.put_in_case", "exhibits"),
    ("decision", "decisions"),
    ("enforcement", "decisions"),
    ("approval", "decisions"),
    ("statement", "decisions"),
    ("appeal", "decisions"),
    ("attempt.", "decisions"),
    ("note.", "notes"),
    ("case_task.", "tasks"),
    ("case.due_set", "tasks"),
    ("casefile", "files"),
    ("case.exported", "files"),
    ("hold", "holds"),
    ("legal_hold", "holds"),
    ("case_account.", "members"),
    ("case_person.", "people"),
    ("case.restricted", "people"),
    ("case.unrestricted", "people"),
    ("sample.", "readings"),
    ("exchange.", "readings"),
    ("case.", "case"),
)
WORDS = {
    "case.opened": "opened the case “{title}”",
    "case.closed": "closed the case: {reason}",
    "case.reopened": "reopened the case: {reason}",
    "case.assigned": "gave the case to {to}",
    "case.tagged": "tagged the case {tags}",
    "case.due_set": "set its due day to {due_on} (before: {before}): {reason}",
    "case.restricted": "restricted the case to {people}: {reason}",
    "case.unrestricted": "lifted the restriction: {reason}",
    "case.merged_in": "merged {source} into this case: {reason}",
    "case.merged_away": "merged this case into {into}: {reason}",
    "case.split": "split {into} off: {reason}",
    "case_person.named": "named {person} as a reader: {reason}",
    "case_person.unnamed": "took {person} off its readers: {reason}",
    "case_account.added": "added {about}",
    "case_account.removed": "took {about} out: {reason}",
    "case_task.added": "asked for: {text}",
    "case_task.done": "did: {text}",
    "case_task.reopened": "reopened the task: {text}",
    "case_task.assigned": "gave a task to {to}",
    "exhibit.pinned": "pinned {kind} {ref} as exhibit {about}: {reason}",
    "exhibit.copied": "took over {kind} {ref} as exhibit {about}, from {copied_from}",
    "note.added": "wrote a note",
    "decision.proposed": "proposed {about}: {action} {n_accounts} accounts",
    "decision_item.proposed": "named {about} in {decision}",
    "decision.approved": "approved {about}",
    "decision.refused": "refused {about}: {reason}",
    "decision.withdrawn": "withdrew {about}: {reason}",
    "decision.scheduled": "scheduled {about} to start {starts_at}",
    "decision.recorded": "recorded {about}; no receiver was configured",
    "decision.cancelled": "cancelled {about}: {reason}",
    "decision.enforced": "finished enforcing {about}",
    "decision.reversed": "reversed {about} by {reversal}",
    "enforcement.started": "started to enforce {about}",
    "enforcement.stopped": "stopped what was left of {about}: {reason}",
    "enforcement.retried": "tried {n_accounts} failed accounts of {about} again",
    "enforcement.failed": "could not enforce {action} on {about}, attempt {attempts}: {answer}",
    "enforcement.dry_run": "would have sent {action} for {about}; a dry run",
    "account.enforced": "enforced {action} on {about}",
    "appeal.recorded": "recorded an appeal of {account} against {decision}",
    "appeal.upheld": "upheld the decision against appeal {about}: {reason}",
    "appeal.overturned": "overturned the decision on appeal {about}: {reason}",
    "statement.edited": "worded the statement of reasons anew{of}: {reason}",
    "casefile.requested": "asked for a case file: {purpose}",
    "casefile.exported": "wrote case file {number}",
    "casefile.downloaded": "took case file {number} out",
    "casefile.failed": "could not write case file {number}: {message}",
    "casefile.checked": "verified case file {number} in {n_steps} steps, failed: {failed}",
    "casefile.handed_over": "handed case file {number} to {recipient}: {purpose}",
    "casefile.production_requested": "asked for the produced form of {source}: {purpose}",
    "casefile.produced": "wrote the produced form of {source}",
    "reidentification_map.downloaded": "took out the key to the names of case file {number}: {purpose}",
    "counsel_notes.read": "read counsel's notes",
    "hold.requested": "asked for a hold on {n_subjects} accounts and records: {reason}",
    "redactions.sought": "sought values to redact, detectors of version {version}",
    "redactions.proposed": "proposed {n_new} values for redaction; {n_waiting} wait for a person",
    "redaction.added": "took a value out of the produced form as {about}: {reason}",
    "redaction.accepted": "accepted the redaction {about}: {reason}",
    "redaction.rejected": "rejected the redaction {about}: {reason}",
    "counsel_note.written": "wrote counsel's note {number}",
    "sample.revealed": "read the text of exchange {exchange}: {reason}",
    "exchange.revealed": "read the text of exchange {about}: {reason}",
    "attempt.refused": "was refused {attempted}: {because}",
}
MANY = {
    "case_account.added": "added {n} accounts",
    "case_account.removed": "took {n} accounts out: {reason}",
    "exhibit.pinned": "pinned {n} exhibits: {reason}",
    "exhibit.copied": "took {n} exhibits over",
    "session.put_in_case": "chose {n} flagged sessions for it: {reason}",
    "decision_item.proposed": "named {n} accounts in {decision}",
    "account.enforced": "enforced {action} on {n} accounts of {decision}",
    "enforcement.failed": "could not enforce {action} on {n} accounts of {decision}",
    "enforcement.dry_run": "would have sent {action} for {n} accounts of {decision}; a dry run",
}


MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
AS_SHOWN = "%-d %b %Y %H:%M"


class _Facts(dict[str, Any]):
    """Facts of an event; what it does not hold is printed as none."""

    def __missing__(self, key: str) -> str:
        return "none"


def sentence(case: Case, event: AuditEvent, n: int) -> tuple[str, str]:
    """What happened in words after the actor's name, and the address of what it is about."""
    kind, _, name = event.subject.partition(":")
    facts = _Facts({key: _shown(value) for key, value in event.facts.items()})
    if kind == "redaction":
        facts["reason"] = facts["reason"].replace("_", " ")
    facts["of"] = f" of {facts['account']}" if "account" in facts else f" for {facts['n_accounts']} accounts"
    facts |= {"n": f"{n:,}", "about": name.rpartition("/")[2] if kind in ("exhibit", "task", "redaction") else name}
    words = MANY.get(event.action) if n > 1 else WORDS.get(event.action)
    if words is None:
        told = "; ".join(f"{key.replace('_', ' ')} {value}" for key, value in event.facts.items() if _told(value))
        plain = event.action.replace(".", " ").replace("_", " ")
        words_now = f"{plain} {n:,} times" if n > 1 else f"{plain}: {told}" if told else plain
    else:
        words_now = words.format_map(facts)
    return words_now, _address(case, event, kind, name, n)


def _address(case: Case, event: AuditEvent, kind: str, name: str, n: int) -> str:
    if kind == "exhibit":
        return f"#exhibit-{name.rpartition('/')[2]}"
    if kind in ("note", "task"):
        return f"#{kind}-{name.rpartition('/')[2]}"
    if kind == "decision":
        return reverse("investigations:decision", args=[name])
    if kind == "account" and n == 1:
        return reverse("investigations:account", args=[name])
    other = event.facts.get("into") or event.facts.get("source")
    if event.action in ("case.merged_in", "case.merged_away", "case.split") and other:
        return reverse("investigations:case", args=[other])
    return ""


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, str) and MOMENT.match(value):
        return f"{datetime.fromisoformat(value):{AS_SHOWN}} UTC"
    return "none" if value is None else str(value)


def _told(value: Any) -> bool:
    return value not in (None, "", [], {})
