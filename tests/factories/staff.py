"""People, one for each role."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import factory
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from staff.enums import Role
from staff.models import User

PASSWORD = "correct horse battery staple"


@cache
def _hashed() -> str:
    """Hashing is slow on purpose: once a run is enough for people who all have the same password."""
    return make_password(PASSWORD)


class UserFactory(DjangoModelFactory[User]):
    """A person; `UserFactory(role=Role.LEAD)`, or the traits `lead`, `legal`, `admin`, `auditor`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    first_name = "Pat"
    last_name = factory.Sequence(lambda n: f"Person {n}")
    role = Role.INVESTIGATOR
    password = factory.LazyFunction(_hashed)

    class Params:
        lead = factory.Trait(role=Role.LEAD)
        legal = factory.Trait(role=Role.LEGAL)
        admin = factory.Trait(role=Role.ADMIN)
        auditor = factory.Trait(role=Role.AUDITOR)


def people() -> SimpleNamespace:
    """One person for each role, as on a fresh machine: .ines .leo .lena .admin .otto, and .ivan, a second investigator."""
    return SimpleNamespace(
        ines=UserFactory(username="ines", role=Role.INVESTIGATOR),
        ivan=UserFactory(username="ivan", role=Role.INVESTIGATOR),
        leo=UserFactory(username="leo", role=Role.LEAD),
        lena=UserFactory(username="lena", role=Role.LEGAL),
        admin=UserFactory(username="admin", role=Role.ADMIN),
        otto=UserFactory(username="otto", role=Role.AUDITOR),
    )
