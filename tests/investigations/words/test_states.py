"""The page of states is the tables' own."""

from __future__ import annotations

from django.conf import settings

from investigations.words.states import case_states_page


def test_the_page_is_current() -> None:
    page = settings.BASE_DIR / "docs" / "concepts" / "case-states.md"
    assert page.read_text(encoding="utf-8") == case_states_page(), "run manage.py write_case_states"
