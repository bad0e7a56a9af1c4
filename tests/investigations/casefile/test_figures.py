"""Figures of a case file come from the lake, with the numbers and the spec to draw them again."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.canonical import utc_z
from investigations.casefile import services
from investigations.casefile.figures import write_figures
from investigations.models import CaseExport
from tests.factories.detection import START, CampaignFactory, CampaignMemberFactory, UnitFactory
from tests.factories.investigations import CaseAccountFactory, CaseFactory
from tests.factories.traffic import ModelReleaseFactory
from tests.support.exports import ask
from tests.support.lake import exchange, fill_lake
from traffic.tagging import tag_mask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case() -> Any:
    campaign = CampaignFactory(ended_at=START + timedelta(days=10))
    UnitFactory(run=campaign.last_run, campaign=campaign, selector={"columns": {"pre8": [7]}})
    found = CaseFactory(campaign=campaign)
    for account in (CampaignMemberFactory(campaign=campaign).account for _ in range(2)):
        CaseAccountFactory(case=found, account=account)
    names = list(found.accounts.order_by("account_id").values_list("account_id", flat=True))
    mask = tag_mask("rubric_grading", "preference_pair")
    days = [START + timedelta(days=n % 3, minutes=n) for n in range(12)]
    rows = [exchange(names[n % 2], n, at, pre8=7, task_tags=mask if n < 4 else 0) for n, at in enumerate(days)]
    rows.append(exchange(names[0], 90, days[1], pre8=8))
    rows.append(exchange("acct-stranger", 91, days[1], pre8=7))
    fill_lake(rows)
    ModelReleaseFactory(model="model-2", released_at=START + timedelta(days=1, hours=6))
    return found


def test_figures_count_the_campaigns_exchanges_and_nothing_else(case: Any, tmp_path: Path) -> None:
    figures = write_figures(tmp_path / "charts", case)
    assert figures[0].text.startswith("Who was active when: 12 exchanges of 2 of 2 accounts")
    read = {n: list(csv.reader((tmp_path / f"charts/fig-0{n}.csv").open())) for n in (1, 2, 3)}
    assert sum(int(cell) for row in read[1][1:] for cell in row[1:]) == 12
    assert read[2][1:] == [[f"2026-05-0{day}", "4", "400"] for day in (1, 2, 3)]
    assert read[3][1:] == [["no task tag", "8"], ["preference pair", "4"], ["rubric grading", "4"]]


def test_the_spec_names_data_marks_and_source(case: Any, tmp_path: Path) -> None:
    write_figures(tmp_path / "charts", case)
    spec = json.loads((tmp_path / "charts/fig-02.json").read_bytes())
    data = (tmp_path / "charts" / spec["data"]["file"]).read_bytes()
    assert spec["data"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert [(mark["at"], mark["label"]) for mark in spec["marks"]] == [
        (utc_z(START + timedelta(days=1, hours=6)), "model-2 released")
    ]
    assert spec["source"]["selectors"][0]["selector"] == {"columns": {"pre8": [7]}}
    assert (spec["source"]["n_accounts"], spec["source"]["lake_exchanges"]) == (2, 14)


def test_a_case_with_figures_gives_the_same_bytes_twice(case: Any) -> None:
    export = ask(case)
    folders = []
    for name in ("a", "b"):
        folder = services._temporary(name)
        folder.mkdir(parents=True)
        services._build(CaseExport.objects.get(pk=export.pk), folder)
        folders.append(folder / export.name)
    files = [{p.relative_to(f).as_posix(): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in folders]
    assert files[0].keys() == files[1].keys()
    assert [name for name in files[0] if files[0][name] != files[1][name]] == []
