"""Writing over the API: who may, what is refused, that a foreign id changes nothing and no field slips in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client

from api.serializers import detection as scores
from api.serializers import inputs, labels
from audit.models import AuditEvent
from core.clock import now
from detection.models import Label, OutsideScore
from investigations.enums import DecisionState
from staff.enums import Action, Role
from staff.permissions import MATRIX
from tests import factories as make

pytestmark = pytest.mark.django_db
SECRET = "CANARY the prompt itself"
WHY = {"reason": "Read for the review of May"}
GROUNDS = {"clause": "3.2", "benign_reading": "One customer with many keys; ruled out", **WHY}
HOUSE = ("accounts", "audit", "detection", "investigations", "staff", "traffic")


@pytest.fixture
def world() -> SimpleNamespace:
    """Things to write on, in two cases that have nothing to do with each other."""
    account, stranger = make.ApiAccountFactory(), make.ApiAccountFactory()
    flag = make.FlaggedSessionFactory(account=account)
    sample = make.SamplePromptFactory(session=flag, prompt=SECRET, response=SECRET)
    case, other = make.CaseFactory(), make.CaseFactory()
    make.CaseAccountFactory(case=case, account=account)
    exhibit, foreign = make.ExhibitFactory(case=case), make.ExhibitFactory(case=other, number=7)
    decision = make.DecisionFactory(case=case, statement_exemption="Counsel: not a hosting service")
    make.DecisionItemFactory(decision=decision, account=account)
    done = make.DecisionFactory(case=case, state=DecisionState.RECORDED, approved_at=now())
    make.DecisionItemFactory(decision=done, account=stranger)
    source = make.SourceFactory()
    return SimpleNamespace(**locals())


def writes(w: SimpleNamespace) -> dict[str, tuple[Action, dict[str, Any]]]:
    """Every route that writes: what it asks of the role, and a body that is in order."""
    d, k = w.decision.code, w.case.code
    return {
        "cases/": (Action.EDIT_CASE, {"title": "A case", "accounts": [w.account.account_id]}),
        f"cases/{k}/notes/": (Action.EDIT_CASE, {"text": "A note"}),
        f"cases/{k}/exhibits/": (Action.EDIT_CASE, {"kind": "session", "ref": str(w.flag), **WHY}),
        "decisions/": (
            Action.PROPOSE,
            {"case": k, "action": "watch", "exhibits": [w.exhibit.number], **GROUNDS},
        ),
        f"decisions/{d}/approve/": (Action.APPROVE, {}),
        f"decisions/{d}/refuse/": (Action.APPROVE, WHY),
        f"decisions/{w.done.code}/reverse/": (Action.REVERSE, WHY),
        f"sources/{w.source.slug}/pull/": (Action.MANAGE_SOURCES, {}),
        f"flagged-sessions/{w.flag.pk}/claim/": (Action.REVIEW, {}),
        f"flagged-sessions/{w.flag.pk}/release/": (Action.REVIEW, {}),
        f"flagged-sessions/{w.flag.pk}/verdict/": (Action.REVIEW, {"verdict": "true_positive", **WHY}),
        f"samples/{w.sample.pk}/reveal/": (Action.REVEAL_TEXT, WHY),
        "scores/": (
            Action.SUBMIT_SCORES,
            {"name": "nsfw", "version": "2", "scores": [{"account_id": w.account.account_id, "score": 0.9}]},
        ),
        "labels/": (
            Action.MANAGE_REFERENCE,
            {"source": "abuse desk", "labels": [{"account_id": w.account.account_id, "outcome": "banned"}]},
        ),
    }


ROUTES = range(14)


def route(w: SimpleNamespace, number: int) -> tuple[str, Action, dict[str, Any]]:
    path, (needs, body) = list(writes(w).items())[number]
    return path, needs, body


def post(client: Client, path: str, body: Any, **headers: Any) -> Any:
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def state() -> list[tuple[str, str]]:
    """Everything the house's tables hold, apart from the trail of refused attempts. One query."""
    kept = [m for app in HOUSE for m in apps.get_app_config(app).get_models() if m._meta.app_label != "audit"]
    every = (f"SELECT '{m._meta.label}', to_jsonb(t)::text FROM \"{m._meta.db_table}\" t" for m in kept)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(every))
        return sorted(cursor.fetchall())


