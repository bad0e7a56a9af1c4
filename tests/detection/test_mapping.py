"""The kept map: only new skeletons are sketched, versions stay, and increments say what one update would have said."""

from __future__ import annotations

from io import StringIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command

from audit.models import AuditEvent
from core.errors import NotAllowed
from detection import mapping
from detection.clustering.near_duplicates import near_duplicates
from detection.models import TemplateMap
from staff.permissions import Worker
from traffic.enums import FileKind
from traffic.lake import write_beside
from traffic.schema import SKELETONS

WORKER = Worker("test")
BASE = "read the message of the customer below and say in one short line how urgent it is for the team today"
OTHER = "list seven birds that live near the northern coast together with the colour of their eggs and of their wings"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.LAKE_DIR = tmp_path / "lake"
    settings.VAR_DIR = tmp_path


def store(*rows: tuple[int, str]) -> None:
    table = pa.table([[h for h, _ in rows], [text for _, text in rows], [1] * len(rows)], schema=SKELETONS)
    for file in write_beside(table, FileKind.SKELETONS, stem="t"):
        file.save()


def near(version: int | None = None) -> dict[int, int | None]:
    found = mapping.map_version(version)[1]
    assert found is not None
    rows = found.to_pyarrow().to_pylist()
    return {row["skeleton_h"]: row["near_h"] for row in rows}


def test_without_skeletons_there_is_no_map():
    assert mapping.current_map() == (0, None)
    assert mapping.update_map(actor=WORKER) is None
    assert TemplateMap.objects.count() == 0


def test_new_skeletons_join_old_groups_and_old_versions_stay(monkeypatch):
    store((5, BASE), (9, BASE.replace("short", "brief")), (7, OTHER))
    first = mapping.update_map(actor=WORKER)
    assert first is not None and (first.version, first.n_new, first.n_grouped) == (1, 3, 2)
    assert near() == {5: 5, 9: 5, 7: None}
    sketched: list[int] = []
    inner = mapping.sketch
    monkeypatch.setattr(
        mapping, "sketch", lambda piece: sketched.extend(piece["skeleton_h"].to_pylist()) or inner(piece)
    )
    store((3, BASE.replace("today", "now")), (7, OTHER), (8, OTHER.replace("seven", "eight")))
    second = mapping.update_map(actor=WORKER)
    assert sorted(sketched) == [3, 8]
    assert second is not None and (second.version, second.n_new, second.n_skeletons) == (2, 2, 5)
    assert near() == {3: 3, 5: 3, 9: 3, 7: 7, 8: 7}
    assert near(1) == {5: 5, 9: 5, 7: None}
    texts = {
        3: BASE.replace("today", "now"),
        5: BASE,
        7: OTHER,
        8: OTHER.replace("seven", "eight"),
        9: BASE.replace("short", "brief"),
    }
    at_once = near_duplicates(pa.table({"skeleton_h": list(texts), "skeleton": list(texts.values())}))
    assert pq.read_table(mapping._folder() / second.path).equals(at_once)
    assert AuditEvent.objects.filter(payload__contains='"action":"template_map.updated"').count() == 2


def test_nothing_new_makes_no_version():
    store((5, BASE))
    assert mapping.update_map(actor=WORKER) == mapping.update_map(actor=WORKER)
    assert TemplateMap.objects.count() == 1 and not list(mapping._folder().glob(".tmp-*"))


def test_another_way_to_sketch_starts_anew(monkeypatch):
    store((5, BASE), (9, BASE.replace("short", "brief")))
    mapping.update_map(actor=WORKER)
    monkeypatch.setattr(mapping, "SKETCH_VERSION", 99)
    again = mapping.update_map(actor=WORKER)
    assert again is not None and (again.version, again.n_new, len(again.sketch_paths)) == (2, 2, 1)


def test_nobody_without_the_right_updates_the_map():
    with pytest.raises(NotAllowed):
        mapping.update_map(actor=None)


def test_files_without_a_database_give_the_same_map(tmp_path):
    part = tmp_path / "part.parquet"
    pq.write_table(
        pa.table({"skeleton_h": [9, 5, 9, None], "skeleton": [OTHER, BASE, OTHER, None], "more": [1, 2, 3, 4]}), part
    )
    found = mapping.map_of([part])
    assert found is not None and found.to_pyarrow()["skeleton_h"].to_pylist() == [5, 9]
    assert mapping.map_of([]) is None


def test_the_migration_is_complete():
    call_command("makemigrations", "detection", check=True, dry_run=True, stdout=StringIO())
