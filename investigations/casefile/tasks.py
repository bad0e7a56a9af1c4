"""Workers that write case files, and the sweep that finds those a worker left behind."""

from __future__ import annotations

import logging

from celery import shared_task

from investigations.casefile import services
from investigations.models import CaseExport

logger = logging.getLogger(__name__)


@shared_task(name="investigations.write_export")
def write_export_task(*, export_id: int) -> None:
    """Write one case file."""
    export = CaseExport.objects.filter(pk=export_id).first()
    if export is None:
        logger.warning("Case export %s is gone", export_id)
        return
    services.write_export(export=export)


@shared_task(name="investigations.resume_exports")
def resume_exports_task() -> None:
    """Wake a worker for exports that nobody writes, and clear what killed ones left."""
    services.resume_exports()