def test_the_matrix_holds_every_route_that_writes(world: SimpleNamespace) -> None:
    from drf_spectacular.generators import SchemaGenerator

    schema = SchemaGenerator().get_schema(request=None, public=True)
    posts = {path for path, operations in schema["paths"].items() if {"post", "put", "patch", "delete"} & {*operations}}
    assert len(writes(world)) == len(ROUTES)
    assert len(posts) == len(ROUTES) + 2  # withdraw and cancel, which depend on who took part: tried by themselves


@pytest.mark.parametrize("number", ROUTES)
def test_a_route_does_what_the_matrix_lets_each_role_do(world: SimpleNamespace, number: int) -> None:
    """What one role did is taken back before the next one tries."""
    clients = {role: Client() for role in Role}
    for role, client in clients.items():
        client.force_login(make.UserFactory(role=role))
    path, needs, body = route(world, number)
    before, events = state(), AuditEvent.objects.exclude(action="attempt.refused").count()
    for role, client in clients.items():
        with transaction.atomic():
            answer = post(client, path, body)
            if needs in MATRIX[role]:
                assert answer.status_code in {200, 201}, (role, answer.content)
                assert AuditEvent.objects.exclude(action="attempt.refused").count() > events, role
            else:
                assert answer.status_code == 403, role
                assert "Roles that may" in answer.json()["detail"]
                assert state() == before, role
                assert AuditEvent.objects.exclude(action="attempt.refused").count() == events, role
            transaction.set_rollback(True)


@pytest.mark.parametrize("number", ROUTES)
def test_no_route_writes_for_the_unknown(client: Client, world: SimpleNamespace, number: int) -> None:
    path, _, body = route(world, number)
    before = state()
    for headers in ({}, {"Authorization": "Token sw_wrong"}, {"Authorization": "Basic YTph"}):
        assert post(client, path, body, **headers).status_code == 401
    assert state() == before


@pytest.mark.parametrize("number", ROUTES)
def test_a_session_writes_only_with_its_csrf_token(world: SimpleNamespace, number: int) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make.UserFactory(lead=True))
    path, _, body = route(world, number)
    before = state()
    assert post(strict, path, body).status_code == 403
    assert state() == before


@pytest.mark.parametrize("number", ROUTES)
def test_an_unknown_thing_is_not_found_and_nothing_changes(client: Client, world: SimpleNamespace, number: int) -> None:
    client.force_login(make.UserFactory(lead=True))
    path, _, body = route(world, number)
    parts = path.strip("/").split("/")
    before = state()
    if len(parts) > 1:
        for unknown in ("9" * 12 if parts[1].isdigit() else "X-404", "1%27--", "%00"):
            assert post(client, "/".join([parts[0], unknown, *parts[2:]]) + "/", body).status_code == 404
    assert state() == before


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("decisions/", {"exhibits": [7]}),
        ("decisions/", {"accounts": ["STRANGER"]}),
        ("decisions/", {"case": "CASE-1999-0001"}),
        ("cases/", {"accounts": ["nobody"]}),
        ("cases/", {"sessions": [10**12]}),
        ("cases/", {"campaign": "C-9999"}),
        ("samples/SAMPLE/reveal/", {"case": "CASE-1999-0001"}),
    ],
)
def test_what_belongs_to_another_case_is_not_found_and_nothing_changes(
    client: Client, world: SimpleNamespace, path: str, wrong: dict[str, Any]
) -> None:
    client.force_login(make.UserFactory(lead=True))
    path = path.replace("SAMPLE", str(world.sample.pk))
    if wrong == {"accounts": ["STRANGER"]}:
        wrong = {"accounts": [world.stranger.account_id]}
    before = state()
    answer = post(client, path, {**writes(world)[path][1], **wrong})
    assert answer.status_code == 404, answer.content
    assert state() == before


