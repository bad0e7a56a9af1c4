"""Judgements on links: a person's word with its reason, the latest stands, every one is kept."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

from accounts.judgements import judge_link, judgements_for_run, pair_history, standing_judgements, standing_words
from accounts.models import LinkJudgement
from audit.models import AuditEvent
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from staff.permissions import Worker
from tests.factories import ApiAccountFactory, people

pytestmark = pytest.mark.django_db
WHY = "Both keys were bought in one order; the invoice is in the file"


@pytest.fixture
def desk() -> SimpleNamespace:
    a, b, c = (ApiAccountFactory(account_id=name) for name in ("zeta", "alpha", "mid"))
    return SimpleNamespace(a=a, b=b, c=c, **vars(people()))


def judge(desk: SimpleNamespace, one: str, other: str, word: str, **options: object) -> LinkJudgement:
    return judge_link(account_id=one, other_id=other, judgement=word, reason=WHY, actor=desk.ines, **options)  # type: ignore[arg-type]


def test_the_latest_word_stands_and_each_is_kept(desk: SimpleNamespace) -> None:
    first = judge(desk, "zeta", "alpha", "same_operator")
    assert judgements_for_run().same == (("alpha", "zeta"),)
    second = judge(desk, "alpha", "zeta", "not_same")
    assert judgements_for_run().same == () and judgements_for_run().apart == (("alpha", "zeta"),)
    assert list(pair_history(desk.b, desk.a)) == [second, first]
    judge(desk, "zeta", "alpha", "undecided")
    assert judgements_for_run() == type(judgements_for_run())()


def test_a_run_of_the_past_reads_what_stood_then(desk: SimpleNamespace) -> None:
    first = judge(desk, "zeta", "alpha", "same_operator")
    judge(desk, "zeta", "alpha", "not_same")
    LinkJudgement.objects.filter(pk=first.pk).update(given_at=first.given_at - timedelta(days=9))
    assert judgements_for_run(first.given_at - timedelta(days=1)).same == (("alpha", "zeta"),)
    assert judgements_for_run(first.given_at - timedelta(days=30)).same == ()
    assert judgements_for_run().apart == (("alpha", "zeta"),)


def test_one_event_tells_who_said_what_of_which_accounts(desk: SimpleNamespace) -> None:
    judge(desk, "zeta", "mid", "same_operator")
    judge(desk, "zeta", "mid", "not_same")
    event = AuditEvent.objects.filter(action="link.judged").latest("seq")
    assert event.actor == desk.ines.audit_name
    facts = json.loads(event.payload)["facts"]
    assert facts["accounts"] == ["zeta", "mid"] and facts["before"] == "same_operator" and facts["reason"] == WHY


def test_whoever_judges_what_changed_meanwhile_is_told(desk: SimpleNamespace) -> None:
    seen = judge(desk, "zeta", "mid", "same_operator", expected=0)
    judge(desk, "zeta", "mid", "undecided", expected=seen.pk)
    with pytest.raises(Conflict, match="undecided"):
        judge(desk, "zeta", "mid", "not_same", expected=seen.pk)
    assert LinkJudgement.objects.count() == 2


@pytest.mark.parametrize(
    ("one", "other", "word", "reason", "error"),
    [
        ("zeta", "zeta", "not_same", WHY, InvalidInput),
        ("zeta", "nobody", "not_same", WHY, NotFound),
        ("zeta", "mid", "perhaps", WHY, InvalidInput),
        ("zeta", "mid", "not_same", "  ", InvalidInput),
        ("zeta", "mid", "not_same", "x" * 4_001, InvalidInput),
    ],
)
def test_what_is_refused_leaves_nothing(
    desk: SimpleNamespace, one: str, other: str, word: str, reason: str, error: type
) -> None:
    events = AuditEvent.objects.count()
    with pytest.raises(error):
        judge_link(account_id=one, other_id=other, judgement=word, reason=reason, actor=desk.ines)
    assert not LinkJudgement.objects.exists() and AuditEvent.objects.count() == events


def test_only_reviewers_judge(desk: SimpleNamespace) -> None:
    for actor in (desk.lena, desk.admin, desk.otto, Worker("x")):
        with pytest.raises(NotAllowed):
            judge_link(account_id="zeta", other_id="mid", judgement="not_same", reason=WHY, actor=actor)


def test_lists_are_narrowed_and_cost_one_query(desk: SimpleNamespace, django_assert_num_queries: object) -> None:
    judge(desk, "zeta", "alpha", "same_operator")
    judge(desk, "zeta", "mid", "not_same")
    with django_assert_num_queries(1):  # type: ignore[operator]
        rows = [(row.first.account_id, row.second.account_id) for row in standing_judgements(judgement="not_same")]
    assert rows == [("zeta", "mid")]
    assert standing_judgements(account_id="alpha").count() == 1
    with django_assert_num_queries(1):  # type: ignore[operator]
        words = standing_words({("alpha", "zeta"), ("mid", "alpha")})
    assert words["alpha", "zeta"] == words["zeta", "alpha"] and ("mid", "alpha") not in words
    with pytest.raises(InvalidInput):
        standing_judgements(judgement="maybe")
