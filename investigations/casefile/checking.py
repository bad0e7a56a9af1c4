"""The checks of a case file as the desk itself runs them: those of the other side, with what the desk's own records say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from audit.models import SigningKey
from core.signing.keys import public_pem
from investigations.casefile.verifying import steps
from investigations.models import CaseExport

OUTCOMES = {steps.HOLDS: "ok", steps.FAILS: "failed", steps.OPEN: "open"}


def check_steps(export: CaseExport) -> Iterator[dict[str, str]]:
    """Name, outcome (ok, failed, open) and words of each step; the key is the one that the desk's records hold."""
    path = Path(settings.EXPORT_DIR) / f"{export.name}.zip"
    key = SigningKey.objects.filter(valid_from__lte=export.finished_at).order_by("-valid_from", "-id").first()
    given = steps.Given(
        key=public_pem(bytes(key.public)) if key else "",
        authority=settings.TIME_STAMP_CA_FILE,
        zip_sha256=export.sha256,
    )
    for line in steps.verify_each(path, given):
        yield {"name": line.step, "outcome": OUTCOMES[line.outcome], "words": line.words}
