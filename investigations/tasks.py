"""What workers do here. The work lists stand in Postgres; a task that is delivered twice changes nothing twice."""

from __future__ import annotations

import importlib.util
import logging

from celery import shared_task

from investigations import services
from investigations.models import ExportCheck, RedactionScan
from investigations.services import custody, due_notices, erasure, redaction_scans, second_review, text_search

if importlib.util.find_spec("investigations.casefile.tasks"):
    import investigations.casefile.tasks  # noqa: F401  (registers the case-file tasks; Celery looks into tasks.py alone)

logger = logging.getLogger(__name__)


@shared_task(name="investigations.flag_finished_runs")
def flag_finished_runs_task() -> None:
    services.flag_finished_runs()


@shared_task(name="investigations.sample_sessions")
def sample_sessions_task() -> None:
    services.sample_sessions()


@shared_task(name="investigations.enforce_decision")
def enforce_decision_task(*, decision_id: int) -> None:
    services.enforce_decision(decision_id=decision_id)


@shared_task(name="investigations.resume_enforcement")
def resume_enforcement_task() -> None:
    services.resume_enforcement()


@shared_task(name="investigations.erase_what_is_due")
def erase_what_is_due_task() -> None:
    erasure.erase_what_is_due()


@shared_task(name="investigations.scan_redactions")
def scan_redactions_task(*, scan_id: int) -> None:
    """Look through the texts of one case for what should be taken out."""
    scan = RedactionScan.objects.select_related("case").filter(pk=scan_id).first()
    if scan is None:
        logger.warning("Redaction scan %s is gone", scan_id)
        return
    redaction_scans.run_scan(scan=scan)


@shared_task(name="investigations.resume_legal_work")
def resume_legal_work_task() -> None:
    """Wake a worker for scans and verifications that nobody works on."""
    redaction_scans.resume_scans()
    custody.resume_checks()


@shared_task(name="investigations.check_export")
def check_export_task(*, check_id: int) -> None:
    """Verify one case file as it lies on the disk."""
    check = ExportCheck.objects.select_related("export__case").filter(pk=check_id).first()
    if check is None:
        logger.warning("Export check %s is gone", check_id)
        return
    custody.run_check(check=check)


@shared_task(name="investigations.run_search")
def run_search_task(*, search_id: int) -> None:
    text_search.run_search(search_id=search_id)


@shared_task(name="investigations.resume_searches")
def resume_searches_task() -> None:
    text_search.resume_searches()


@shared_task(name="investigations.draw_second_reviews")
def draw_second_reviews_task() -> None:
    second_review.draw_second_reviews()


@shared_task(name="investigations.tidy_queue")
def tidy_queue_task() -> None:
    services.end_expired_claims()
    services.end_expired_snoozes()
    services.renew_snoozes()


@shared_task(name="investigations.tell_what_is_due")
def tell_what_is_due_task() -> None:
    due_notices.tell_what_is_due()
