"""What workers do for the trail: the checkpoint of the hour, the nightly verification, and what was left undone."""

from __future__ import annotations

import logging

from celery import shared_task

from audit import alarm, checkpoints
from audit.models import AuditVerification

logger = logging.getLogger(__name__)


@shared_task(name="audit.hourly_checkpoint")
def hourly_checkpoint_task() -> None:
    """Make this hour's checkpoint if it is missing; delivered twice, it makes one."""
    checkpoints.hourly_checkpoint()


@shared_task(name="audit.verify_nightly")
def verify_nightly_task() -> None:
    """Walk the whole trail and every checkpoint."""
    alarm.request_verification(actor="worker:nightly")


@shared_task(name="audit.verify")
def verify_task(*, verification_id: int) -> None:
    """Run one verification; delivered twice, it runs once."""
    found = AuditVerification.objects.filter(pk=verification_id).first()
    if found is None:
        logger.warning("Verification %s is gone", verification_id)
        return
    alarm.run_verification(verification=found)


@shared_task(name="audit.resume_verifications")
def resume_verifications_task() -> None:
    """Wake a worker for what stands still."""
    alarm.resume_verifications()
