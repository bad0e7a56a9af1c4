"""Whoever still owes a vote or a second verdict finds the words of those before them on no address of the desk, whichever way."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from audit.models import AuditEvent
from core.clock import now
from core.errors import Conflict, DomainError
from detection.models import Label
from investigations import services
from investigations.casefile.services import open_export
from investigations.models import Case, CaseExport, Decision, FlaggedSession, SecondReview
from investigations.services import second_review, statements
from staff.models import Notice, User
from staff.permissions import MATRIX
from tests import factories as make
from tests.access.rules import PUBLIC, RULES, SIGNED_IN
from tests.support.pages import Reader
from tests.support.routes import known
from tests.support.world import World

pytestmark = pytest.mark.django_db
FIRST, PROPOSER, VOTE, OVERRIDE = "WordsOfTheFirstVerdict", "WordsOfTheProposer", "WordsOfAVote", "WordsOfAnOverride"
EXHIBIT, NOTE, CAMPAIGN, REWORDING, REFUSED = (
    "WordsOnAnExhibit",
    "WordsOfANote",
    "WordsOnTheCampaign",
    "WordsOfARewording",
    "{WordsRefused}",
)


@pytest.fixture
def owed(world: World, settings: Any) -> SimpleNamespace:
    """Lea holds a second review of a session that Ivan judged with its sister, and may vote on what Leo approved."""
    who, settings.SECOND_REVIEW_SHARE, settings.APPROVAL_SECOND_ACCOUNTS = world.people, 1, 1
    lea = make.UserFactory(username="lea", lead=True)
    case = Case.objects.get(code=world.things["cases/<str:code>"])
    flag = FlaggedSession.objects.get(pk=world.things["sessions/<int:number>"])
    flags = [flag, make.FlaggedSessionFactory(account=flag.account, campaign=flag.campaign)]
    services.set_verdict_many(sessions=flags, verdict="benign_positive", reason=FIRST, actor=who.ivan)
    services.set_campaign_verdict(campaign=flag.campaign, verdict="benign_positive", reason=CAMPAIGN, actor=who.ivan)
    services.add_note(case=case, text=NOTE, actor=who.ivan)
    services.pin_exhibit(case=case, kind="session", ref=str(flag), reason=EXHIBIT, actor=who.ivan)
    second_review.draw_second_reviews()
    review = second_review.claim_next(actor=lea)
    assert review is not None and review.session.account == flag.account
    safe = make.ApiAccountFactory(verified_customer=True)
    make.CaseAccountFactory(case=case, account=safe)
    decision = services.propose_decision(
        case=case, action="suspend", clause="Terms 4.2", reason=PROPOSER, benign_reading=PROPOSER,
        exhibits=list(case.exhibits.all()), accounts=[safe], overrides={safe.account_id: OVERRIDE}, actor=who.ines,
    )  # fmt: skip
    item = decision.items.get()
    statements.edit_statement(item=item, text="You are suspended", reason=REWORDING, actor=who.ines)
    for body in (f"You are suspended. {REFUSED}", ""):
        with pytest.raises(DomainError):
            statements.edit_wording(decision=decision, body=body, reason=REWORDING, actor=who.ines)
    decision.refresh_from_db()
    services.approve_decision(decision=decision, actor=who.leo, reason=VOTE)
    with pytest.raises(Conflict):
        statements.edit_statement(item=item, text=REFUSED, reason=REWORDING, actor=who.ines)
    return SimpleNamespace(**locals())


def addresses(world: World, owed: SimpleNamespace, reader: User) -> Iterator[str]:
    """Every address that the reader may read, and those of its filters and of the admin that a leak could come through."""
    things = world.things | {"decisions/<str:code>": owed.decision.code, "api/v1/decisions/<code>": owed.decision.code}
    things["decisions/<str:code>/accounts/<int:number>"] = owed.decision.items.get().pk
    for route in known(things, RULES):
        needs = RULES[route.name].get
        one_of = needs if isinstance(needs, tuple) else (needs,)
        if needs is not None and (needs in (SIGNED_IN, PUBLIC) or any(one in MATRIX[reader.role] for one in one_of)):
            yield route.address(things)
    flag, case, decision = owed.flag, owed.case, owed.decision
    yield from (f"/sessions/?show={show}" for show in ("open", "decided", "all"))
    yield from (f"/api/v1/flagged-sessions/?{query}" for query in ("verdict=benign_positive", "open=false"))
    yield from (f"/api/v1/flagged-sessions/{one.pk}/" for one in owed.flags)
    yield from (f"/sessions/{one.pk}/" for one in owed.flags)
    yield f"/api/v1/decisions/{decision.code}/items/"
    yield f"/cases/{case.code}/?kind=decisions"
    yield f"/cases/{case.code}/?kind=flags&order=oldest"
    yield f"/detection/labels/?account_id={flag.account.account_id}"
    yield f"/campaigns/{flag.campaign.code}/"
    yield f"/audit/?subject=campaign:{flag.campaign.code}"
    yield f"/audit/?subject=account:{decision.items.get().account}"
    yield from (f"/api/v1/cases/{case.code}/{part}/" for part in ("notes", "exhibits"))
    for section, rows in (("investigations/flaggedsession", owed.flags), ("investigations/decision", [decision])):
        yield from (f"/admin/{section}/", *(f"/admin/{section}/{row.pk}/change/" for row in rows))
    events = AuditEvent.objects.filter(subject__in=[f"decision:{decision.code}", *(f"session:{f}" for f in owed.flags)])
    for event in events:
        yield f"/audit/?subject={event.subject}&action={event.action[:3]}"
        yield f"/admin/audit/auditevent/{event.pk}/change/"


def told(client: Client, address: str) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code < 500 or answer.status_code == 503, address
    return b"".join(answer.streaming_content).decode(errors="replace") if answer.streaming else answer.content.decode()


def test_nobody_reads_what_was_said_before_their_own_word_is_in(world: World, owed: SimpleNamespace) -> None:
    who, lea, decision, flag = owed.who, owed.lea, owed.decision, owed.flag
    desk, leaks = {lea: Reader(), who.ivan: Reader()}, []
    near = (decision.code, owed.case.code, flag.account.account_id, str(flag.pk), "/audit", "/admin/")
    for person, words in (
        (lea, (FIRST, EXHIBIT, NOTE, CAMPAIGN, PROPOSER, VOTE, OVERRIDE, REWORDING, REFUSED, "vote.cast", "vote cast")),
        (who.ivan, (PROPOSER, VOTE, REWORDING, REFUSED)),
    ):
        desk[person].force_login(person)
        every = addresses(world, owed, person)
        for address in every if person == lea else (one for one in every if decision.code in one):
            page = told(desk[person], address)
            leaks += [f"{person.username} reads {word} at {address}" for word in words if word in page]
    assert leaks == []
    listed = [
        desk[lea].get(f"/api/v1/flagged-sessions/?{q}").json()["results"]
        for q in ("verdict=benign_positive", "open=false")
    ]
    assert listed == [[], []], "a filter tells nothing either"
    assert all(desk[lea].get(f"/api/v1/flagged-sessions/{one.pk}/").json()["verdict"] == "" for one in owed.flags)
    assert str(flag) not in told(desk[lea], "/sessions/?show=decided") + told(
        desk[lea], "/admin/investigations/flaggedsession/"
    )
    assert Label.objects.filter(account=flag.account, basis="verdict").exists()
    assert Notice.objects.filter(person=lea, subject=decision.code).count() == 1, "a second one would tell of the vote"
    with pytest.raises(Conflict, match="blind"):
        services.set_verdict(session=owed.flags[1], verdict="true_positive", reason="Over it", actor=lea)
    export = CaseExport.objects.filter(case=owed.case).first()
    assert export is not None
    export.state, export.finished_at = "ready", now()
    with pytest.raises(Conflict, match="still vote"):
        open_export(export=export, actor=lea)

    services.approve_decision(decision=decision, actor=lea, reason="Convinced")
    Decision.objects.filter(case=owed.case, state="proposed").update(state="withdrawn")
    with pytest.raises(Conflict, match="second review"):
        open_export(export=export, actor=lea)
    given = {"verdict": "true_positive", "reason": "It is one", "expected": ""}
    answer = desk[lea].post(
        f"/api/v1/flagged-sessions/{owed.review.session_id}/verdict/", given, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    assert SecondReview.objects.get(pk=owed.review.pk).verdict == "true_positive"
    seen = "".join(told(desk[lea], one) for one in addresses(world, owed, lea) if any(name in one for name in near))
    assert all(word in seen for word in (FIRST, EXHIBIT, NOTE, PROPOSER, VOTE, OVERRIDE, REWORDING, "vote.cast")), (
        "all of it is there afterwards"
    )


def test_whoever_was_shown_a_verdict_in_a_list_gives_no_blind_second_one(
    client: Client, world: World, owed: SimpleNamespace
) -> None:
    second_review.release_second_review(review=owed.review, actor=owed.lea)
    flag, case, decision = owed.flag, owed.case.code, owed.decision.code
    for address in (
        "/sessions/?show=decided", "/api/v1/flagged-sessions/?open=false", "/detection/labels/", "/api/v1/labels/",
        "/admin/investigations/flaggedsession/", f"/admin/investigations/flaggedsession/{flag.pk}/change/",
        f"/campaigns/{flag.campaign.code}/", f"/decisions/{decision}/", f"/api/v1/cases/{case}/exhibits/",
    ):  # fmt: skip
        reader = make.UserFactory(lead=True)
        client.force_login(reader)
        for _ in range(2):
            assert client.get(address).status_code == 200
        read = AuditEvent.objects.filter(actor=reader.audit_name, action__in=("verdict.read", "case.viewed"))
        subjects = list(read.values_list("subject", flat=True))
        assert len(subjects) == len(set(subjects)) > 0, f"{address}: one event, however often"
        assert second_review.claim_next(actor=reader) is None, address
    assert second_review.claim_next(actor=make.UserFactory(lead=True)) is not None
