"""A restricted case is there for its named people alone: every route of the desk, the API, the admin and the trail."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.enums import StatusOrigin
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from investigations import services
from investigations.models import Decision
from investigations.services.access import lift_restriction, name_person, restrict_case, unname_person
from investigations.services.holds import request_case_hold
from staff.enums import Role
from tests import factories as make

pytestmark = pytest.mark.django_db
CANARY = "CANARY"
SKIPPED = (
    "static",
    "api/schema",
    "api/docs",
    "charts",
    "sign-out",
    "sign-in",
    "admin/jsi18n",
    "admin/password_change",
    "admin/login",
    "admin/logout",
)


@pytest.fixture
def world(staff: SimpleNamespace, ready_case: Any, propose: Any) -> SimpleNamespace:
    """A case of ines with a decision, a note, a case file and an account whose standing the decision changed."""
    case = ready_case
    type(case).objects.filter(pk=case.pk).update(code="CASE-2026-0777", title=f"{CANARY} title", summary=CANARY)
    case.refresh_from_db()
    decision = propose(reason=f"{CANARY} reason", case=case)
    Decision.objects.filter(pk=decision.pk).update(code="D-000777")
    decision.refresh_from_db()
    services.add_note(case=case, text=f"{CANARY} note", actor=staff.ines)
    export = make.CaseExportFactory(case=case, requested_by=staff.ines, purpose=CANARY)
    account = case.accounts.first()
    make.StatusChangeFactory(
        account=account, origin=StatusOrigin.DECIDED, source=decision.code, reason=f"{CANARY} reason"
    )
    twin = make.CaseFactory(owner=staff.ivan, title="Another case", campaign=case.campaign)
    make.CaseAccountFactory(case=twin, account=account)
    request_case_hold(case=case, reason=f"{CANARY} hold", basis="Litigation", actor=staff.leo)
    restrict_case(case=case, people=[staff.lena], reason=f"{CANARY} insider", actor=staff.ines)
    case.refresh_from_db()
    return SimpleNamespace(**locals())


def addresses(world: SimpleNamespace, *, whole: bool) -> list[str]:
    """Every address of the urlconf (or of the desk's own part), filled with what belongs to the restricted case."""
    found: list[str] = []

    def walk(patterns: list[Any], before: str) -> None:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern):
                found.append(route)

    walk(get_resolver().url_patterns, "")
    every = sorted({filled for route in found for filled in fill(route, world)})
    assert len(every) > 100
    codes = (world.case.code, world.decision.code, world.account.account_id)
    return [one for one in every if whole or any(code in one for code in codes)]


def fill(route: str, world: SimpleNamespace) -> list[str]:
    """A route with its converters, and the API's named groups, replaced by values; none where there is no value."""
    route = (
        route.replace("\\Z", "").replace("\\.", ".").lstrip("^").replace("^", "").replace("$", "").replace("/?", "/")
    )
    codes = {"cases": world.case.code, "decisions": world.decision.code, "campaigns": world.case.campaign.code}
    code = next((value for name, value in codes.items() if f"{name}/" in route), world.case.code)
    values = {
        "code": code, "account_id": world.account.account_id, "number": "1", "name": "synchrony", "pk": "1", "id": "1",
        "object_id": str(world.case.pk if "/case/" in route else world.decision.pk), "slug": "none",
    }  # fmt: skip
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: values.get(m[1], "1"), route)
    route = re.sub(r"\(\?P(\d+|[A-Z][\w-]*|[\w.-]+)\[[^)]*\)", lambda m: m[1], route)
    if "(?P" in route or "(" in route or route.startswith(SKIPPED):
        return []
    return [f"/{route}"]


@pytest.mark.parametrize("role", Role)
def test_no_address_tells_of_it(client: Client, world: SimpleNamespace, role: Role) -> None:
    reader = make.UserFactory(role=role)
    client.force_login(reader)
    client.raise_request_exception = False
    told = []
    for address in addresses(world, whole=role == Role.LEAD):
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        code = role != Role.ADMIN and world.case.code.encode() in body.replace(address.encode(), b"")
        named = b"There is no" not in body and world.decision.code.encode() in body
        if CANARY.encode() in body or (answer.status_code == 200 and (code or named)):
            told.append((address, answer.status_code))
        if world.case.code in address or world.decision.code in address:
            assert answer.status_code in (403, 404, 405), (address, answer.status_code)
    assert told == []


