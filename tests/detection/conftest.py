"""A small lake with a planted campaign, for tests of runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # Django is not set up yet when this file is read
    import pyarrow as pa

    from tests.detection.kept import Look, WrittenLake


@pytest.fixture(scope="session")
def written_lake(tmp_path_factory: pytest.TempPathFactory) -> WrittenLake:
    from tests.detection.kept import write_lake

    return write_lake(tmp_path_factory.mktemp("written"))


@pytest.fixture
def lake(written_lake: WrittenLake, db: None, var_dir: Path) -> pa.Table:
    """A lake with the small planted log, and its accounts; nobody has looked at it yet."""
    return written_lake.put(var_dir)


@pytest.fixture(scope="module")
def kept_look(
    written_lake: WrittenLake, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Look]:
    from tests.detection.kept import looked_at

    with django_db_blocker.unblock(), looked_at(written_lake, tmp_path_factory.mktemp("looked")) as made:
        yield made


@pytest.fixture
def look(kept_look: Look, db: None, var_dir: Path) -> Look:
    """The lake and the first, finished look at it. Every test of a module that asks for it has it: ask in `pytestmark`."""
    shutil.copytree(kept_look.var, var_dir, dirs_exist_ok=True)
    return replace(kept_look, run=type(kept_look.run).objects.get(pk=kept_look.run.pk))
