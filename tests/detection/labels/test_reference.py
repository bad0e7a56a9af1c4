"""Who counts as honest or harvesting: the rules case by case, as of any moment, contradictions shown and never guessed at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from detection.labels import reference
from detection.labels.reference import CONTRADICTED, Reference, Word, reference_for_run, resolve
from detection.models import Label
from tests.factories import ApiAccountFactory, LabelFactory

DAY = datetime(2026, 5, 1, tzinfo=UTC)


def word(kind: str, basis: str = "clearance", *, source: str = "", day: int = 0, decided: int | None = None) -> Word:
    at = DAY + timedelta(days=decided) if decided is not None else None
    return Word("a", kind, basis, source, at, DAY + timedelta(days=day))


def past(kind: str, source: str = "desk", *, decided: int | None = None, day: int = 0) -> Word:
    return word(kind, "import", source=source, decided=decided, day=day)


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ([word("cleared")], "cleared"),
        ([past("confirmed")], "confirmed"),
        ([word("cleared"), word("cleared", "verdict")], "cleared"),
        ([word("cleared"), word("confirmed", "verdict on C-0001", day=9)], CONTRADICTED),
        ([past("confirmed", decided=1), word("cleared", day=2)], "cleared"),
        ([past("confirmed", decided=3, day=9), word("cleared", day=2)], CONTRADICTED),
        ([past("confirmed", day=1), word("cleared", day=2)], "cleared"),
        ([past("confirmed", day=3), word("cleared", day=2)], CONTRADICTED),
        ([past("cleared", decided=3), word("cleared", day=2)], "cleared"),
        ([past("confirmed", decided=1), past("cleared", decided=5)], "cleared"),
        ([past("confirmed", decided=1), past("cleared", decided=1)], CONTRADICTED),
        ([past("confirmed", "one"), past("cleared", "two", decided=40)], CONTRADICTED),
        ([past("confirmed", "one", decided=1), past("cleared", "one", decided=2), past("cleared", "two")], "cleared"),
    ],
)
def test_rules(words: list[Word], outcome: str) -> None:
    assert resolve(words) == resolve(words[::-1]) == outcome


def test_no_word_is_no_clearance() -> None:
    with pytest.raises(ValueError, match="words"):
        resolve([])


@pytest.fixture
def labelled() -> dict[str, Label]:
    """One account each: cleared, confirmed, contradicted, cleared after an imported ban, withdrawn, none."""
    names = ("clean", "bad", "both", "appeal", "gone", "silent")
    accounts = {name: ApiAccountFactory(account_id=name) for name in names}
    made = {
        "clean": LabelFactory(account=accounts["clean"]),
        "bad": LabelFactory(account=accounts["bad"], kind="confirmed"),
        "both": LabelFactory(account=accounts["both"]),
        "ban": LabelFactory(
            account=accounts["appeal"], kind="confirmed", basis="import", source="desk", decided_at=DAY
        ),
        "gone": LabelFactory(account=accounts["gone"]),
    }
    made["both2"] = LabelFactory(account=accounts["both"], kind="confirmed", basis="clearance")
    made["appeal"] = LabelFactory(account=accounts["appeal"], basis="clearance")
    Label.objects.update(given_at=DAY + timedelta(days=10))
    Label.objects.filter(pk=made["gone"].pk).update(withdrawn_at=DAY + timedelta(days=20))
    return made


@pytest.mark.django_db
def test_the_reference_as_it_stands_and_as_it_stood(
    labelled: dict[str, Label], django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        now = reference_for_run()
    assert now == Reference(frozenset({"clean", "appeal"}), frozenset({"bad"}), frozenset({"both"}))
    then = reference_for_run(DAY + timedelta(days=15))
    assert then.cleared == now.cleared | {"gone"} and then.digest != now.digest
    assert reference_for_run(DAY) == Reference()


@pytest.mark.django_db
def test_counts_and_disputes_for_the_page(labelled: dict[str, Label], django_assert_num_queries: object) -> None:
    ApiAccountFactory(verified_customer=True)
    with django_assert_num_queries(3):  # type: ignore[operator]
        counts = reference.reference_counts()
    assert (counts.cleared, counts.confirmed, counts.contradicted, counts.verified) == (2, 1, 1, 1)
    with django_assert_num_queries(1):  # type: ignore[operator]
        disputed = reference.disputed_accounts(None)
    assert [(item.account.account_id, item.outcome) for item in disputed] == [
        ("both", CONTRADICTED),
        ("appeal", "cleared"),
    ]
    assert len(disputed[0].labels) == 2
