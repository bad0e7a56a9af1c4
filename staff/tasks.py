"""What workers do for people: mail that waits."""

from __future__ import annotations

from celery import shared_task

from staff import notices


@shared_task(name="staff.send_notices")
def send_notices_task() -> None:
    notices.send_notices()


@shared_task(name="staff.forget_old_notices")
def forget_old_notices_task() -> None:
    notices.forget_old_notices()
