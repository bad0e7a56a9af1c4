"""What later runs make of a campaign: its id, level, members and the history that tells of it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from detection.models import AccountScore, Campaign, CampaignChange, CampaignMember, Template, Unit
from detection.storing import store_analysis, store_for_comparison
from tests.detection.storing.analyses import analysis, campaign, reading, stored
from tests.factories import DetectionRunFactory, TemplateFactory
from tests.factories.detection import END, START

pytestmark = pytest.mark.django_db


def names(prefix: str, n: int, start: int = 0) -> list[str]:
    return [f"{prefix}{i:02d}" for i in range(start, start + n)]


def told(code: str) -> list[tuple[str, int, str]]:
    rows = CampaignChange.objects.filter(campaign__code=code).order_by("id").select_related("other")
    return [(row.kind, row.n_accounts, row.other.code if row.other else "") for row in rows]


def words(code: str, kind: str) -> str:
    return CampaignChange.objects.get(campaign__code=code, kind=kind).words


def levels() -> list[tuple[str, int | None]]:
    return list(Campaign.objects.order_by("name").values_list("level", "certified_run"))


def code_of(account: str) -> str:
    return str(
        CampaignMember.objects.exclude(campaign__merged_into__isnull=False).get(account__account_id=account).campaign
    )


def test_a_campaign_opens_with_its_accounts_and_repeating_changes_nothing() -> None:
    run = stored(campaign(names("a", 10)))
    code = code_of("a00")
    assert told(code) == [("opened", 10, "")]
    assert words(code, "opened") == (
        f"Opened by the look of run {run.pk} as provisional with 10 accounts: 10 core, 0 associate."
    )
    assert CampaignChange.objects.get().accounts == names("a", 10)
    again = stored(campaign(names("a", 10)))
    found = Campaign.objects.get()
    assert (found.first_run, found.last_run, found.code) == (run, again, code)
    assert told(code) == [("opened", 10, "")]


def test_growth_and_loss_are_told_with_counts_ids_and_reasons() -> None:
    stored(campaign(names("a", 10)))
    code = code_of("a00")
    found = campaign(names("a", 11, 4), bystanders=["a00"])
    stored(found, idle=["a01"])
    assert told(code)[1:] == [("grew", 5, ""), ("shrank", 4, "")]
    assert words(code, "grew") == "5 new accounts; it had 10 and has 11."
    lost = CampaignChange.objects.get(kind="shrank")
    assert lost.accounts == names("a", 4)
    assert lost.facts == {
        "before": 10,
        "after": 11,
        "reasons": {"without an exchange in the window": 2, "active outside its units": 1, "bystanders now": 1},
    }
    assert lost.words.startswith("4 accounts left: 2 without an exchange in the window; 1 ")
    assert Campaign.objects.get().members.count() == 12


def test_joined_campaigns_keep_the_older_id_and_the_other_says_where_it_went() -> None:
    stored(campaign(names("a", 5), level="certified"))
    stored(campaign(names("a", 5), level="certified"), campaign(names("b", 20)))
    first, second = Campaign.objects.order_by("pk")
    stored(campaign(names("a", 5) + names("b", 19) + ["c00"]))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.merged_into, second.merged_into) == (None, first)
    assert told(first.code)[1:] == [("joined", 19, second.code), ("grew", 1, ""), ("level", 0, "")]
    assert told(second.code)[1:] == [("merged", 19, first.code)]
    assert "19 of its 20 accounts are there" in words(second.code, "merged")
    assert second.members.count() == 20, "what it was stays readable"


def test_a_chain_of_joins_points_to_where_all_are_now() -> None:
    stored(campaign(names("a", 5)))
    stored(campaign(names("a", 5)), campaign(names("b", 5)))
    stored(campaign(names("a", 5)), campaign(names("b", 5)), campaign(names("c", 5)))
    stored(campaign(names("a", 5)), campaign(names("b", 5) + names("c", 5)))
    stored(campaign(names("a", 5) + names("b", 5) + names("c", 5)))
    first, second, third = Campaign.objects.order_by("pk")
    assert (second.merged_into, third.merged_into, first.merged_into) == (first, first, None)


def test_a_split_leaves_the_id_to_the_larger_part_and_names_the_origin() -> None:
    stored(campaign(names("a", 12)))
    code = code_of("a00")
    stored(campaign(names("a", 8)), campaign(names("a", 4, 8)))
    apart = Campaign.objects.get(split_from__code=code)
    assert (code_of("a00"), code_of("a11")) == (code, apart.code)
    assert told(apart.code) == [("opened", 4, code)]
    assert told(code)[1:] == [("split", 4, apart.code)]
    assert words(apart.code, "opened").endswith(f"4 of them were in {code} until now.")
    assert words(code, "split") == f"4 of its 12 accounts stand apart as {apart.code} now."


def test_joining_and_parting_in_turn_makes_no_new_campaigns() -> None:
    a, b = names("a", 10), names("b", 6)
    stored(campaign(a))
    stored(campaign(a), campaign(b))
    for _ in range(3):
        stored(campaign(a + b))
        stored(campaign(a), campaign(b))
    first, second = Campaign.objects.order_by("pk")
    assert (first.merged_into, second.merged_into) == (None, None)
    assert (first.n_core, second.n_core) == (10, 6)
    assert [kind for kind, _, _ in told(second.code)] == ["opened", *["merged", "found_again"] * 3]
    assert [kind for kind, _, _ in told(first.code)] == ["opened", *["joined", "split"] * 3]


def test_successors_of_closed_accounts_come_with_the_reason() -> None:
    stored(campaign(names("a", 6)))
    code = code_of("a00")
    after = campaign(names("a", 11))
    x3 = reading("X3", p=0.002, accounts=names("a", 4, 6) + ["a00"])
    stored(after, readings={after.key: x3})
    assert told(code)[1:] == [("grew", 5, ""), ("successor", 4, "")]
    row = CampaignChange.objects.get(kind="successor")
    assert row.accounts == names("a", 4, 6), "an account that was there before follows nobody"
    assert row.words.startswith("4 of the 5 new accounts follow closed ones. X3: 4 of 4 new accounts began within 24 h")
    assert "p 0.002" in row.words and row.facts["p"] == 0.002


@pytest.mark.parametrize("p", [0.2, None])
def test_newcomers_that_chance_explains_are_no_successors(p: float | None) -> None:
    stored(campaign(names("a", 6)))
    after = campaign(names("a", 11))
    stored(after, readings={after.key: reading("X3", p=p, accounts=names("a", 5, 6))})
    assert [kind for kind, _, _ in told(code_of("a00"))] == ["opened", "grew"]


def test_daily_runs_keep_what_a_look_certified_and_certify_nothing() -> None:
    look = stored(campaign(names("a", 6), level="certified"), campaign(names("b", 6)))
    assert levels() == [("certified", look.pk), ("provisional", None)]
    stored(campaign(names("a", 7)), campaign(names("b", 6), level="certified"), look=False)
    assert levels() == [("certified", look.pk), ("provisional", None)]
    assert not CampaignChange.objects.filter(kind="level").exists()
    last = stored(campaign(names("a", 7)), campaign(names("b", 6), level="certified"))
    assert levels() == [("provisional", None), ("certified", last.pk)]
    assert words(code_of("a00"), "level") == f"Certified until now, provisional by the look of run {last.pk}."


def test_a_campaign_opened_between_looks_is_provisional() -> None:
    stored(campaign(names("a", 6), level="certified"), look=False)
    found = Campaign.objects.get()
    assert (found.level, found.certified_run) == ("provisional", None)
    assert "as provisional" in words(found.code, "opened")


def test_what_a_daily_run_joins_to_a_provisional_campaign_is_not_certified_by_it() -> None:
    stored(campaign(names("a", 9)))
    stored(campaign(names("a", 9)), campaign(names("b", 6), level="certified"))
    stored(campaign(names("a", 9) + names("b", 6)), look=False)
    assert Campaign.objects.get(merged_into=None).level == "provisional"


def test_only_a_look_says_that_a_campaign_is_not_found_again() -> None:
    stored(campaign(names("a", 6), level="certified"), campaign(names("b", 6), level="certified"))
    code, gone = code_of("a00"), code_of("b00")
    stored(look=False, idle=["z"])
    assert not Campaign.objects.exclude(not_found_run=None).exists()
    look = stored(idle=["a00", "a01", "z"])
    found, silent = Campaign.objects.get(code=code), Campaign.objects.get(code=gone)
    assert (found.not_found_run, silent.not_found_run) == (look, look)
    assert (found.level, silent.level) == ("provisional", "certified"), "silence tests nothing"
    assert told(code)[1:] == [("not_found", 2, ""), ("level", 0, "")]
    assert "2 of them sent exchanges in the window" in words(code, "not_found")
    assert told(gone)[1:] == [("not_found", 0, "")]
    stored(idle=["z"])
    assert len(told(gone)) == 2, "it is said once"
    again = stored(campaign(names("b", 6)), look=False)
    silent.refresh_from_db()
    assert (silent.not_found_run, silent.last_run) == (None, again)
    assert told(gone)[2:] == [("found_again", 6, "")]
    assert f"missing since run {look.pk}" in words(gone, "found_again")


def test_a_look_over_older_traffic_misses_nothing() -> None:
    stored(campaign(names("a", 6)))
    older = DetectionRunFactory(window_start=START.replace(month=4), window_end=START)
    store_analysis(older, analysis(idle=["z"]), {})
    assert Campaign.objects.get().not_found_run is None


def test_runs_that_are_not_live_touch_no_campaign_and_no_known_template() -> None:
    template = TemplateFactory()
    stored(campaign(names("a", 6)))
    before = list(Campaign.objects.values()), list(CampaignMember.objects.values()), list(Template.objects.values())
    run = DetectionRunFactory()
    store_for_comparison(run, analysis(campaign(names("a", 3)), campaign(names("b", 5)), idle=["z"]), {})
    assert (list(Campaign.objects.values()), list(CampaignMember.objects.values())) == before[:2]
    assert list(Template.objects.values()) == before[2] and Template.objects.get() == template
    assert CampaignChange.objects.exclude(run=run).count() == CampaignChange.objects.count()
    assert Unit.objects.filter(run=run, campaign=None).count() == 2
    assert AccountScore.objects.filter(run=run, campaign=None).count() == 9


def test_the_events_say_what_happened() -> None:
    stored(campaign(names("a", 5)))
    stored(campaign(names("a", 5)), campaign(names("b", 5)))
    run = DetectionRunFactory(window_start=START, window_end=END)
    events = store_analysis(run, analysis(campaign(names("a", 5) + names("b", 5)), campaign(names("c", 5))), {})
    actions = sorted(event.action for event in events)
    assert actions == ["campaign.merged", "campaign.opened", "campaign.updated"]


def queries(n_campaigns: int, n_members: int) -> int:
    found = [campaign(f"c{i:03d}-{j:04d}" for j in range(n_members)) for i in range(n_campaigns)]
    stored(*found)
    run, result = DetectionRunFactory(), analysis(*found)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        store_analysis(run, result, {})
    return len(caught)


def test_the_number_of_queries_does_not_grow_with_the_campaigns() -> None:
    few = queries(2, 5)
    Campaign.objects.all().delete()
    assert queries(40, 25) == few
