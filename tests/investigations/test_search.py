"""Finding by id and by words: by index, whatever the words are made of."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from investigations.queries.search import matches
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_words_find_organisations_templates_and_starts_of_ids() -> None:
    reader = make.UserFactory()
    works = make.OrganisationFactory(name="Harbour Optics GmbH")
    template = make.TemplateFactory(skeleton="Rewrite the proof in <quoted> steps and verify each lemma")
    account = make.ApiAccountFactory(account_id="ACCT-Zed-1")
    make.CaseFactory(title="Lemma harvest")
    for text, kind, found in (
        ("harb opt", "organisations", [works]),
        ("OPTICS", "organisations", [works]),
        ("verify lemma", "templates", [template]),
        ("acct-zed", "accounts", [account]),
        ("arbour", "organisations", []),
    ):
        assert list(getattr(matches(text, reader=reader), kind)) == found, text
    assert [case.title for case in matches("lemma", reader=reader).cases] == ["Lemma harvest"]


@pytest.mark.parametrize("text", ["'; DROP TABLE", "a:* | b", "!!!", "\\", "' & '", "\x00", "日本 語", "%_%", "<b>:*"])
def test_hostile_words_find_nothing_and_break_nothing(client: Client, text: str) -> None:
    client.force_login(make.UserFactory())
    make.OrganisationFactory(name="Harbour Optics")
    answer = client.get("/search/", {"q": text})
    assert answer.status_code == 200 and b"Harbour" not in answer.content


def test_each_look_up_has_an_index_that_fits(django_assert_num_queries: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        # Of an empty table any index can be read from end to end.
        cursor.execute("SET LOCAL enable_indexonlyscan = off")
    make.OrganisationFactory.create_batch(3)
    with django_assert_num_queries(4):
        matches("exam", reader=make.UserFactory.build(pk=1))
    for statement, index in (
        ("SELECT 1 FROM accounts_apiaccount WHERE UPPER(account_id::text) LIKE UPPER('acct%')", "account_id_start"),
        (
            "SELECT 1 FROM accounts_organisation WHERE to_tsvector('simple'::regconfig, COALESCE(name, '')) @@ to_tsquery('simple', 'a:*')",
            "organisation_words",
        ),
        (
            "SELECT 1 FROM detection_template WHERE to_tsvector('simple'::regconfig, COALESCE(skeleton, '')) @@ to_tsquery('simple', 'a:*')",
            "template_words",
        ),
    ):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}")
            assert index in str(cursor.fetchall()), statement
