"""Every page that takes a form: what it does not name changes nothing, and it sends nobody to another site."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import connection, models, transaction
from django.test import Client

from staff.enums import Role
from staff.models import User
from tests.access.rules import COMMON, RULES
from tests.access.test_every_route import may
from tests.factories.staff import PASSWORD
from tests.support.routes import Route, known
from tests.support.world import PERSON, World, house_models

pytestmark = pytest.mark.django_db
MARK, NUMBER = "slipped-in-by-a-form", 77_777_777
NUMBERS = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4,12}){4}|\d+")
TIMES = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+(\+00(:00)?|Z)?")
HERE = "http://testserver"
ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http://evil.example",
    "https:evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "//evil.example\\@testserver",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "javascript:alert(1)",
    " //evil.example",
    "/%09/evil.example/..//evil.example",
    "//\u3002evil.example",
    "/a\r\nLocation: http://evil.example",
)
RETURNS = ("next", "back", "return", "return_to", "redirect", "redirect_to", "url", "to", "from", "campaign", "after")


def extras() -> dict[str, Any]:
    """A value for every field of every table of the house, as a form would send it."""
    return {
        field.name: _sent(field) for model in house_models() for field in model._meta.get_fields() if field.concrete
    }


def _sent(field: Any) -> Any:
    if field.is_relation:
        return 1
    if isinstance(field, models.BooleanField):
        return "on"
    if field.choices:
        return list(field.choices)[-1][0]
    if isinstance(field, models.DateField):
        return "1999-12-31"
    if isinstance(field, models.IntegerField | models.FloatField | models.DecimalField):
        return NUMBER
    return MARK


def tables() -> dict[str, list[str]]:
    """Every row of the house, numbers and moments blotted out, which differ from one run to the next."""
    found: dict[str, list[str]] = {model._meta.label: [] for model in house_models()}
    every = (f"SELECT '{m._meta.label}', to_jsonb(t)::text FROM \"{m._meta.db_table}\" t" for m in house_models())
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(every))
        for label, row in cursor.fetchall():
            blotted = TIMES.sub("TIME", row).replace(str(NUMBER), "MANY")
            found[label].append(NUMBERS.sub("#", blotted))
    return found


def post(client: Client, address: str, data: dict[str, Any]) -> tuple[Any, dict[str, list[str]]]:
    """The answer and what the tables hold after it; then all is taken back, cookies as well."""
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        answer = client.post(address, data)
        after = tables()
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer, after


def forms(world: World) -> Iterator[tuple[Route, Role]]:
    """Each page that takes a form, with the first role that may send it."""
    for route in known(world.things, RULES):
        needs = RULES[route.name].post
        if not route.is_api and needs is not None:
            yield route, next(role for role in (Role.LEAD, *Role) if may(role, needs))


def test_a_field_that_a_form_does_not_name_changes_nothing(world: World) -> None:
    clients, wrong, more = {}, [], extras()
    for role in Role:
        clients[role] = Client()
        clients[role].force_login(getattr(world.people, PERSON[role]))
    for route, role in forms(world):
        client, rule, address = clients[role], RULES[route.name], route.address(world.things)
        given = COMMON | rule.data
        taken = {name: value for name, value in more.items() if name not in given and name not in rule.takes}
        plain, without = post(client, address, given)
        loaded, with_them = post(client, address, given | taken)
        if plain.status_code != loaded.status_code:
            wrong.append(f"{route.name}: {plain.status_code} becomes {loaded.status_code}")
        for label, rows in with_them.items():
            new = [row for row in rows if row not in without[label]]
            wrong += [f"{route.name}: {label}: {row[:400]}" for row in new if label != "audit.AuditEvent"]
    assert not wrong, "\n".join(wrong)


def test_a_person_cannot_promote_themselves_on_the_settings_page(world: World) -> None:
    client, before = Client(), User.objects.values().get(username="ines")
    client.force_login(world.people.ines)
    sent = {"role": "lead", "is_superuser": "on", "is_staff": "on", "is_active": "", "username": "root", "id": 1}
    assert (
        client.post(
            "/settings/", {"time_zone": "Europe/Berlin", "theme": "dark", "density": "normal"} | sent
        ).status_code
        == 302
    )
    after = User.objects.values().get(username="ines")
    assert {name for name in before if before[name] != after[name]} <= {"time_zone", "theme", "last_login"}


# --- Where an answer sends one -----------------------------------------------------------------------------------------------


def leaves(answer: Any) -> bool:
    """Whether a browser that follows the answer ends on another site; it reads backslashes and tabs its own way."""
    for header in ("Location", "HX-Redirect", "HX-Location", "Refresh"):
        target = str(answer.headers.get(header, ""))
        as_read = re.sub(r"[\t\r\n]", "", target.strip()).replace("\\", "/")
        parts = urlsplit(urljoin(HERE, as_read))
        if (parts.scheme, parts.netloc) != ("http", "testserver"):
            return True
    return False


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_and_out_leads_nowhere_else(world: World, target: str) -> None:
    given = {"username": world.people.ines.username, "password": PASSWORD, "next": target}
    assert not leaves(Client().post("/sign-in/", given))
    assert not leaves(Client().post("/sign-in/", given, query_params={"next": target}))
    inside = Client()
    inside.force_login(world.people.ines)
    assert not leaves(inside.get("/sign-in/", {"next": target}))
    assert not leaves(inside.post("/sign-out/", {"next": target}, query_params={"next": target}))


def test_signing_in_leads_back_to_where_one_was(world: World) -> None:
    given = {"username": world.people.ines.username, "password": PASSWORD, "next": "/cases/?mine=1"}
    assert Client().post("/sign-in/", given).url == "/cases/?mine=1"


@pytest.mark.usefixtures("unrendered")
def test_no_page_and_no_form_leads_to_another_site(world: World) -> None:
    target = "//evil.example/x"
    client, wrong = Client(headers={"Referer": target}), []
    client.force_login(world.people.leo)
    asks, inside = dict.fromkeys(RETURNS, target), copy.deepcopy(client.cookies)
    for route in known(world.things, RULES):
        if route.is_api:
            continue
        client.cookies = copy.deepcopy(inside)
        address, rule = route.address(world.things), RULES[route.name]
        with transaction.atomic():
            answers = [client.get(address, asks), client.post(address, asks | COMMON | rule.data, query_params=asks)]
            transaction.set_rollback(True)
        wrong += [f"{route.name}: {answer.headers}" for answer in answers if leaves(answer)]
    assert not wrong, "\n".join(wrong)
