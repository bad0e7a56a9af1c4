"""The search of texts in the lake finds what a plain scan finds, stops when told, and says what it left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from audit.models import AuditEvent
from core.clock import now
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from investigations.models import SearchHit, TextSearch
from investigations.services import text_search
from investigations.words.matching import find, folded
from staff.enums import Role
from tests import factories as make
from tests.support.lake import exchange, fill_lake

START = datetime(2026, 5, 1, tzinfo=UTC)
HOSTILE = (
    "Explain the CAT in detail", "Concatenate strings", "cat_food", "the cat", "ein Kater", "100% of _cat_ here",
    "\u202ecat\u202c reversed", "c\u200bat hidden", "ΣΟΦΟΣ says cat", "İstanbul CAT", "<script>alert('cat')</script>",
    "=cmd|'/c calc'!cat", "'; DROP TABLE cat; --", "\\cat\\", "cat\x00nul", "日本cat語", "CAT CAT cat", "", None, "ＣＡＴ wide",
    "straße STRASSE", "line\ncat\nline", "e\u0301cat", "cat" * 50,
)  # fmt: skip


@pytest.fixture
def lake(db: None) -> list[dict[str, Any]]:
    """48 exchanges of four accounts in two files, a day apart; the second file's responses hold what prompts do."""
    rows = []
    for day in range(2):
        for number, text in enumerate(HOSTILE):
            moment = START + timedelta(days=day, minutes=number)
            texts = {"prompt": text, "response": text if day else None, "exchange_id": f"ex-{day}-{number:03d}"}
            rows.append(exchange(f"acct-{number % 4}", number, moment, **texts))
        fill_lake(rows[-len(HOSTILE) :])
    return rows


def _run(actor: Any, text: str, **given: Any) -> TextSearch:
    search = text_search.start_search(
        text=text, fields=given.pop("fields", ["prompt"]), reason="Leads name it", actor=actor, **given
    )
    text_search.run_search(search_id=search.pk)
    search.refresh_from_db()
    return search


@pytest.mark.django_db
@pytest.mark.parametrize("whole_word", [False, True])
@pytest.mark.parametrize(
    "text", ["cat", "CAT", "σοφος", "İst", "%", "_cat_", "'; DROP", "strasse", "\\cat", "日本", "=cmd|"]
)
def test_it_finds_what_a_plain_scan_finds(lake: list[dict[str, Any]], text: str, whole_word: bool) -> None:
    if len(text) < text_search.SHORTEST:
        text = "100%" if text == "%" else "日本cat"
    person = make.UserFactory()
    search = _run(person, text, whole_word=whole_word, fields=["prompt", "response"])
    expected = {
        (row["exchange_id"], field)
        for row in lake
        for field in ("prompt", "response")
        if row[field] and find(row[field], text, whole_word=whole_word)
    }
    if not whole_word:  # and the plain meaning, written another way
        assert expected == {
            (r["exchange_id"], f) for r in lake for f in ("prompt", "response") if folded(text) in folded(r[f] or "")
        }
    assert set(search.hits.values_list("exchange_id", "field")) == expected
    assert (search.state, search.n_hits, search.n_rows_done) == ("finished", len(expected), len(lake))
    texts = {row["exchange_id"]: row for row in lake}
    for hit in search.hits.all():
        whole = texts[hit.exchange_id][hit.field]
        assert folded(whole[hit.position : hit.position + hit.length]) == folded(text) and hit.n_chars == len(whole)


@pytest.mark.django_db
def test_the_window_is_kept_and_a_cap_is_said(lake: list[dict[str, Any]], settings: Any) -> None:
    person = make.UserFactory()
    whole = _run(person, "cat")
    first_day = _run(person, "cat", end=START + timedelta(days=1))
    assert whole.n_hits == 2 * first_day.n_hits and {h.exchange_id[3] for h in first_day.hits.all()} == {"0"}
    settings.SEARCH_MAX_HITS = 5
    capped = _run(person, "cat")
    assert (capped.n_hits, capped.capped, capped.state) == (5, True, "finished")
    settings.SEARCH_MAX_HITS = whole.n_hits
    assert not _run(person, "cat").capped


