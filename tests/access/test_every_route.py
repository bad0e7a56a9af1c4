"""Every address of the URLconf for every role and for strangers: who gets in, who changes nothing, what is not found."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client

from staff.enums import Action, Role
from staff.models import User
from staff.permissions import MATRIX
from tests.access.rules import COMMON, PUBLIC, RULES, SIGNED_IN, Rule
from tests.support.routes import Route, known, routes
from tests.support.world import PERSON, World

pytestmark = pytest.mark.django_db
WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "COPY", "MERGE")
WORDS = ("<str:name>", "<str:step>", "<str:ending>", "<str:form>", "<slug:kind>", "<slug:part>")  # of a closed list
NOT_COUNTED = ('"audit_', "audit_append", '"django_session"')  # what was refused may be told there; a token may be made


@contextmanager
def unwritten() -> Iterator[list[str]]:
    """The statements that changed something; whatever it was is rolled back."""
    seen: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if str(sql).lstrip().upper().startswith(WRITES) and not any(word in str(sql) for word in NOT_COUNTED):
            seen.append(str(sql)[:120])
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(watch):
        yield seen
        transaction.set_rollback(True)


def ask(client: Client, route: Route, method: str, address: str) -> tuple[int, Any, list[str]]:
    """Status, answer, and what it wrote."""
    rule, cookies = RULES[route.name], copy.deepcopy(client.cookies)
    with unwritten() as seen:
        if method == "GET":
            answer = client.get(address)
        elif route.is_api:
            answer = client.post(address, {}, content_type="application/json")
        else:
            answer = client.post(address, COMMON | rule.data)
    client.cookies = cookies  # signing out is taken back as well
    return answer.status_code, answer, seen


def signed_in(world: World, role: Role, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(getattr(world.people, PERSON[role]))
    return client


def asked(rule: Rule) -> Iterator[tuple[str, Any]]:
    """The methods that a rule names, each with what it needs."""
    yield from (pair for pair in (("GET", rule.get), ("POST", rule.post)) if pair[1] is not None)


def may(role: Role, needs: Any) -> bool:
    one_of = needs if isinstance(needs, tuple) else (needs,)
    return needs in (PUBLIC, SIGNED_IN) or any(action in MATRIX[role] for action in one_of)


def unknown(route: Route, place: str) -> Any:
    """A value of the parameter's shape that nothing has."""
    last = place[place.rindex("<") :]
    if "uuid:" in last:
        return UUID(int=1)
    return 987_654_321 if "int:" in last or last in ("<id>", "<pk>") else "nothing-404"


def test_every_route_is_classified_and_its_parameters_stand_for_something(world: World) -> None:
    missing = sorted(route.name for route in routes() if route.name not in RULES)
    assert not missing, f"say in tests/access/rules.py what these ask of a person: {missing}"
    empty = sorted({place for route in routes() for place in route.places() if place not in world.things})
    assert not empty, f"say in tests/support/world.py what stands for these: {empty}"


