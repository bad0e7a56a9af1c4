"""Asking for runs: live ones by people and by the sweep, and the others for comparison."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from audit.services import record
from core.clock import now
from core.enqueue import enqueue_on_commit
from core.errors import Conflict, InvalidInput, NotAllowed
from detection.analysis.parameters import CODE_VERSION, Parameters
from detection.enums import RunKind, RunState
from detection.models import DetectionRun
from detection.services.claims import alive, lock_runs, stale
from detection.tuning.tuned import live_parameters
from staff.enums import Action
from staff.permissions import Actor, Worker, can, check
from traffic.enums import FileKind, Kind, PullState
from traffic.models import LakeFile, Pull

OPEN_PULLS = (PullState.WAITING, PullState.RUNNING)
READ_PULLS = (PullState.FINISHED, PullState.INCOMPLETE)


def request_run(
    *,
    actor: Actor,
    kind: str = RunKind.LIVE,
    window_start: datetime | None = None,
    window_end: datetime | None = None,
    whole_lake: bool = False,
    as_look: bool | None = None,
    base: DetectionRun | None = None,
    parameters: Parameters | None = None,
) -> DetectionRun:
    """Ask for a run; a worker picks it up. It reads the rolling window unless a window, the whole lake or a base is named.

    `as_look` True asks a live run to certify, which a lead may; None leaves it to the schedule. `base` is a finished run
    whose window, lake files and other inputs a run for comparison reads again. Raises Conflict while another run waits
    or is under way, NotAllowed, InvalidInput for an empty window or for arguments that do not go together.
    """
    check(actor, Action.RUN_DETECTION)
    _check_request(actor, kind, as_look, base, named=bool(window_start or window_end or whole_lake))
    _check_window(window_start, window_end)
    if base is not None:
        window_start, window_end = base.window_start, base.window_end
    rolling = not (base or whole_lake or window_start or window_end)
    with transaction.atomic():
        lock_runs()
        if DetectionRun.objects.filter(alive()).exists():
            raise Conflict("A detection run waits or is under way; look again when it has finished.")
        is_look = kind == RunKind.LIVE and (look_is_due() if as_look is None else as_look)
        told = parameters or live_parameters()
        run = DetectionRun(
            kind=kind,
            is_look=is_look,
            base=base,
            requested_by=actor.audit_name,
            rolling_days=settings.DETECTION_WINDOW_DAYS if rolling else None,
            window_start=window_start,
            window_end=window_end,
            parameters=(replace(told, certify=is_look) if kind == RunKind.LIVE else told).as_dict(),
            code_version=CODE_VERSION,
        )
        return _wait(run, actor)


def _check_window(start: datetime | None, end: datetime | None) -> None:
    if start and end and start >= end:
        raise InvalidInput("window_end", end.isoformat(), f"it lies after {start.isoformat()}")


def _check_request(actor: Actor, kind: str, as_look: bool | None, base: DetectionRun | None, *, named: bool) -> None:
    if kind not in RunKind.values:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(RunKind.values)}")
    live = kind == RunKind.LIVE
    if as_look and not live:
        raise InvalidInput("as_look", as_look, f"only a live run certifies, and this one is a {RunKind(kind).label}")
    if as_look and not can(actor, Action.MANAGE_REFERENCE):
        raise NotAllowed("A look certifies campaigns; leads and administrators ask for one. Ask for a daily run.")
    if base is None and kind == RunKind.REPEAT:
        raise InvalidInput("base", base, "a repeat names the finished run that it repeats")
    if base is not None and (live or named):
        raise InvalidInput("base", str(base), "a run for comparison alone has one, and takes its window from it")
    if base is not None and (base.state != RunState.FINISHED or not base.last_file_id):
        raise Conflict(f"{base} is {base.state} and names no lake files; only what a finished run read is read again.")


def _wait(run: DetectionRun, actor: Actor) -> DetectionRun:
    """Put the run on the work list, tell the audit trail, and wake a worker."""
    from detection.tasks import run_detection_task  # tasks call services, so they are known only when one is sent

    run.save()
    record(
        actor=actor,
        action="run.requested",
        subject=f"run:{run.pk}",
        kind=run.kind,
        look=run.is_look,
        base=run.base_id,
        window_start=run.window_start,
        window_end=run.window_end,
        rolling_days=run.rolling_days,
    )
    enqueue_on_commit(run_detection_task, run_id=run.pk)
    return run


def repeat_run(*, run: DetectionRun, actor: Actor) -> DetectionRun:
    """A finished run once more, over the lake files and inputs that it read, whatever has come in or changed since.

    It ends with the same result digest, or says what differed. It touches no campaign. Raises Conflict for a run whose
    parameters this version does not know.
    """
    try:
        parameters = Parameters.from_dict(run.parameters)
    except ValueError as error:
        raise Conflict(f"{run} was made by {run.code_version}, and this is {CODE_VERSION}: {error}") from None
    return request_run(actor=actor, kind=RunKind.REPEAT, base=run, parameters=parameters)


# --- The sweep --------------------------------------------------------------------------------------------------------


def score_new_pulls() -> DetectionRun | None:
    """Ask for a live run when something new is in and no pull is under way, or when a look is due; wake what waits."""
    from detection.tasks import run_detection_task  # as above

    waiting = DetectionRun.objects.filter(Q(state=RunState.WAITING) | stale()).order_by("id").first()
    if waiting is not None:
        run_detection_task.apply_async(kwargs={"run_id": waiting.pk})
        return None
    relevant = Pull.objects.filter(source__kind__in=(Kind.EXCHANGES, Kind.ACCOUNTS))
    if relevant.filter(state__in=OPEN_PULLS).exists() or not newest_file():
        return None
    if not _something_new() and not _unlooked():
        return None
    try:
        return request_run(actor=Worker("score-new-pulls"))
    except Conflict:
        return None


def _something_new() -> bool:
    taken = _live().exclude(state=RunState.WAITING).aggregate(pull=Max("last_pull_id"), file=Max("last_file_id"))
    return newest_pull() > (taken["pull"] or 0) or newest_file() > (taken["file"] or 0)


def _unlooked() -> bool:
    """Whether a look is due and daily runs have updated the evidence since the last one."""
    last = _live().filter(state=RunState.FINISHED).order_by("-id").first()
    return last is not None and not last.is_look and look_is_due()


def look_is_due() -> bool:
    """Whether the next live run is a look: the first ever, and one each DETECTION_LOOK_DAYS, by UTC day.

    A look at an empty lake tested nothing, so it is no look.
    """
    last = _live().filter(state=RunState.FINISHED, is_look=True, n_exchanges__gt=0).order_by("-id").first()
    return last is None or (now().date() - last.requested_at.date()).days >= settings.DETECTION_LOOK_DAYS


def _live() -> QuerySet[DetectionRun]:
    return DetectionRun.objects.filter(kind=RunKind.LIVE)


def newest_pull() -> int:
    """The newest finished pull of exchanges or account records that stored something."""
    found = Pull.objects.filter(source__kind__in=(Kind.EXCHANGES, Kind.ACCOUNTS), state__in=READ_PULLS)
    return found.filter(n_stored__gt=0).aggregate(newest=Max("pk"))["newest"] or 0


def newest_file() -> int:
    """The newest lake file of exchanges."""
    return LakeFile.objects.filter(kind=FileKind.EXCHANGES).aggregate(newest=Max("pk"))["newest"] or 0