@pytest.mark.django_db
def test_bad_input_names_what_is_allowed(lake: list[dict[str, Any]]) -> None:
    person = make.UserFactory()
    ask = {"fields": ["prompt"], "reason": "x", "actor": person}
    for given, word in (
        ({"text": "ab"}, "3 to 400"), ({"text": "a" * 401}, "3 to 400"), ({"text": "cat", "fields": ["ip"]}, "prompt"),
        ({"text": "cat", "reason": " "}, "reason"), ({"text": "cat", "start": START, "end": START}, "after the start"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=word):
            text_search.start_search(**{**ask, **given})
    with pytest.raises(NotAllowed):
        text_search.start_search(text="cat", **{**ask, "actor": make.UserFactory(role=Role.AUDITOR)})
    for _ in range(3):
        text_search.start_search(text="cat", **ask)
    with pytest.raises(Conflict, match="under way"):
        text_search.start_search(text="cat", **ask)


@pytest.mark.django_db
def test_cancel_keeps_what_was_found_and_a_killed_worker_goes_on(lake: list[dict[str, Any]], monkeypatch: Any) -> None:
    person = make.UserFactory()
    monkeypatch.setattr(text_search, "STEP_ROWS", 1)  # one file a step
    search = text_search.start_search(text="cat", fields=["prompt"], reason="x", actor=person)
    assert text_search._step(search.pk)  # a worker that is killed after its first step
    search.refresh_from_db()
    half = search.n_hits
    assert half and search.n_rows_done == len(HOSTILE)
    TextSearch.objects.filter(pk=search.pk).update(heartbeat_at=now() - timedelta(minutes=5))
    assert text_search.resume_searches() == 1
    text_search.run_search(search_id=search.pk)
    search.refresh_from_db()
    assert (search.state, search.n_hits) == ("finished", 2 * half)
    other = text_search.start_search(text="cat", fields=["prompt"], reason="x", actor=person)
    assert text_search._step(other.pk)
    with pytest.raises(NotFound):
        text_search.cancel_search(search=other, actor=make.UserFactory())
    text_search.cancel_search(search=other, actor=person)
    text_search.run_search(search_id=other.pk)
    other.refresh_from_db()
    assert (other.state, other.n_hits, other.n_rows_done) == ("cancelled", half, len(HOSTILE))


@pytest.mark.django_db
def test_hits_are_masked_reading_one_is_an_event_and_accounts_go_to_a_case(
    client: Client, lake: list[dict[str, Any]], staff: SimpleNamespace
) -> None:
    for number in range(4):
        make.ApiAccountFactory(account_id=f"acct-{number}")
    search = _run(staff.ines, "alert('cat')")
    client.force_login(staff.ines)
    page = client.get(f"/search/text/{search.pk}/").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;" not in page and "masked" in page
    hit = SearchHit.objects.filter(search=search).first()
    shown = client.post(f"/search/text/{search.pk}/hits/{hit.pk}/", {"reason": "To judge it"}).content.decode()
    assert "&lt;script&gt;<mark>alert(&#x27;cat&#x27;)</mark>&lt;/script&gt;" in shown
    event = AuditEvent.objects.get(action="exchange.revealed")
    assert (event.subject, event.facts["reason"]) == (f"exchange:{hit.exchange_id}", "To judge it")
    assert text_search._masked("cat of jo@example.org", 0, 3) == "cat of ██████████████"
    answer = client.post(
        f"/search/text/{search.pk}/case/", {"account": [hit.account_id], "title": "Found", "reason": "It asks so"}
    )
    assert answer.status_code == 302 and "/cases/CASE-" in answer["Location"]
    chosen = client.post("/selections/", {"source": "search", "search": search.pk})
    assert chosen.status_code == 302 and "/selections/" in chosen["Location"]
    client.force_login(staff.ivan)
    assert client.get(f"/search/text/{search.pk}/").status_code == 404
    client.force_login(staff.leo)  # reads the trail, which holds the searched text
    assert client.get(f"/search/text/{search.pk}/").status_code == 200
