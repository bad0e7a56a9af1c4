"""The certification drafts state facts, leave the witness's statements blank, and conclude nothing."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from core.canonical import sha256_hex
from investigations.casefile import services
from investigations.casefile.certifications import BLANK, CertificationFacts, certifications
from investigations.services import record_case_view
from tests.factories.investigations import CaseAccountFactory, FlaggedSessionFactory, SamplePromptFactory
from tests.factories.staff import UserFactory
from tests.factories.traffic import PullFactory
from tests.support.exports import ask

CONCLUSIONS = r"\b(authentic|accurate result is|reliable|trustworthy|proves?|regularly conducted activity\.)"


def test_an_empty_case_still_gives_three_drafts_with_blanks() -> None:
    facts = CertificationFacts(
        **dict.fromkeys(("case", "export", "form", "requested_by", "requested_at", "opened_at", "owner"), "x"),
        **dict.fromkeys(("product", "version", "commit", "platform", "self_test", "clocks"), "x"),
        **dict.fromkeys(("sources", "gaps", "incidents", "runs", "people", "files"), ()),
        tools={},
        counts={},
    )
    texts = certifications(facts)
    assert sorted(texts) == [f"certification-902-{n}.txt" for n in (11, 13, 14)]
    assert "none recorded" in texts["certification-902-13.txt"]
    for text in texts.values():
        assert text.startswith("DRAFT - NOT SIGNED") and "28 U.S.C. 1746" in text and text.count(BLANK) >= 10
        assert "under the laws of the United States of" in " ".join(text.split())
        assert max(map(len, text.splitlines())) <= 120
        body = text.split("\n1. ", 1)[1]
        assert not re.search(CONCLUSIONS, body.replace("gives an accurate result, when", "")), body


@pytest.mark.django_db(transaction=True)
def test_drafts_in_a_bag_name_what_ran_who_ran_it_and_digests_that_are_true(tmp_path: Path) -> None:
    member, reader = CaseAccountFactory(), UserFactory(lead=True)
    SamplePromptFactory(session=FlaggedSessionFactory(account=member.account))
    pull = PullFactory(n_received=1000, n_stored=990, n_quarantined=10)
    record_case_view(case=member.case, actor=reader)
    export = ask(member.case, purpose="notice", actor=reader)
    services.write_export(export=export)
    export.refresh_from_db()
    assert export.state == "ready", export.message
    with zipfile.ZipFile(services.open_export(export=export, actor=reader)[0]) as archive:
        read = {
            rule: archive.read(f"{export.name}/data/legal/certification-902-{rule}.txt").decode()
            for rule in (11, 13, 14)
        }
        records = archive.read(f"{export.name}/data/records/exchanges.jsonl")
    flat = {rule: " ".join(text.split()) for rule, text in read.items()}
    assert "1 pulls" in flat[11] and pull.source.slug in flat[11] and "1,000 records received" in flat[11]
    assert reader.audit_name in flat[11] and "commit" in flat[13] and "django" in flat[13]
    assert "10 records of" in flat[13] and "entries of case:" in flat[13]
    assert f"{len(records):,} bytes: {sha256_hex(records)}" in flat[14] and export.name in flat[14]
