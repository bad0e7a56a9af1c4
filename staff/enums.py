"""Roles, and the things a role may do."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    INVESTIGATOR = "investigator", "Investigator"
    LEAD = "lead", "Lead"
    LEGAL = "legal", "Legal counsel"
    ADMIN = "admin", "Administrator"
    AUDITOR = "auditor", "Auditor"


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
    MANAGE_STAFF = "manage_staff", "create people and change roles"
    VIEW_AUDIT = "view_audit", "read and verify the audit trail"
    USE_ADMIN = "use_admin", "open the admin"
