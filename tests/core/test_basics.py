"""Text, canonical JSON, figures, paging and errors."""

from __future__ import annotations

import json
import unicodedata

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from core.canonical import canonical_json, digest, plain
from core.errors import InvalidInput
from core.figures import compact, p_value, share
from core.paging import keyset_page
from core.text import one_line, storable, visible
from investigations.models import FlaggedSession
from tests.factories import CampaignFactory, FlaggedSessionFactory

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_visible_text_holds_nothing_hidden(text: str) -> None:
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"} and c not in "\n\t"]
    assert visible(shown) == shown


@given(ANY_TEXT)
def test_storable_text_is_utf8_without_nul(text: str) -> None:
    kept = storable(text)
    kept.encode("utf-8")
    assert "\x00" not in kept


@given(ANY_TEXT, st.integers(2, 200))
def test_one_line_is_one_short_line(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert "\n" not in line
    assert len(line) <= limit


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_canonical_json_reads_back_and_ignores_order(value: object) -> None:
    assert json.loads(canonical_json(value)) == value
    assert canonical_json(value) == rfc8785.dumps(plain(value)), "the fast way gives the same bytes"
    if isinstance(value, dict):
        assert digest(dict(reversed(value.items()))) == digest(value)


def test_canonical_json_keeps_what_json_cannot() -> None:
    assert canonical_json({"n": 2**60, "s": "\ud800"}) == b'{"n":"1152921504606846976","s":"\\\\u{D800}"}'
    with pytest.raises(ValueError, match="None with a reason"):
        canonical_json(float("nan"))


@pytest.mark.parametrize(
    ("value", "shown"), [(2.1e-9, "2·10⁻⁹"), (0.034, "0.034"), (None, "no p"), (0, "< 10⁻³⁰⁰"), (1, "1")]
)
def test_p_values(value: float | None, shown: str) -> None:
    assert p_value(value) == shown


@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_a_p_value_lies_between_0_and_1(value: float) -> None:
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        p_value(value)


def test_shares_and_counts_say_of_how_many() -> None:
    assert [share(43, 50), share(1, 0), share(None, 5)] == ["86 % of 50", "none of 0", "none of 0"]
    assert [compact(None), compact(41902), compact(38_600_000)] == ["—", "41,902", "38.6 M"]


def test_invalid_input_names_argument_value_and_range() -> None:
    error = InvalidInput("limit", "x" * 500, "it is a whole number")
    assert error.message.startswith("limit: 'xxx")
    assert len(error.message) < 200
    assert error.status == 422


@pytest.mark.django_db
def test_keyset_pages_meet_every_row_once_also_when_keys_tie() -> None:
    campaign = CampaignFactory()
    made = [FlaggedSessionFactory(campaign=campaign, strength=n % 3).pk for n in range(11)]
    seen, mark = [], None
    while True:
        page = keyset_page(FlaggedSession.objects.all(), key="-strength,-id", after=mark, size=3)
        seen += [row.pk for row in page.items]
        mark = page.next
        if mark is None:
            break
    assert sorted(seen) == sorted(made)
    assert seen == list(FlaggedSession.objects.order_by("-strength", "-id").values_list("pk", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("mark", ["!!", "e30", "WzFd", "W10", "\u202e", "WyJ4IiwgInkiXQ"])
def test_a_mark_of_somebody_elses_making_is_refused(mark: str) -> None:
    with pytest.raises(InvalidInput):
        keyset_page(FlaggedSession.objects.all(), key="-strength,-id", after=mark)