@pytest.mark.parametrize("role", Role)
def test_a_role_gets_what_the_matrix_gives_it_and_writes_nothing_else(world: World, role: Role) -> None:
    client, wrong = signed_in(world, role), []
    for route in known(world.things, RULES):
        rule, address = RULES[route.name], route.address(world.things)
        for method, needs in asked(rule):
            status, answer, wrote = ask(client, route, method, address)
            if not may(role, needs):
                # a body for each API route that writes, and that its refusal names the roles: tests/api/test_writing.py
                refused = (
                    status == 403
                    or (rule.own and status == 404)
                    or (route.is_api and method == "POST" and status == 422)
                )
                if not refused or wrote:
                    wrong.append(f"{method} {route.name}: {status} for one who may not; wrote {wrote}")
            elif (status >= 500 and status != 503) or status == 405 or (status in (403, 404) and not rule.own):
                wrong.append(f"{method} {route.name}: {status} for one who may: {answer.content[-300:]!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_strangers_are_sent_to_the_sign_in(world: World, method: str) -> None:
    wrong = []
    for route in known(world.things, RULES):
        rule = RULES[route.name]
        if PUBLIC in (rule.get, rule.post):
            continue
        for client in (Client(), Client(headers={"Authorization": "Token sw_wrong"})):
            status, answer, wrote = ask(client, route, method, route.address(world.things))
            turned_away = (
                status == 401
                if route.text.startswith("api/") and route.name != "api:docs"
                else (status == 302 and answer.url.startswith("/sign-in/"))
            )
            if not turned_away or wrote:
                wrong.append(f"{method} {route.name}: {status}; wrote {wrote}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("unrendered")
def test_a_person_who_was_switched_off_is_a_stranger(world: World) -> None:
    client = signed_in(world, Role.LEAD)
    with unwritten():
        User.objects.filter(pk=world.people.leo.pk).update(is_active=False)
        answers = {r.name: ask(client, r, "GET", r.address(world.things))[0] for r in known(world.things, RULES)}
    reached = [name for name, status in answers.items() if status in (200, 204)]
    assert [name for name in reached if RULES[name].get != PUBLIC] == []


@pytest.mark.usefixtures("unrendered")
def test_what_changes_something_asks_for_its_token_and_answers_no_other_method(world: World) -> None:
    wrong = []
    strict = signed_in(world, Role.LEAD, enforce_csrf_checks=True)
    for route in known(world.things, RULES):
        rule, address = RULES[route.name], route.address(world.things)
        status, _, wrote = ask(strict, route, "POST", address)
        if status != 403 or wrote:
            wrong.append(f"POST {route.name} without a token: {status}; wrote {wrote}")
        if rule.get is None:
            status, _, wrote = ask(strict, route, "GET", address)
            if status != 405 or wrote:
                wrong.append(f"GET {route.name} changes something by rule, yet answers {status}; wrote {wrote}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("unrendered")
def test_reading_takes_no_form(world: World) -> None:
    client, wrong = signed_in(world, Role.LEAD), []
    for route in known(world.things, RULES):
        if RULES[route.name].post is None:
            status, _, wrote = ask(client, route, "POST", route.address(world.things))
            if status not in (403, 405) or wrote:
                wrong.append(f"POST {route.name}: {status}; wrote {wrote}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize("role", [Role.LEAD, Role.INVESTIGATOR])
def test_what_is_unknown_is_not_found_and_nothing_changes(world: World, role: Role) -> None:
    """Each parameter in turn replaced by one that nothing has, the others kept."""
    client, wrong = signed_in(world, role), []
    for route in known(world.things, RULES):
        for place in route.places():
            address = route.address(world.things | {place: unknown(route, place)})
            for method, needs in asked(RULES[route.name]):
                if may(role, needs):
                    status, _, wrote = ask(client, route, method, address)
                    refused = (404, 422) if place.endswith(WORDS) else (404,)
                    if status not in refused or wrote:
                        wrong.append(f"{method} {address}: {status}; wrote {wrote}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize("role", [Role.LEAD, Role.INVESTIGATOR, Role.LEGAL])
def test_a_thing_of_another_parent_is_not_found(world: World, role: Role) -> None:
    """The parent of one case, the number of another's: whoever may see both still gets nothing through the wrong door."""
    client, wrong, tried = signed_in(world, role), [], 0
    for route in known(world.things, RULES):
        places = route.places()
        for place in places[1:]:
            if place not in world.elsewhere:
                continue
            address = route.address(world.things | {place: world.elsewhere[place]})
            for method, needs in asked(RULES[route.name]):
                if may(role, needs):
                    tried += 1
                    status, _, wrote = ask(client, route, method, address)
                    if status != 404 or wrote:
                        wrong.append(f"{method} {address}: {status}; wrote {wrote}")
    assert tried and not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize("role", Role)
def test_a_restricted_case_is_unknown_to_whoever_it_does_not_name(world: World, role: Role) -> None:
    client, wrong, tried = signed_in(world, role), [], 0
    for route in known(world.things, RULES):
        if not any(place in world.hidden for place in route.places()):
            continue
        address = route.address(world.things | world.hidden)
        for method, needs in asked(RULES[route.name]):
            names_people = isinstance(needs, tuple) and Action.MANAGE_ACCESS in MATRIX[role]  # without reading the case
            if may(role, needs) and not names_people:
                tried += 1
                status, _, wrote = ask(client, route, method, address)
                if status != 404 or wrote:
                    wrong.append(f"{method} {address}: {status}; wrote {wrote}")
    assert tried and not wrong, "\n".join(wrong)
