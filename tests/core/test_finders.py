"""Assets that come inside installed packages are found and collected like our own."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders

from core.finders import PACKAGED, PackagedFinder


def test_every_packaged_file_is_there_and_no_other_is_answered() -> None:
    for name in PACKAGED:
        found = finders.find(name)
        assert found is not None and Path(str(found)).stat().st_size > 100_000
    assert PackagedFinder().find("vendor/other.js") is None
    assert PackagedFinder().find("vendor/other.js", find_all=True) == []


def test_collecting_opens_each_under_the_address_that_pages_ask_for() -> None:
    listed = dict(PackagedFinder().list([]))
    assert set(listed) == set(PACKAGED)
    for name, storage in listed.items():
        with storage.open(name) as handle:
            assert handle.read(20)
