"""What workers do for detection: carry out a run, and start one when new exchanges are in."""

from __future__ import annotations

import logging

from celery import shared_task

from detection import services
from detection.models import DetectionRun
from detection.tuning import services as tuning

logger = logging.getLogger(__name__)


@shared_task(name="detection.run_detection")
def run_detection_task(*, run_id: int) -> None:
    """Carry out one run; delivered twice, it runs once."""
    run = DetectionRun.objects.filter(pk=run_id).first()
    if run is None:
        logger.warning("Detection run %s is gone", run_id)
        return
    services.run_detection(run=run)


@shared_task(name="detection.score_new_pulls")
def score_new_pulls_task() -> None:
    """Start a run when finished pulls are newer than the last one."""
    services.score_new_pulls()


@shared_task(name="detection.shadow_live_run")
def shadow_live_run_task() -> None:
    """Let a shadow run follow the latest live run where people asked for shadow mode."""
    tuning.shadow_live_run()
