"""A run reads what people said: clearances, and wording that an administrator listed."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import ApiAccount
from detection.labels.reading import read_items
from detection.labels.services import give_label, import_labels
from detection.models import Template, Unit
from detection.public_text.listings import list_template
from detection.services import inputs
from staff.permissions import Worker
from tests.detection.kept import Look, finished
from tests.factories import people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("look")]


def test_listed_wording_confirms_nobody_and_clearances_are_read(look: Look) -> None:
    desk, before = people(), look.run
    unit = Unit.objects.filter(run=before, kind="template").exclude(level="none").first()
    assert unit is not None and unit.template is not None
    list_template(template=unit.template, reason="Printed in a textbook", actor=desk.admin)
    after = finished()
    template = Template.objects.get(pk=unit.template.pk)
    assert template.public and before.inputs["public_templates"] != after.inputs["public_templates"]
    assert not Unit.objects.filter(run=after, template=template).exclude(level="none").exists()
    listed_again = finished()
    assert listed_again.result_digest == after.result_digest


def test_the_reference_that_a_run_read_is_named_by_its_digest(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[frozenset[str]] = []
    build = inputs.build_inputs

    def spy(accounts: Any, **read: Any) -> Any:
        seen.append(read["reference"].cleared)
        return build(accounts, **read)

    monkeypatch.setattr(inputs, "build_inputs", spy)
    one, other, third = list(ApiAccount.objects.order_by("pk").values_list("account_id", flat=True))[:3]
    give_label(account_id=one, kind="cleared", reason="Spoke to them", actor=people().ines)
    rows = [{"account_id": other, "outcome": "cleared"}, {"account_id": third, "outcome": "banned"}]
    import_labels(delivery=read_items(rows, source="desk"), name="f", source="desk", actor=Worker("w"))
    after = finished()
    assert seen == [frozenset({one, other})]
    assert look.run.inputs["labels"] != after.inputs["labels"]