@pytest.mark.parametrize("number", ROUTES)
def test_no_field_of_any_model_slips_in(client: Client, world: SimpleNamespace, number: int) -> None:
    """Mass assignment: each field of each model beside a body that is in order is refused, and nothing changes."""
    client.force_login(make.UserFactory(lead=True))
    path, _, body = route(world, number)
    reader = {
        "cases/": inputs.CaseInSerializer,
        "decisions/": inputs.DecisionInSerializer,
        "scores/": scores.ScoresInSerializer,
        "labels/": labels.LabelsInSerializer,
        "notes": inputs.NoteInSerializer,
        "exhibits": inputs.ExhibitInSerializer,
        "approve": inputs.VoteSerializer,
        "refuse": inputs.ReasonSerializer,
        "reverse": inputs.ReasonSerializer,
        "verdict": inputs.VerdictSerializer,
        "reveal": inputs.RevealSerializer,
    }.get(path if path.count("/") == 1 else path.strip("/").split("/")[-1], inputs.NothingSerializer)
    allowed = set(reader().fields)
    models = [model for app in HOUSE for model in apps.get_app_config(app).get_models()]
    names = {name for model in models for f in model._meta.concrete_fields for name in (f.name, f.attname)}
    assert len(names) > 150
    before = state()
    answer = post(client, path, {**body, **dict.fromkeys(names - allowed, 1)})
    assert answer.status_code == 422
    assert names - allowed <= set(answer.json()["fields"])
    for method in (client.put, client.patch, client.delete):
        assert method(f"/api/v1/{path}", body, content_type="application/json").status_code == 405
    assert state() == before


def test_the_proposer_withdraws_and_never_approves(client: Client, world: SimpleNamespace) -> None:
    leo = make.UserFactory(lead=True)
    client.force_login(leo)
    made = post(client, "decisions/", writes(world)["decisions/"][1])
    code = made.json()["code"]
    assert post(client, f"decisions/{code}/approve/", {}).status_code == 403
    assert post(client, f"decisions/{code}/cancel/", WHY).status_code == 409
    assert post(client, f"decisions/{code}/withdraw/", WHY).json()["state"] == "withdrawn"
    assert post(client, f"decisions/{world.decision.code}/withdraw/", WHY).status_code == 403


def test_a_reveal_gives_the_text_and_leaves_one_event(client: Client, world: SimpleNamespace) -> None:
    client.force_login(make.UserFactory(legal=True))
    answer = post(client, f"samples/{world.sample.pk}/reveal/", {**WHY, "case": world.case.code})
    assert answer.json()["prompt"] == SECRET
    assert "no-store" in answer["Cache-Control"]
    event = AuditEvent.objects.get(action="sample.revealed")
    assert event.chain == f"case:{world.case.code}"
    assert SECRET not in event.payload and "unmasked" not in event.payload
    assert post(client, f"samples/{world.sample.pk}/reveal/", {"reason": " "}).status_code == 422
    assert AuditEvent.objects.filter(action="sample.revealed").count() == 1


def test_a_reveal_masks_unless_it_is_asked_not_to_and_says_which(client: Client, world: SimpleNamespace) -> None:
    client.force_login(make.UserFactory(legal=True))
    world.sample.prompt = "Write to jo@example.org now"
    world.sample.save(update_fields=["prompt"])
    path = f"samples/{world.sample.pk}/reveal/"
    assert post(client, path, WHY).json()["prompt"] == "Write to [e-mail address] now"
    assert post(client, path, {**WHY, "unmasked": True}).json()["prompt"] == "Write to jo@example.org now"
    events = AuditEvent.objects.filter(action="sample.revealed").order_by("pk")
    assert ["unmasked" in event.payload for event in events] == [False, True]


def test_a_verdict_on_what_changed_meanwhile_is_a_conflict(client: Client, world: SimpleNamespace) -> None:
    client.force_login(make.UserFactory())
    path = f"flagged-sessions/{world.flag.pk}/verdict/"
    assert post(client, path, {"verdict": "true_positive", "expected": "", **WHY}).json()["verdict"] == "true_positive"
    assert post(client, path, {"verdict": "false_positive", "expected": "", **WHY}).status_code == 409
    world.flag.refresh_from_db()
    assert world.flag.verdict == "true_positive"


