"""The tasks that services wake, by name: tasks call services, so services may not import them."""

from __future__ import annotations

from celery import Task, current_app


def wake_enforcement() -> Task:
    """The task that enforces one decision."""
    return _task("investigations.enforce_decision")


def wake_sampling() -> Task:
    """The task that pulls sample prompts."""
    return _task("investigations.sample_sessions")


def wake_search() -> Task:
    """The task that runs one search of the texts in the lake."""
    return _task("investigations.run_search")


def _task(name: str) -> Task:
    current_app.loader.import_default_modules()
    return current_app.tasks[name]
