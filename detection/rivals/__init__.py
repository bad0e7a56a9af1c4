"""The innocent stories, tested on every unit and lead before anyone is accused. A story that fits stops the accusation."""

from __future__ import annotations

from detection.analysis.results import Reading, Rival
from detection.rivals import customers, places, texts
from detection.rivals.accounts import rivals_of_account
from detection.rivals.base import Facts, smallest
from detection.rivals.texts import TIES
from detection.signals.base import Context, Unit

__all__ = ["STORIES", "TIES", "rivals_of_account", "smallest", "test_rivals"]

STORIES = (
    customers.one_customer,
    customers.gateway,
    customers.agency,
    customers.batch_job,
    texts.benchmark,
    texts.class_or_workshop,
    texts.public_text,
    places.shared_egress,
    places.launch_day,
    customers.licensed,
)
"""Every story, in the order of the screen."""


def test_rivals(unit: Unit, context: Context, readings: tuple[Reading, ...], public: str) -> tuple[Rival, ...]:
    """Every story with the fact that supports or contradicts it."""
    facts = Facts(unit, context, readings, public)
    return tuple(story(facts) for story in STORIES)


test_rivals.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever pytest thinks of its name
