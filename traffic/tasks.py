"""What workers do for traffic: run a pull, look for new files, resume pulls whose worker fell silent."""

from __future__ import annotations

import logging

from celery import shared_task

from traffic import services
from traffic.models import Pull

logger = logging.getLogger(__name__)


@shared_task(name="traffic.pull")
def pull_task(*, pull_id: int) -> None:
    """Run one pull; delivered twice, it runs once."""
    pull = Pull.objects.select_related("source").filter(pk=pull_id).first()
    if pull is None:
        logger.warning("Pull %s is gone", pull_id)
        return
    services.run_pull(pull=pull)


@shared_task(name="traffic.watch_sources")
def watch_sources_task() -> None:
    """Look for new and grown files."""
    services.watch_sources()


@shared_task(name="traffic.resume_pulls")
def resume_pulls_task() -> None:
    """Wake a worker for what stands still."""
    services.resume_pulls()
