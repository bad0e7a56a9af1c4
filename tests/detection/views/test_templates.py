"""Template pages: skeleton with its slots marked, units, users, the public mark with its reason."""

from __future__ import annotations

import pytest
from django.test import Client

from detection.enums import RunKind
from staff.enums import Role
from tests.factories import (
    CampaignFactory,
    CampaignMemberFactory,
    DetectionRunFactory,
    TemplateFactory,
    UnitFactory,
    UserFactory,
)


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