def test_who_holds_a_session_is_named_to_the_second(client: Client, world: SimpleNamespace) -> None:
    client.force_login(make.UserFactory(username="ines", first_name="Ines", last_name="First"))
    assert post(client, f"flagged-sessions/{world.flag.pk}/claim/", {}).json()["assignee"] == "ines"
    client.force_login(make.UserFactory())
    answer = post(client, f"flagged-sessions/{world.flag.pk}/claim/", {})
    assert answer.status_code == 409
    assert "Ines First" in answer.json()["detail"]


def test_each_score_is_judged_alone_and_a_repeat_is_known(client: Client, world: SimpleNamespace) -> None:
    client.force_login(make.UserFactory(lead=True))
    account, moment = world.account.account_id, "2026-05-20T10:00:00Z"
    batch = [
        {"account_id": account, "score": 0.9, "occurred_at": moment},
        {"account_id": account, "session_id": "conv-1", "score": -3, "occurred_at": moment},
        {"account_id": "nobody", "score": 1},
        {"account_id": account, "score": "inf"},
        {"account_id": account, "score": 1, "received_by": "me"},
        {"account_id": account},
        ["not", "an", "object"],
        {"account_id": "a\x00b", "score": 1},
    ]
    answer = post(client, "scores/", {"name": "nsfw", "version": "2", "scores": batch}).json()
    assert (answer["received"], answer["stored"], answer["known"]) == (8, 2, 0)
    assert [error["index"] for error in answer["errors"]] == [2, 3, 4, 5, 6, 7]
    assert all(error["detail"] for error in answer["errors"])
    again = post(client, "scores/", {"name": "nsfw", "version": "2", "scores": batch[:2]}).json()
    assert (again["stored"], again["known"], again["errors"]) == (0, 2, [])
    stored = OutsideScore.objects.order_by("id").values_list("subject_kind", "subject_id", "score")
    assert list(stored) == [("account", account, 0.9), ("session", "conv-1", -3.0)]


@pytest.mark.parametrize("scores_given", [[], "x", None, [1] * 10_001])
def test_a_batch_is_a_list_of_1_to_10000(client: Client, world: SimpleNamespace, scores_given: Any) -> None:
    client.force_login(make.UserFactory(lead=True))
    answer = post(client, "scores/", {"name": "n", "version": "1", "scores": scores_given})
    assert answer.status_code == 422
    assert "scores" in answer.json()["fields"]


def test_each_label_is_judged_alone_and_a_repeat_is_known(client: Client, world: SimpleNamespace) -> None:
    client.force_login(make.UserFactory(lead=True))
    rows = [
        {"account_id": world.account.account_id, "outcome": "banned", "decided_at": "2026-04-01T00:00:00Z"},
        {"account_id": "only-in-the-import", "outcome": "honest", "source": "trust team"},
        {"account_id": "x", "outcome": "guilty"},
        {"account_id": "x", "outcome": "banned", "kind": "confirmed"},
        ["not", "an", "object"],
        {"outcome": "banned"},
        {"account_id": "x", "outcome": "banned", "decided_at": "long ago"},
    ]
    answer = post(client, "labels/", {"source": "abuse desk", "labels": rows}).json()
    assert (answer["received"], answer["stored"], answer["known"]) == (7, 2, 0)
    assert [error["index"] for error in answer["errors"]] == [2, 3, 4, 5, 6]
    again = post(client, "labels/", {"source": "abuse desk", "labels": rows[1::-1]}).json()
    assert (again["batch"], again["stored"], again["known"], again["errors"]) == (answer["batch"], 0, 2, [])
    stored = Label.objects.order_by("id").values_list("account__account_id", "kind", "source")
    assert list(stored) == [
        (world.account.account_id, "confirmed", "abuse desk"),
        ("only-in-the-import", "cleared", "trust team"),
    ]
    assert AuditEvent.objects.filter(action="labels.imported").count() == 1
    listed = client.get("/api/v1/labels/?kind=cleared&standing=true").json()["results"]
    assert [row["account_id"] for row in listed] == ["only-in-the-import"]
