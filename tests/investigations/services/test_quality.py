"""Second reviews are drawn by a seed that anyone can repeat, given blind, and the figures have known answers."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import AuditEvent
from core.clock import now
from core.errors import Conflict, NotAllowed
from investigations.enums import DecisionState
from investigations.measures.agreement import agreement, draw
from investigations.models import Decision, FlaggedSession, SecondReview
from investigations.queries.quality import quality
from investigations.services.quality_export import quality_sheet
from investigations.services.review import set_verdict
from investigations.services.second_review import claim_next, draw_second_reviews, give_second_verdict
from staff.enums import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


def judged(count: int, by: Any, verdict: str = "true_positive", hours: int = 2) -> list[FlaggedSession]:
    made = make.FlaggedSessionFactory.create_batch(count)
    for number, session in enumerate(made):
        moment = now() - timedelta(minutes=1)
        FlaggedSession.objects.filter(pk=session.pk).update(
            verdict=verdict, verdict_reason="the first word", verdict_by=by, verdict_at=moment,
            flagged_at=moment - timedelta(hours=hours * (number + 1)),
        )  # fmt: skip
    return made


def test_kappa_and_its_error_are_those_of_the_delta_method() -> None:
    """Against derivatives taken by finite differences: nothing of the formula is used."""
    import numpy as np

    table = np.array([[20.0, 5, 2], [10, 15, 3], [1, 4, 12]])
    n, words = table.sum(), "abc"

    def kappa(p: Any) -> float:
        po, pe = np.trace(p), float(p.sum(1) @ p.sum(0))
        return (po - pe) / (1 - pe)

    p, h = table / n, 1e-6
    gradient = np.zeros_like(p)
    for place in np.ndindex(p.shape):
        step = np.zeros_like(p)
        step[place] = h
        gradient[place] = (kappa(p + step) - kappa(p - step)) / (2 * h)
    variance = ((gradient**2 * p).sum() - (gradient * p).sum() ** 2) / n
    pairs = [(words[i], words[j]) for i, j in np.ndindex(3, 3) for _ in range(int(table[i, j]))]
    found = agreement(pairs)
    assert found.kappa == pytest.approx(kappa(p)) and found.n_same == 47
    assert found.kappa_high - found.kappa == pytest.approx(1.959964 * variance**0.5, rel=1e-4)  # type: ignore[operator]
    assert agreement([("a", "a")] * 9).kappa is None and agreement([]).reason


def test_a_draw_is_repeated_from_its_record_and_takes_no_verdict_twice(settings: Any) -> None:
    settings.SECOND_REVIEW_SHARE = 0.3
    first = make.UserFactory()
    made = judged(10, first)
    one = draw_second_reviews()
    again = draw([str(session) for session in made], share=one.share, seed=one.seed)
    assert sorted(again) == sorted(str(review.session) for review in one.reviews.all()) and one.n_drawn == 3
    assert AuditEvent.objects.get(action="second_reviews.drawn").facts["seed"] == one.seed
    assert draw_second_reviews() is None
    settings.SECOND_REVIEW_SHARE = 1.0
    judged(2, first)
    FlaggedSession.objects.filter(pk__gt=made[-1].pk).update(verdict_at=now())
    assert draw_second_reviews().n_drawn == 2


def test_the_second_reviewer_sees_no_first_verdict_until_theirs_is_in(client: Client, settings: Any) -> None:
    settings.SECOND_REVIEW_SHARE = 1.0
    first, second = make.UserFactory(), make.UserFactory()
    (session,) = judged(1, first, "benign_positive")
    draw_second_reviews()
    assert claim_next(actor=first) is None  # nobody reviews their own verdict
    client.force_login(second)
    answer = client.post("/quality/next/")
    assert answer["Location"] == f"/sessions/{session.pk}/#session"
    told = ("benign positive", "the first word", str(first))
    for address in (f"/sessions/{session.pk}/", "/sessions/?show=all", f"/accounts/{session.account.account_id}/",
                    f"/api/v1/flagged-sessions/{session.pk}/", "/api/v1/flagged-sessions/"):  # fmt: skip
        body = client.get(address).content.decode().replace('value="benign_positive"', "")
        page = body.split("<dialog")[0]
        assert not any(word in page for word in told) and "benign_positive" not in page, address
    client.post(f"/sessions/{session.pk}/verdict/", {"verdict": "true_positive", "reason": "It is a harvest"})
    review = SecondReview.objects.get()
    assert (review.verdict, review.first_verdict, review.reviewer) == ("true_positive", "benign_positive", second)
    session.refresh_from_db()
    assert (session.verdict, session.verdict_by) == ("benign_positive", first)
    assert "the first word" in client.get(f"/sessions/{session.pk}/").content.decode()
    with pytest.raises(Conflict, match="done since"):
        give_second_verdict(review=review, verdict="true_positive", reason="again", actor=second)
    with pytest.raises(NotAllowed):
        give_second_verdict(review=review, verdict="true_positive", reason="mine", actor=first)


def test_the_figures_have_known_answers(settings: Any, client: Client) -> None:
    settings.SECOND_REVIEW_SHARE = 1.0
    first, second, lead = make.UserFactory(), make.UserFactory(), make.UserFactory(role=Role.LEAD)
    judged(4, first)
    draw_second_reviews()
    for word in ("true_positive", "true_positive", "true_positive", "false_positive"):
        give_second_verdict(review=claim_next(actor=second), verdict=word, reason="r", actor=second)
    old = make.FlaggedSessionFactory()
    FlaggedSession.objects.filter(pk=old.pk).update(flagged_at=now() - timedelta(days=3))
    for number in range(4):
        decision = make.DecisionFactory(state=DecisionState.REVERSED if number == 0 else DecisionState.ENFORCED)
        proposed = now() - timedelta(hours=number + 1)
        Decision.objects.filter(pk=decision.pk).update(proposed_at=proposed, approved_at=now())
    found = quality(days=30, reader=lead)
    assert (found.agreement.n, found.agreement.n_same) == (4, 3) and found.agreement.kappa == 0.0
    verdicts, decisions = found.spans
    assert (verdicts.n, verdicts.median_s) == (4, pytest.approx(5 * 3600, rel=1e-3))  # 2, 4, 6, 8 hours
    assert verdicts.p90_s == pytest.approx(7.4 * 3600, rel=1e-3)
    assert decisions.median_s == pytest.approx(2.5 * 3600, rel=1e-2)
    assert (found.reversals.k, found.reversals.n) == (1, 4) and found.reversals.low == pytest.approx(0.0456, abs=1e-3)
    assert found.oldest[0].name == str(old) and found.oldest[0].age_s == pytest.approx(3 * 86_400, rel=1e-3)
    assert [str(one.session) for one in found.disagreements] == [str(SecondReview.objects.order_by("id")[3].session)]
    client.force_login(first)
    assert client.get("/quality/").status_code == 403 and client.get("/quality/export.csv").status_code == 403
    client.force_login(lead)
    assert client.get("/quality/?days=90").status_code == 200
    assert client.get("/quality/export.json").json()["figures"][0]["n"] == 4
    assert client.get("/quality/?days=7").status_code == 422


def test_no_cell_of_the_sheet_is_a_formula() -> None:
    columns = ("figure", "value", "unit", "n", "low", "high", "note")
    hostile = dict.fromkeys(columns, "=cmd|'/c calc'!A1") | {"n": -4, "value": "@SUM(A1)"}
    (cells,) = list(csv.reader(io.StringIO(quality_sheet([hostile]))))[1:]
    assert all(not cell.startswith(("=", "+", "@", "\t")) for cell in cells) and cells[3] == "-4"


def test_whoever_was_shown_a_verdict_gives_no_second_one_on_it(client: Client, settings: Any) -> None:
    settings.SECOND_REVIEW_SHARE = 1
    first, lea, lars, ines = (make.UserFactory(lead=one == 1) for one in range(4))
    flags = [make.FlaggedSessionFactory() for _ in range(3)]
    case = make.CaseFactory()
    make.CaseAccountFactory(case=case, account=flags[1].account)
    client.force_login(lea)
    client.get(f"/sessions/{flags[2].pk}/")  # before its verdict, which tells nothing
    for flag in flags:
        set_verdict(session=flag, verdict="true_positive", reason="It is", actor=first)
    draw_second_reviews()
    client.get(f"/sessions/{flags[0].pk}/")
    client.get(f"/sessions/{flags[0].pk}/")
    client.get(f"/cases/{case.code}/")
    events = AuditEvent.objects.filter(action="verdict.read")
    assert [(event.actor, event.subject) for event in events] == [(lea.audit_name, f"account:{flags[0].account}")]
    taken = claim_next(actor=lea)
    assert taken is not None and taken.session == flags[2], "the account's page and the case told her the other two"
    give_second_verdict(review=taken, verdict="true_positive", reason="So", actor=lea)
    assert claim_next(actor=lea) is None
    told = client.post("/quality/next/", follow=True).content.decode()
    assert "Of 2 others you were shown the first verdict" in told
    client.force_login(lars)
    client.get(f"/accounts/{flags[0].account.account_id}/")
    assert claim_next(actor=lars).session == flags[1]
    assert claim_next(actor=ines).session == flags[0]
