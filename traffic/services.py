"""Sources and their pulls: add a source, ask for a pull, run it, watch for new files, resume what a dead worker left."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings as site
from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from audit.services import actor_name, record
from core.clock import now
from core.enqueue import enqueue_on_commit
from core.errors import Conflict, DomainError, InvalidInput
from core.text import storable
from staff.enums import Action
from staff.permissions import Worker, check
from traffic.connectors.base import SourceUnavailable
from traffic.derivation import DERIVATION_VERSION
from traffic.enums import Kind, PullState
from traffic.lake import sweep_lake
from traffic.models import Pull, Source
from traffic.pulls import Cancelled, Faults, pull_files, waiting_files
from traffic.reading import CONNECTORS
from traffic.tagging import TAGGING_VERSION

logger = logging.getLogger(__name__)

ACTIVE = (PullState.WAITING, PullState.RUNNING)
RETRY_AFTER = timedelta(minutes=5)


def add_source(
    *,
    actor: object,
    path: str,
    kind: str = Kind.EXCHANGES,
    connector: str = "",
    name: str = "",
    slug: str = "",
    watch: bool = True,
    settings: dict[str, Any] | None = None,
) -> Source:
    """Make a file or folder a source; the same path and kind again gives the source that is there.

    Raises InvalidInput if the kind or connector is unknown or the path is not absolute after resolving.
    """
    check(actor, Action.MANAGE_SOURCES)
    if kind not in Kind.values:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(Kind.values)}")
    if kind == Kind.EXCHANGES and connector not in ("", *CONNECTORS):
        raise InvalidInput(
            "connector", connector, f"it is one of {', '.join(CONNECTORS)}, or empty to tell from the file"
        )
    place = str(Path(path).expanduser().absolute())
    with transaction.atomic():
        found = Source.objects.filter(path=place, kind=kind).first()
        if found is not None:
            return found
        source = Source.objects.create(
            slug=slug or _free_slug(Path(place)),
            name=name or Path(place).name,
            connector=connector if kind == Kind.EXCHANGES else kind,
            kind=kind,
            path=place,
            watch=watch,
            settings=settings or {},
        )
        record(actor=actor, action="source.added", subject=f"source:{source.slug}", path=place, kind=kind)
    return source


def _free_slug(path: Path) -> str:
    base = slugify(path.name.split(".")[0])[:48] or "source"
    taken = set(Source.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(
        name for number in range(1, 10_000) if (name := base if number == 1 else f"{base}-{number}") not in taken
    )


def request_pull(*, source: Source, actor: object) -> Pull:
    """Ask for a pull of what is new in a source. A pull that is under way already is that pull."""
    check(actor, Action.MANAGE_SOURCES)
    from traffic.tasks import pull_task

    with transaction.atomic():
        Source.objects.select_for_update().get(pk=source.pk)
        active = source.pulls.filter(state__in=ACTIVE).first()
        if active is not None:
            return active
        pull = Pull.objects.create(source=source, requested_by=actor_name(actor))
        record(actor=actor, action="pull.requested", subject=f"pull:{pull.pk}", source=source.slug)
        enqueue_on_commit(pull_task, pull_id=pull.pk)
    return pull


def cancel_pull(*, pull: Pull, actor: object) -> None:
    """Stop a pull after its present batch; what it stored stays, and the next pull goes on from there."""
    check(actor, Action.MANAGE_SOURCES)
    with transaction.atomic():
        changed = Pull.objects.filter(pk=pull.pk, state__in=ACTIVE).update(state=PullState.CANCELLED, finished_at=now())
        if not changed:
            raise Conflict("The pull has ended already.")
        record(actor=actor, action="pull.cancelled", subject=f"pull:{pull.pk}")


def run_pull(*, pull: Pull, report: Callable[[Pull], None] = lambda pull: None) -> Pull:
    """Read what is new in the pull's source. Does nothing when another worker has it or it has ended."""
    if not _claim(pull):
        return pull
    pull.refresh_from_db()
    try:
        files = waiting_files(pull.source)
        total = sum(path.stat().st_size for path in files)
        Pull.objects.filter(pk=pull.pk).update(bytes_total=total, bytes_done=0)
        faults = pull_files(pull, files, report)
    except Cancelled:
        logger.info("Pull %s was cancelled", pull.pk)
    except Conflict as error:
        logger.warning("Pull %s is left to the worker that has it: %s", pull.pk, error)
    except (SourceUnavailable, DomainError, OSError) as error:
        _end(pull, PullState.FAILED, str(error))
    except Exception as error:
        _end(pull, PullState.FAILED, f"{type(error).__name__}: {error}")
        raise
    else:
        state, message = _outcome(faults, len(files))
        _end(pull, state, message)
    pull.refresh_from_db()
    return pull


