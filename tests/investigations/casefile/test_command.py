"""`manage.py export_case`: one whole zip in the folder, whoever wrote it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.canonical import file_sha256
from investigations.casefile import services
from investigations.models import CaseExport
from tests.factories.investigations import CaseFactory
from tests.factories.staff import UserFactory
from tests.support.exports import REASON

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_zip_is_put_into_the_folder(tmp_path: Path) -> None:
    case, out = CaseFactory(), io.StringIO()
    call_command(
        "export_case",
        case.code,
        override_reason=REASON,
        out=tmp_path / "new",
        username=UserFactory(lead=True).username,
        stdout=out,
    )
    (found,) = (tmp_path / "new").iterdir()
    assert found.name == f"{case.code}_export-01.zip"
    assert out.getvalue().startswith(f"{file_sha256(found)}  {found}")


def test_it_follows_a_worker_that_was_quicker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case, calls, write = CaseFactory(), [], services.write_export

    def taken_once(*, export: CaseExport) -> None:
        """The first time another worker has the export, as `write_export` finds it then."""
        calls.append(export.pk)
        if len(calls) > 1:
            write(export=export)

    monkeypatch.setattr(services, "write_export", taken_once)
    call_command(
        "export_case",
        case.code,
        override_reason=REASON,
        out=tmp_path,
        username=UserFactory(lead=True).username,
        stdout=io.StringIO(),
    )
    assert len(calls) == 2 and len(list(tmp_path.glob("*.zip"))) == 1


@pytest.mark.parametrize(
    ("code", "role", "said"), [("CASE-1", "lead", "no case CASE-1"), (None, "auditor", "Your role")]
)
def test_what_it_refuses_it_says(tmp_path: Path, code: str | None, role: str, said: str) -> None:
    user: Any = UserFactory(role=role)
    with pytest.raises(CommandError, match=said):
        call_command(
            "export_case",
            code or CaseFactory().code,
            out=tmp_path / "x",
            username=user.username,
            override_reason=REASON,
        )
    assert not (tmp_path / "x").exists()
