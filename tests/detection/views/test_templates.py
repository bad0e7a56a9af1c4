"""Template pages: skeleton with its slots marked, units, users, the public mark with its reason."""

from __future__ import annotations

import pyarrow as pa
import pytest
from django.test import Client

from detection.enums import RunKind
from staff.enums import Role
from tests.factories import (
    ApiAccountFactory,
    CampaignFactory,
    CampaignMemberFactory,
    DetectionRunFactory,
    OrganisationFactory,
    TemplateFactory,
    UnitFactory,
    UserFactory,
)
from tests.factories.detection import START
from tests.support.lake import daily, exchange, fill_lake
from traffic.enums import FileKind
from traffic.lake import write_beside
from traffic.schema import SKELETONS


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_pages_open_for_every_role_that_sees_evidence(client: Client, role: Role) -> None:
    template = TemplateFactory()
    assert client.get("/templates/").status_code == 302
    client.force_login(UserFactory(role=role))
    assert client.get("/templates/").status_code == client.get(f"/templates/{template.pk}/").status_code == 200
    assert client.get("/templates/999999/").status_code == 404


@pytest.mark.django_db
def test_slots_are_marked_and_hostile_words_inert(client: Client) -> None:
    template = TemplateFactory(skeleton="Solve <quoted> <script>alert(1)</script>\u202e now", public_reason="")
    client.force_login(UserFactory())
    for address in ("/templates/", f"/templates/{template.pk}/"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page and "\u202e" not in page and "\\u{202E}" in page
    assert '<span class="slot">&lt;quoted&gt;</span>' in page


@pytest.mark.django_db
def test_the_public_mark_says_why_and_narrows_the_list(client: Client) -> None:
    template = TemplateFactory(public=True, public_reason="9 verified organisations use it")
    other = TemplateFactory()
    client.force_login(UserFactory())
    assert "9 verified organisations use it" in client.get(f"/templates/{template.pk}/").content.decode()
    assert client.get("/templates/?public=yes").context["page"].items == [template]
    assert client.get("/templates/?public=no").context["page"].items == [other]
    assert client.get("/templates/?public=maybe").status_code == 422


@pytest.mark.django_db
@pytest.mark.parametrize("n", [1, 3])
def test_query_counts_do_not_grow(client: Client, n: int, django_assert_num_queries: object) -> None:
    campaign, template = CampaignFactory(), TemplateFactory()
    UnitFactory.create_batch(n, template=template, campaign=campaign, run=campaign.last_run)
    CampaignMemberFactory.create_batch(n, campaign=campaign)
    TemplateFactory.create_batch(n - 1)
    client.force_login(UserFactory())
    client.get("/search/")
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert len(client.get("/templates/").context["page"].items) == n
    with django_assert_num_queries(6):  # type: ignore[operator]
        context = client.get(f"/templates/{template.pk}/").context
    assert len(context["units"]) == len(context["page"].items) == n


@pytest.mark.django_db
def test_the_largest_stand_first_over_pages(client: Client) -> None:
    small, large = TemplateFactory(), TemplateFactory()
    UnitFactory(template=small, n_accounts=5)
    UnitFactory(template=large, n_accounts=90)
    TemplateFactory.create_batch(50)
    client.force_login(UserFactory())
    first = client.get("/templates/").context["page"]
    second = client.get("/templates/", {"after": first.next}).context["page"]
    assert first.items[:2] == [large, small] and len(first.items) == 50
    assert len(second.items) == 2 and not {t.pk for t in first.items} & {t.pk for t in second.items}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [kind for kind in RunKind if kind != RunKind.LIVE])
def test_units_of_runs_for_comparison_are_not_shown(client: Client, kind: str) -> None:
    template, live = TemplateFactory(), UnitFactory(n_accounts=7)
    live.template = template
    live.save()
    base = live.run
    UnitFactory(template=template, n_accounts=900, run=DetectionRunFactory(kind=kind, is_look=False, base=base))
    client.force_login(UserFactory())
    assert client.get(f"/templates/{template.pk}/").context["units"] == [live]
    assert client.get("/templates/").context["page"].items[0].n_accounts == 7


@pytest.mark.django_db
def test_the_lens_shows_shared_wordings_with_their_differences_and_who_else(client: Client) -> None:
    """Two wordings that several accounts sent, one that a single account did: only the shared ones are shown."""
    template, campaign = TemplateFactory(), CampaignFactory()
    UnitFactory(template=template, campaign=campaign, run=campaign.last_run, selector={"columns": {"pre8": ["77"]}})
    inside = CampaignMemberFactory(campaign=campaign).account
    outside = ApiAccountFactory(organisation=OrganisationFactory(verified=True))
    rows = daily(inside.account_id, START, 4, pre8=77, skeleton_h=1, slot_h=5)
    rows += daily(outside.account_id, START, 2, pre8=77, skeleton_h=1, slot_h=6)
    rows += [exchange(a.account_id, 50, START, pre8=77, skeleton_h=2, slot_h=7) for a in (inside, outside)]
    rows += [exchange(inside.account_id, 60, START, pre8=77, skeleton_h=3, slot_h=8)]
    fill_lake(rows)
    words = {1: "Think in the open. Task: <text>", 2: "Think aloud. Task: <text>", 3: "the secret of one person"}
    table = pa.Table.from_pylist([{"skeleton_h": h, "skeleton": w, "n": 1} for h, w in words.items()], schema=SKELETONS)
    for file in write_beside(table, FileKind.SKELETONS, stem="test"):
        file.save()
    client.force_login(UserFactory())
    answer = client.get(f"/templates/{template.pk}/lens/?campaign={campaign.code}")
    lens, page = answer.context["lens"], answer.content.decode()
    assert [(v.n_exchanges, v.n_accounts) for v in lens.variants] == [(6, 2), (2, 2)] and lens.n_own == 1
    assert "<del>in the open.</del>" in page and "<ins>aloud.</ins>" in page and "secret of one person" not in page
    assert [user.account for user in lens.others] == [outside] and lens.n_verified == 1
    assert client.get(f"/charts/templates/{template.pk}.json").json()["figure"] is not None
    assert client.get(f"/templates/{TemplateFactory().pk}/lens/").context["lens"].run is None
