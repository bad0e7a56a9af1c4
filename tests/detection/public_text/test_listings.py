"""Public wording: listed by a template's key or a pasted text, with the key that the lake's own derivation gives."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pyarrow as pa
import pytest

from audit.models import AuditEvent
from core.errors import Conflict, InvalidInput, NotAllowed
from detection.clustering.units import template_key
from detection.models import PublicListing
from detection.public_text import listings
from tests.factories import TemplateFactory, people
from traffic.derivation import derive
from traffic.schema import RECORD

OPENING = "You are given a task description and its input. Write a response that completes the request in full:"
WHY = "Printed in a public repository since 2023"


def lake_row(prompt: str | None, system: str | None = None) -> dict[str, object]:
    given = {"ts_us": 1, "account_id": "a", "content_state": "full", "record_id": "r", "raw_sha256": bytes(32)}
    row = dict.fromkeys(RECORD.names) | given | {"position": 1, "prompt": prompt, "system_prompt": system}
    return derive(pa.Table.from_pylist([row], schema=RECORD)).to_pylist()[0]


def test_an_opening_gets_the_key_of_requests_that_begin_with_it() -> None:
    found = listings.wording(text=OPENING, part="opening")
    exchange = lake_row(f'{OPENING} "a text of one\'s own" and twelve other words follow it')
    assert found.n_words == 18 and found.key == template_key("pre16", exchange["pre16"])  # type: ignore[arg-type]


def test_an_ending_a_whole_request_and_a_system_prompt() -> None:
    ending = listings.wording(text=OPENING, part="ending")
    assert ending.key == template_key("suf16", lake_row(f"First read this. {OPENING}")["suf16"])  # type: ignore[arg-type]
    whole = listings.wording(text='Translate "good day" for 4711 people', part="whole")
    other = lake_row('Translate "bonjour" for 12 people')
    assert whole.key == template_key("skeleton_h", other["skeleton_h"])  # type: ignore[arg-type]
    assert whole.skeleton == "Translate <text> for <n> people"
    system = listings.wording(text="You grade essays.", part="system")
    assert system.key == template_key("system_h", lake_row("x", "You grade essays.")["system_h"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "part", "says"),
    [("too short", "opening", "8 words"), ("  ", "whole", "paste"), (OPENING, "middle", "one of opening"), ("x" * 100_001, "whole", "paste")],
)  # fmt: skip
def test_what_is_no_wording_is_refused(text: str, part: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        listings.wording(text=text, part=part)


@pytest.fixture
def desk(db: None) -> SimpleNamespace:
    return SimpleNamespace(**vars(people()))


def test_a_template_is_listed_and_unlisted_with_reasons(desk: SimpleNamespace) -> None:
    template = TemplateFactory()
    listing = listings.list_template(template=template, reason=WHY, actor=desk.admin)
    template.refresh_from_db()
    assert template.public and WHY in template.public_reason
    assert listings.listed_public_keys() == {template.key} and listings.standing_listing(template) == listing
    with pytest.raises(Conflict, match="already"):
        listings.list_template(template=template, reason=WHY, actor=desk.leo)
    listings.unlist(listing=listing, reason="It was private after all", actor=desk.admin)
    template.refresh_from_db()
    assert not template.public and listings.listed_public_keys() == frozenset()
    with pytest.raises(Conflict, match="already"):
        listings.unlist(listing=listing, reason="Again", actor=desk.admin)
    again = listings.list_template(template=template, reason=WHY, actor=desk.admin)
    assert PublicListing.objects.filter(key=template.key).count() == 2 and again.unlisted_at is None
    actions = (
        AuditEvent.objects.filter(subject=f"template:{template.key}").order_by("id").values_list("action", flat=True)
    )
    assert list(actions) == ["template.listed", "template.unlisted", "template.listed"]


def test_a_run_of_the_past_reads_what_was_listed_then(desk: SimpleNamespace) -> None:
    listing = listings.list_wording(text=OPENING, part="opening", reason=WHY, actor=desk.leo)
    listings.unlist(listing=listing, reason="Private", actor=desk.leo)
    listing.refresh_from_db()
    assert listing.unlisted_at is not None
    assert listings.listed_public_keys(listing.listed_at) == {listing.key}
    assert listings.listed_public_keys(listing.unlisted_at) == listings.listed_public_keys() == frozenset()
    assert listings.listed_public_keys(listing.listed_at - timedelta(seconds=1)) == frozenset()


def test_who_may_and_with_what_reason(desk: SimpleNamespace) -> None:
    template = TemplateFactory()
    for actor in (desk.ines, desk.lena, desk.otto):
        with pytest.raises(NotAllowed):
            listings.list_template(template=template, reason=WHY, actor=actor)
        with pytest.raises(NotAllowed):
            listings.list_wording(text=OPENING, part="opening", reason=WHY, actor=actor)
    with pytest.raises(InvalidInput, match="reason"):
        listings.list_template(template=template, reason=" ", actor=desk.admin)
    assert not PublicListing.objects.exists()
