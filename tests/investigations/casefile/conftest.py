"""A case file that was really exported, with a time-stamping authority, for the tests of what is done to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.tampering import Bench


@pytest.fixture
def bench(tmp_path: Path, settings: Any) -> Iterator[Bench]:
    from tests.support.tampering import sealed_bag

    with sealed_bag(tmp_path, settings) as made:
        yield made
