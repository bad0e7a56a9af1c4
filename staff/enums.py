"""Roles, and the things a role may do."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    INVESTIGATOR = "investigator", "Investigator"
    LEAD = "lead", "Lead"
    LEGAL = "legal", "Legal counsel"
    ADMIN = "admin", "Administrator"
    AUDITOR = "auditor", "Auditor"


class NoticeKind(models.TextChoices):
    """What a person is told about; each is switched on and off by channel in the settings."""

    MENTIONED = "mentioned", "somebody mentions me"
    ASSIGNED = "assigned", "somebody gives me work"
    APPROVAL = "approval", "a decision waits for my approval"
    DECIDED = "decided", "my proposal is approved or refused"
    DUE_SOON = "due_soon", "something of mine is due soon"
    OVERDUE = "overdue", "something of mine is overdue"
    ENFORCEMENT_FAILED = "enforcement_failed", "accounts of a decision could not be enforced"


# What a notice says, on the desk and in a mail; {subject} is an id, or an id `and 3 more`; {outcome} is in its occasion.
NOTICE_WORDS: dict[str, str] = {
    NoticeKind.MENTIONED: "You are mentioned in {subject}",
    NoticeKind.ASSIGNED: "You were given {subject}",
    NoticeKind.APPROVAL: "{subject} waits for your approval",
    NoticeKind.DECIDED: "{subject}, which you proposed, is {outcome}",
    NoticeKind.DUE_SOON: "{subject} is due soon",
    NoticeKind.OVERDUE: "{subject} is overdue",
    NoticeKind.ENFORCEMENT_FAILED: "Enforcement of {subject} failed for some accounts",
}


class Channel(models.TextChoices):
    """How a person is told."""

    DESK = "desk", "on the desk"
    MAIL = "mail", "by e-mail"


class Action(models.TextChoices):
    """What a person may want to do. The matrix in `staff.permissions` says which role may."""

    VIEW_EVIDENCE = "view_evidence", "see campaigns, accounts, flagged sessions and masked samples"
    REVEAL_TEXT = "reveal_text", "reveal prompt and response text"
    REVIEW = "review", "claim items, give verdicts and tags"
    EDIT_CASE = "edit_case", "open cases, pin exhibits, write notes"
    PROPOSE = "propose", "propose decisions"
    APPROVE = "approve", "approve or refuse decisions"
    REVERSE = "reverse", "propose the reversal of a decision"
    EXPORT_CASE = "export_case", "export case files"
    VIEW_CASE = "view_case", "read cases and decisions"
    COUNSEL = "counsel", "read and write counsel's notes"
    REDACT = "redact", "propose and judge redactions and ask for a produced form"
    REIDENTIFY = "reidentify", "take the map that turns pseudonyms back into names"
    MANAGE_SOURCES = "manage_sources", "add sources and start pulls"
    RUN_DETECTION = "run_detection", "start detection runs"
    SUBMIT_SCORES = "submit_scores", "hand in outside scores"
    MANAGE_REFERENCE = "manage_reference", "import labels, draw audit samples, list public templates and corpora"
    MANAGE_POLICY = (
        "manage_policy",
        "keep the protected list, the targets of the queue and the templates of statements of reasons",
    )
    MANAGE_STAFF = "manage_staff", "create people and change roles"
    HOLD = "hold", "set and release legal holds"
    MANAGE_ACCESS = "manage_access", "name the people who may read a restricted case"
    VIEW_QUALITY = "view_quality", "see the quality of reviews"
    VIEW_AUDIT = "view_audit", "read and verify the audit trail"
    USE_ADMIN = "use_admin", "open the admin"
