"""What picks a unit's exchanges in the lake: accounts, hash columns, and near-duplicates by the map that the run used."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.errors import Conflict
from detection.analysis.results import Analysis, TemplateResult
from detection.mapping import update_map
from detection.models import Campaign, Template, TemplateMap, Unit
from detection.queries.conclusions import campaign_exchanges
from detection.selectors import picked
from detection.storing import store_analysis
from investigations.models import FlaggedSession
from investigations.services import flag_finished_runs
from tests.detection.storing.analyses import analysis, campaign
from tests.detection.test_mapping import BASE, OTHER, WORKER, store
from tests.factories import DetectionRunFactory
from tests.factories.detection import START
from tests.support.lake import exchange, fill_lake
from traffic.lake import Lake

pytestmark = pytest.mark.django_db
NEAR = {"columns": {"near_h": ["5"]}}


@pytest.fixture
def map_one() -> TemplateMap:
    """Skeletons 5 and 9 are near-duplicates, 7 is not; two accounts send one of the pair each, and everybody sends 7."""
    store((5, BASE), (9, BASE.replace("short", "brief")), (7, OTHER))
    hashes = {"a": 5, "b": 9, "c": 7}
    fill_lake(
        [
            exchange(who, n, START + timedelta(hours=1, minutes=n), skeleton_h=h)
            for who, h in hashes.items()
            for n in (1, 2)
        ]
        + [exchange(who, 9, START + timedelta(hours=1, minutes=9), skeleton_h=7) for who in "ab"]
        + [exchange("d", 1, START, skeleton_h=None)]
    )
    found = update_map(actor=WORKER)
    assert found is not None and found.n_grouped == 2
    return found


def ids(*selectors: dict[str, Any]) -> list[str]:
    table = Lake().exchanges()
    return sorted(table.filter(picked(table, selectors)).exchange_id.to_pyarrow().to_pylist())


def test_near_duplicates_are_picked_by_the_named_version_of_the_map(map_one: TemplateMap) -> None:
    assert ids(NEAR | {"map": map_one.version}) == ["a-1", "a-2", "b-1", "b-2"]
    store((11, BASE.replace("urgent", "pressing")))
    fill_lake([exchange("e", 1, START, skeleton_h=11)])
    later = update_map(actor=WORKER)
    assert later is not None
    assert ids(NEAR | {"map": map_one.version}) == ["a-1", "a-2", "b-1", "b-2"]
    assert ids(NEAR | {"map": later.version}) == ["a-1", "a-2", "b-1", "b-2", "e-1"]


def test_any_selector_that_picks_an_exchange_is_enough(map_one: TemplateMap) -> None:
    assert ids({"columns": {"skeleton_h": ["9"]}}, {"accounts": ["d"]}) == ["b-1", "b-2", "d-1"]
    assert ids(NEAR | {"map": 1}, {"columns": {"pre8": ["1"], "skeleton_h": ["7"]}}) == [
        "a-1", "a-2", "a-9", "b-1", "b-2", "b-9", "c-1", "c-2",
    ]  # fmt: skip
    assert len(ids({"accounts": "all exchanges"})) == 9
    assert ids() == []


def test_a_selector_of_nothing_and_a_map_that_is_gone_are_errors(map_one: TemplateMap) -> None:
    with pytest.raises(ValueError, match="names accounts or columns"):
        ids({})
    for version in (map_one.version + 1, None):
        with pytest.raises(Conflict, match="not kept here"):
            ids(NEAR | {"map": version})


def reworded(run_map: int) -> tuple[Any, Analysis]:
    """A campaign of the two accounts, by one unit of near-duplicates; and its run."""
    found = analysis(campaign(["a", "b"]))
    unit = replace(found.units[0], kind="template", selector=NEAR, template_keys=("near_h:0000000000000005",))
    template = TemplateResult("near_h:0000000000000005", "near_h", 5, 8, 4, 2, 2, False, "", 5)
    run = DetectionRunFactory(inputs={"template_map_version": run_map})
    return run, replace(found, units=(unit,), templates=(template,))


def test_a_campaign_of_rewordings_is_stored_and_its_sessions_are_flagged(map_one: TemplateMap) -> None:
    run, found = reworded(map_one.version)
    store_analysis(run, found, {5: BASE})
    assert Template.objects.values_list("kind", "skeleton").get() == ("rewording", BASE)
    assert Unit.objects.get().selector == NEAR | {"map": map_one.version}
    exchanges = campaign_exchanges(Campaign.objects.get(), Lake().exchanges())
    assert sorted(exchanges.exchange_id.to_pyarrow().to_pylist()) == ["a-1", "a-2", "b-1", "b-2"]
    flag_finished_runs()
    flagged = FlaggedSession.objects.order_by("account__account_id")
    assert list(flagged.values_list("account__account_id", "n_exchanges", "n_unit_exchanges")) == [
        ("a", 3, 2),
        ("b", 3, 2),
    ]
