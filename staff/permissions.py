"""Who may do what: one matrix, read by pages, admin, API and services alike."""

from __future__ import annotations

from typing import Protocol

from core.errors import NotAllowed
from staff.enums import Action, Role

A = Action

MATRIX: dict[Role, frozenset[Action]] = {
    Role.INVESTIGATOR: frozenset(
        {A.VIEW_EVIDENCE, A.REVEAL_TEXT, A.REVIEW, A.EDIT_CASE, A.VIEW_CASE, A.PROPOSE, A.REVERSE, A.EXPORT_CASE}
        | {A.APPROVE, A.RUN_DETECTION, A.USE_ADMIN}
    ),
    Role.LEAD: frozenset(
        {A.VIEW_EVIDENCE, A.REVEAL_TEXT, A.REVIEW, A.EDIT_CASE, A.VIEW_CASE, A.PROPOSE, A.APPROVE, A.REVERSE}
        | {A.EXPORT_CASE, A.MANAGE_SOURCES, A.RUN_DETECTION, A.SUBMIT_SCORES, A.MANAGE_REFERENCE}
        | {A.HOLD, A.VIEW_QUALITY, A.VIEW_AUDIT, A.USE_ADMIN}
    ),
    Role.LEGAL: frozenset(
        {A.VIEW_EVIDENCE, A.REVEAL_TEXT, A.VIEW_CASE, A.EXPORT_CASE, A.HOLD, A.VIEW_AUDIT}
        | {A.COUNSEL, A.REDACT, A.REIDENTIFY}
    ),
    Role.ADMIN: frozenset(
        {A.VIEW_EVIDENCE, A.VIEW_CASE, A.MANAGE_SOURCES, A.RUN_DETECTION, A.SUBMIT_SCORES, A.MANAGE_REFERENCE}
        | {A.MANAGE_POLICY, A.MANAGE_STAFF, A.MANAGE_ACCESS, A.VIEW_AUDIT, A.USE_ADMIN}
    ),
    Role.AUDITOR: frozenset({A.VIEW_EVIDENCE, A.VIEW_CASE, A.VIEW_AUDIT}),
}


class Actor(Protocol):
    """Whoever does something: a person, or a worker acting on its own schedule."""

    @property
    def audit_name(self) -> str: ...

    def may(self, action: Action) -> bool: ...


class Worker:
    """A worker on its own schedule. It runs machine steps; it never decides, approves or reveals."""

    ALLOWED = frozenset({A.VIEW_EVIDENCE, A.RUN_DETECTION, A.MANAGE_SOURCES, A.SUBMIT_SCORES, A.MANAGE_REFERENCE})

    def __init__(self, name: str) -> None:
        self.audit_name = f"worker:{name}"

    def may(self, action: Action) -> bool:
        return action in self.ALLOWED


def can(actor: object, action: Action) -> bool:
    """Whether the actor may; nobody who is signed out or switched off may anything."""
    may = getattr(actor, "may", None)
    return bool(may and may(action))


def check(actor: object, action: Action) -> None:
    """Raise NotAllowed with a reason that a person can read."""
    if not can(actor, action):
        roles = ", ".join(role.label for role, allowed in MATRIX.items() if action in allowed)
        raise NotAllowed(f"Your role does not let you {Action(action).label}. Roles that may: {roles}.")