def test_no_search_count_filter_or_trail_tells_of_it(client: Client, world: SimpleNamespace) -> None:
    client.force_login(make.UserFactory(role=Role.LEAD))
    code, decision = world.case.code, world.decision.code
    for address in (
        f"/search/?q={code}", f"/search/?q={decision}", f"/search/?q={CANARY}", f"/audit/?chain=case:{code}",
        f"/audit/?subject=case:{code}", "/cases/?state=open", "/decisions/?state=proposed", "/", "/rail/", "/holds/",
        f"/api/v1/decisions/?case={code}", f"/admin/investigations/case/?q={CANARY}",
        f"/admin/staff/auditevent/?q=case:{code}",
    ):  # fmt: skip
        answer = client.get(address)
        body = answer.content.decode()
        assert answer.status_code in (200, 404), (address, answer.status_code)
        for told in (f"{CANARY} ", f"/{decision}/", f"/{code}/"):
            assert told not in body, (address, told)
    assert client.get("/cases/").context["counts"].open == 1  # the other case alone
    assert client.get("/decisions/").context["counts"].waiting == 0


def test_named_people_work_on_it_as_before(client: Client, world: SimpleNamespace) -> None:
    for person in (world.staff.ines, world.staff.lena):
        client.force_login(person)
        assert client.get(f"/cases/{world.case.code}/").status_code == 200
        assert client.get(f"/decisions/{world.decision.code}/").status_code == 200
        assert CANARY in client.get(f"/accounts/{world.account.account_id}/").content.decode()
        assert client.get(f"/search/?q={world.case.code}")["Location"] == f"/cases/{world.case.code}/"


def test_services_refuse_whom_it_does_not_name(world: SimpleNamespace) -> None:
    case, leo = world.case, world.staff.leo
    for step in (
        lambda: services.add_note(case=case, text="x", actor=leo),
        lambda: services.pin_exhibit(case=case, kind="account", ref=world.account.account_id, reason="x", actor=leo),
        lambda: services.close_case(case=case, reason="x", actor=leo),
        lambda: services.record_case_view(case=case, actor=leo),
        lambda: services.add_accounts(case=case, accounts=[world.account], actor=leo),
        lambda: lift_restriction(case=case, reason="x", actor=leo),
        lambda: name_person(case=case, person=world.staff.ivan, reason="x", actor=leo),
    ):
        with pytest.raises(NotFound):
            step()


def test_an_administrator_names_others_never_themselves(client: Client, world: SimpleNamespace) -> None:
    case, admin = world.case, world.staff.admin
    with pytest.raises(NotAllowed, match="themselves"):
        name_person(case=case, person=admin, reason="curious", actor=admin)
    client.force_login(admin)
    page = client.get("/cases/access/").content.decode()
    assert case.code in page and CANARY not in page
    client.post(f"/cases/{case.code}/people/name/", {"person": "leo", "reason": "He approves"})
    client.force_login(world.staff.leo)
    assert client.get(f"/cases/{case.code}/").status_code == 200
    unname_person(case=case, person=world.staff.leo, reason="Done", actor=admin)
    assert client.get(f"/cases/{case.code}/").status_code == 404
    with pytest.raises(Conflict, match="owns"):
        unname_person(case=case, person=world.staff.ines, reason="x", actor=admin)


def test_a_contender_is_told_no_name(world: SimpleNamespace, propose: Any) -> None:
    services.pin_exhibit(
        case=world.twin, kind="campaign", ref=world.case.campaign.code, reason="x", actor=world.staff.ivan
    )
    with pytest.raises(Conflict) as refused:
        propose(case=world.twin, actor=world.staff.ivan)
    assert world.decision.code not in refused.value.message and "named people" in refused.value.message


def test_an_exhibit_elsewhere_withholds_its_reason(world: SimpleNamespace) -> None:
    exhibit = services.pin_exhibit(
        case=world.twin, kind="account", ref=world.account.account_id, reason="x", actor=world.staff.ivan
    )
    assert CANARY not in str(exhibit.content) and world.decision.code not in str(exhibit.content)


def test_lifting_makes_it_known_again(client: Client, world: SimpleNamespace) -> None:
    lift_restriction(case=world.case, reason="The insider was cleared", actor=world.staff.ines)
    client.force_login(world.staff.leo)
    assert client.get(f"/cases/{world.case.code}/").status_code == 200
    assert world.case.code in client.get("/audit/?action=case.unrestricted").content.decode()


def test_owners_are_named_people(world: SimpleNamespace) -> None:
    from investigations.services.stewardship import assign_cases

    with pytest.raises(InvalidInput, match="restricted"):
        assign_cases(cases=[world.case], owner=world.staff.ivan, actor=world.staff.ines)
