"""Celery: the broker, how messages are kept, and what is done when."""

from __future__ import annotations

from celery.schedules import crontab

from config.broker import broker_settings
from config.settings.base import DATABASE_URL
from config.settings.environment import VAR_DIR, env
from config.settings.evidence import TRAIL_VERIFY_HOUR

CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = broker_settings(
    env.str("CELERY_BROKER_URL", default="pgmq://"), DATABASE_URL
)
# Celery itself reads CELERY_BROKER_URL from the environment, unparsed; these two win over it.
CELERY_BROKER_READ_URL = CELERY_BROKER_WRITE_URL = CELERY_BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 8
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")


def every(seconds: int, task: str) -> dict[str, object]:
    """A sweep that runs each `seconds` and is dropped, not piled up, when workers are busy."""
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}


CELERY_BEAT_SCHEDULE = {
    "watch sources": every(10, "traffic.watch_sources"),
    "resume pulls": every(15, "traffic.resume_pulls"),
    "score new pulls": every(5, "detection.score_new_pulls"),
    "shadow live runs": every(30, "detection.shadow_live_run"),
    "flag finished runs": every(5, "investigations.flag_finished_runs"),
    "resume enforcement": every(10, "investigations.resume_enforcement"),
    "resume exports": every(10, "investigations.resume_exports"),
    "hourly checkpoint": every(300, "audit.hourly_checkpoint"),
    "resume verifications": every(60, "audit.resume_verifications"),
    "resume legal work": every(10, "investigations.resume_legal_work"),
    "draw second reviews": every(3_600, "investigations.draw_second_reviews"),
    "resume searches": every(10, "investigations.resume_searches"),
    "tidy queue": every(60, "investigations.tidy_queue"),
    "tell what is due": every(900, "investigations.tell_what_is_due"),
    "send notices": every(60, "staff.send_notices"),
    "forget old notices": every(86_400, "staff.forget_old_notices"),
    "verify the trail": {"task": "audit.verify_nightly", "schedule": crontab(hour=TRAIL_VERIFY_HOUR, minute=20)},
    "erase what is due": {
        "task": "investigations.erase_what_is_due",
        "schedule": crontab(hour=TRAIL_VERIFY_HOUR, minute=50),
    },
}