def _stale_after() -> timedelta:
    return timedelta(seconds=site.PULL_STALE_AFTER_S)


def _claim(pull: Pull) -> bool:
    """Take the pull, unless a living worker has it. What a killed one left on disk is swept first."""
    moment = now()
    stale = Q(state=PullState.RUNNING) & (Q(heartbeat_at=None) | Q(heartbeat_at__lt=moment - _stale_after()))
    resumed = Pull.objects.filter(Q(pk=pull.pk) & stale).update(heartbeat_at=moment)
    if resumed:
        logger.warning("Pull %s goes on where a worker left it", pull.pk)
        sweep_lake()
        return True
    version = (
        f"{pull.source.connector or 'told from the file'}; derivation {DERIVATION_VERSION}; tags {TAGGING_VERSION}"
    )
    return bool(
        Pull.objects.filter(pk=pull.pk, state=PullState.WAITING).update(
            state=PullState.RUNNING, started_at=moment, heartbeat_at=moment, connector_version=version
        )
    )


def _outcome(faults: Faults, n_files: int) -> tuple[PullState, str]:
    if faults.messages:
        state = PullState.INCOMPLETE if faults.files_read or n_files else PullState.FAILED
        return state, " ".join(faults.messages + faults.notes)
    if not n_files:
        return PullState.FINISHED, "Nothing new."
    return PullState.FINISHED, " ".join(faults.notes)


def _end(pull: Pull, state: PullState, message: str) -> None:
    with transaction.atomic():
        now_there = Pull.objects.select_for_update().get(pk=pull.pk)
        if now_there.state != PullState.RUNNING:
            return
        if state == PullState.FINISHED and not now_there.n_received and not message:
            message = "0 records: the files are empty."
        now_there.state, now_there.message, now_there.finished_at = state, storable(message)[:4000], now()
        if state == PullState.FINISHED:
            now_there.bytes_done = now_there.bytes_total
        now_there.save(update_fields=["state", "message", "finished_at", "bytes_done"])
        record(
            actor=now_there.requested_by,
            action=f"pull.{state.value}" if state != PullState.INCOMPLETE else "pull.ended_early",
            subject=f"pull:{pull.pk}",
            source=now_there.source.slug,
            received=now_there.n_received,
            stored=now_there.n_stored,
            quarantined=now_there.n_quarantined,
        )


def watch_sources() -> int:
    """Ask for a pull of every watched source that has something new. Returns how many pulls."""
    asked = 0
    for source in Source.objects.filter(enabled=True, watch=True):
        if source.pulls.filter(state__in=ACTIVE).exists():
            continue
        last = source.pulls.first()
        if last is not None and last.state == PullState.FAILED and (last.finished_at or now()) > now() - RETRY_AFTER:
            continue
        try:
            fresh = bool(waiting_files(source))
        except (SourceUnavailable, OSError):
            fresh = last is None or last.state != PullState.FAILED  # the pull says so, once
        if fresh:
            request_pull(source=source, actor=Worker("watch"))
            asked += 1
    return asked


def resume_pulls() -> int:
    """Wake a worker for pulls that wait or whose worker fell silent. Returns how many."""
    from traffic.tasks import pull_task

    limit = now() - _stale_after()
    silent = Q(state=PullState.RUNNING) & (Q(heartbeat_at=None) | Q(heartbeat_at__lt=limit))
    forgotten = Q(state=PullState.WAITING, requested_at__lt=limit)
    found = list(Pull.objects.filter(silent | forgotten).values_list("pk", flat=True))
    for pull_id in found:
        with transaction.atomic():
            enqueue_on_commit(pull_task, pull_id=pull_id)
    return len(found)
