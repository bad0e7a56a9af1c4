"""The matrix of who may do what, cell by cell."""

from __future__ import annotations

import pytest

from core.errors import NotAllowed
from staff.enums import Action, Role
from staff.models import User
from staff.permissions import Worker, can, check

# One letter a role: Investigator, Lead, leGal counsel, aDministrator, aUditor.
LETTERS = {"I": Role.INVESTIGATOR, "L": Role.LEAD, "G": Role.LEGAL, "D": Role.ADMIN, "U": Role.AUDITOR}
EXPECTED = {
    Action.VIEW_EVIDENCE: "ILGDU",
    Action.REVEAL_TEXT: "ILG",
    Action.REVIEW: "IL",
    Action.EDIT_CASE: "IL",
    Action.PROPOSE: "IL",
    Action.APPROVE: "IL",
    Action.REVERSE: "IL",
    Action.EXPORT_CASE: "ILG",
    Action.VIEW_CASE: "ILGDU",
    Action.COUNSEL: "G",
    Action.REDACT: "G",
    Action.REIDENTIFY: "G",
    Action.MANAGE_SOURCES: "LD",
    Action.RUN_DETECTION: "ILD",
    Action.SUBMIT_SCORES: "LD",
    Action.MANAGE_REFERENCE: "LD",
    Action.MANAGE_POLICY: "D",
    Action.MANAGE_STAFF: "D",
    Action.HOLD: "LG",
    Action.MANAGE_ACCESS: "D",
    Action.VIEW_QUALITY: "L",
    Action.VIEW_AUDIT: "LGDU",
    Action.USE_ADMIN: "ILD",
}
CELLS = [(role, action, letter in EXPECTED[action]) for letter, role in LETTERS.items() for action in Action]


def test_every_action_and_role_has_its_cells() -> None:
    assert set(EXPECTED) == set(Action)
    assert set(LETTERS.values()) == set(Role)


@pytest.mark.parametrize(("role", "action", "expected"), CELLS)
def test_cell(role: Role, action: Action, expected: bool) -> None:
    person = User(username="pat", role=role)
    assert can(person, action) is expected
    if expected:
        check(person, action)
    else:
        with pytest.raises(NotAllowed, match="Roles that may"):
            check(person, action)


@pytest.mark.parametrize("action", Action)
def test_nobody_and_the_switched_off_may_nothing(action: Action) -> None:
    assert not can(None, action)
    assert not can(User(username="pat", role=Role.LEAD, is_active=False), action)


def test_a_worker_never_decides_reviews_or_reveals() -> None:
    worker = Worker("beat")
    allowed = {action for action in Action if can(worker, action)}
    assert allowed == {
        Action.VIEW_EVIDENCE,
        Action.RUN_DETECTION,
        Action.MANAGE_SOURCES,
        Action.SUBMIT_SCORES,
        Action.MANAGE_REFERENCE,
    }


@pytest.mark.parametrize("role", Role)
def test_the_admin_shows_no_tokens_groups_or_sessions(role: Role) -> None:
    person = User(username="pat", role=role)
    for name in ("authtoken.view_token", "authtoken.view_tokenproxy", "auth.view_group", "sessions.view_session"):
        assert not person.has_perm(name)
    assert not person.has_module_perms("authtoken")


@pytest.mark.parametrize("role", Role)
def test_the_admin_changes_people_only_for_administrators(role: Role) -> None:
    person = User(username="pat", role=role)
    assert person.has_perm("staff.change_user") is (role == Role.ADMIN)
    assert not person.has_perm("staff.delete_user")
    assert not person.has_perm("investigations.change_case")
    assert person.has_perm("investigations.view_case") is (role in {Role.INVESTIGATOR, Role.LEAD, Role.ADMIN})
    assert person.has_perm("audit.view_auditevent") is (role in {Role.LEAD, Role.ADMIN})
