"""One world for all tests of a file here: what each of them does is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # Django is not set up yet when this file is read
    from tests.support.world import World


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[tuple[World, Path]]:
    from django.conf import settings as conf
    from django.db import transaction

    from tests.support.world import build

    folder = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(conf, "LAKE_DIR", folder / "lake")
        yield build(), folder
        transaction.set_rollback(True)


@pytest.fixture
def world(shared_world: tuple[World, Path], db: None, var_dir: Path, settings: Any) -> World:
    """The world with the lake it was built with; the test's own transaction is a savepoint in that of the world."""
    made, folder = shared_world
    settings.LAKE_DIR = folder / "lake"
    return made


@pytest.fixture
def unrendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates print nothing, where only statuses and writes are asked: each page is rendered once for each role elsewhere."""
    from django.template.backends.django import Template

    monkeypatch.setattr(Template, "render", lambda *given, **named: "")
