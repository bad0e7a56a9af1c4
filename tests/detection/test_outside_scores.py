"""Outside scores: one number for each subject and moment, whoever sends it again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.clock import now
from detection.models import OutsideScore
from detection.services import OutsideScoreRow, receive_outside_scores
from staff.permissions import Worker
from tests.factories import ApiAccountFactory

pytestmark = pytest.mark.django_db
WORKER = Worker("test")
AT = now()


@pytest.fixture(autouse=True)
def accounts() -> None:
    for name in ("a1", "a2"):
        ApiAccountFactory(account_id=name)


def row(score: float, *, account: str = "a1", session: str = "", at: Any = AT) -> OutsideScoreRow:
    return OutsideScoreRow("session" if session else "account", session or account, account, score, at)


def receive(*rows: OutsideScoreRow) -> tuple[int, list[str]]:
    added, refused = receive_outside_scores(rows=rows, name="n", version="1", actor=WORKER)
    return added, [why for _, why in refused]


def stored() -> list[float]:
    return sorted(OutsideScore.objects.values_list("score", flat=True))


def test_the_same_number_again_is_known() -> None:
    assert receive(row(0.5)) == (1, [])
    assert receive(row(0.5)) == (0, [])
    assert stored() == [0.5]


def test_a_different_number_for_the_same_subject_and_moment_is_refused() -> None:
    receive(row(0.5))
    assert receive(row(0.75)) == (0, ["score: 0.75 is not allowed; 0.5 stands for this subject at this moment"])
    assert stored() == [0.5]


def test_the_same_holds_within_one_delivery() -> None:
    assert receive(row(0.5), row(0.5), row(0.25)) == (
        1,
        ["score: 0.25 is not allowed; 0.5 stands for this subject at this moment"],
    )
    assert stored() == [0.5]


def test_another_moment_takes_another_number() -> None:
    assert receive(row(0.5), row(0.75, at=AT + timedelta(microseconds=1))) == (2, [])


def test_a_session_id_is_its_accounts() -> None:
    assert receive(row(0.5, session="c-1"), row(0.75, account="a2", session="c-1")) == (2, [])
    assert receive(row(0.5, account="a2", session="c-1"))[1] == [
        "score: 0.5 is not allowed; 0.75 stands for this subject at this moment"
    ]


def test_an_account_and_a_session_of_the_same_name_are_two_subjects() -> None:
    assert receive(row(0.5), row(0.75, session="a1")) == (2, [])
