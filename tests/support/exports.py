"""Case files for tests: asked for, written, read."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from investigations.casefile import services
from investigations.enums import ExportState
from investigations.models import Case, CaseExport
from tests.factories.staff import UserFactory

REASON = "The sections stay empty: this is a test"


def ask(case: Case, **given: Any) -> CaseExport:
    """A case file on the work list; empty sections are overridden with a reason."""
    facts = {"purpose": "review", "override_reason": REASON} | given
    return services.request_export(case=case, actor=facts.pop("actor", None) or UserFactory(legal=True), **facts)


def written(case: Case, **given: Any) -> CaseExport:
    """A case file that is ready."""
    export = ask(case, **given)
    services.write_export(export=export)
    export.refresh_from_db()
    assert export.state == ExportState.READY, export.message
    return export


def opened(export: CaseExport) -> zipfile.ZipFile:
    """The zip, handed over as a download would be."""
    path, _ = services.open_export(export=export, actor=export.requested_by)
    return zipfile.ZipFile(path)


def unpacked(export: CaseExport, folder: Path) -> Path:
    """The bag's folder."""
    with opened(export) as archive:
        archive.extractall(folder)
    return folder / export.name
