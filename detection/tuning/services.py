"""Thresholds are tried before they go live: back-tests, what live runs use, and shadow runs beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Max

from audit.services import record
from core.clock import from_us, now
from core.errors import Conflict, InvalidInput
from core.text import storable
from detection.analysis.parameters import Parameters
from detection.enums import RunKind, RunState, TuningPurpose
from detection.models import DetectionRun, Tuning
from detection.queries.runs import latest_live_run
from detection.services.requests import request_run
from detection.tuning.thresholds import DAYS, checked, number, thresholds_of, with_thresholds
from detection.tuning.tuned import standing
from staff.enums import Action
from staff.permissions import Actor, Worker, check
from traffic.enums import FileKind
from traffic.models import LakeFile

LOCK = 0x5711_70E5  # one number for changes of thresholds in Postgres' space of advisory locks
LONGEST_REASON = 4_000


# --- Back-test --------------------------------------------------------------------------------------------------------


def request_back_test(*, days: int, thresholds: Mapping[str, object], actor: Actor) -> DetectionRun:
    """Ask for a run over the past `days` with other thresholds; it flags nobody.

    Where the latest live run read as many days, the back-test reads that run's exchanges and other inputs again, so that
    whatever differs comes from the thresholds. Raises InvalidInput for a value out of range, Conflict without exchanges.
    """
    check(actor, Action.RUN_DETECTION)
    values = checked(thresholds)
    number(DAYS, days)
    live = latest_live_run()
    if live is not None and live.last_file_id and window_days(live) == days:
        parameters = replace(with_thresholds(values, _told(live)), certify=True)
        return request_run(actor=actor, kind=RunKind.BACK_TEST, base=live, parameters=parameters)
    newest = LakeFile.objects.filter(kind=FileKind.EXCHANGES).aggregate(newest=Max("max_ts_us"))["newest"]
    if newest is None:
        raise Conflict("The lake holds no exchange yet, so there is nothing to test on; pull a source first.")
    end = from_us(newest + 1)
    start = end - timedelta(days=days)
    parameters = with_thresholds(values)
    return request_run(actor=actor, kind=RunKind.BACK_TEST, window_start=start, window_end=end, parameters=parameters)


def _told(run: DetectionRun) -> Parameters:
    """What a run was told, so that another beside it differs in thresholds alone. Raises Conflict for a run of another version."""
    try:
        return Parameters.from_dict(run.parameters)
    except ValueError as error:
        raise Conflict(f"{run} was made by {run.code_version}, which this version cannot repeat: {error}") from None


def window_days(run: DetectionRun) -> int | None:
    """The whole days that a run's window is long, rounded up; None where it has no window."""
    if run.window_start is None or run.window_end is None:
        return None
    return max(1, -(-(run.window_end - run.window_start) // timedelta(days=1)))


# --- Live and shadow --------------------------------------------------------------------------------------------------


@transaction.atomic
def make_live(*, run: DetectionRun, reason: str, expected: int, actor: Actor) -> Tuning:
    """Let the thresholds of a finished back-test be those of every later live run.

    `expected` is the row that stood when the page was made (0: none). Raises NotAllowed, InvalidInput, and Conflict when the
    thresholds were changed meanwhile or already stand.
    """
    return _set(TuningPurpose.LIVE, _tried(run), run, reason, expected, actor)


@transaction.atomic
def start_shadow(*, run: DetectionRun, reason: str, expected: int, actor: Actor) -> Tuning:
    """Let a run with the thresholds of a finished back-test follow every later live run, for comparison alone."""
    return _set(TuningPurpose.SHADOW, _tried(run), run, reason, expected, actor)


@transaction.atomic
def stop_shadow(*, reason: str, expected: int, actor: Actor) -> Tuning:
    """Let no shadow run follow the live ones any longer. Raises Conflict where none does."""
    return _set(TuningPurpose.SHADOW, {}, None, reason, expected, actor)


def _tried(run: DetectionRun) -> dict[str, object]:
    if run.kind != RunKind.BACK_TEST:
        raise InvalidInput("run", run.pk, "it is a back-test: thresholds go live only after they were tried")
    if run.state != RunState.FINISHED:
        raise Conflict(f"Back-test {run.pk} is {run.state}; look at its result first.")
    return thresholds_of(run.parameters)


def _set(
    purpose: TuningPurpose,
    thresholds: Mapping[str, object],
    run: DetectionRun | None,
    reason: str,
    expected: int,
    actor: Actor,
) -> Tuning:
    check(actor, Action.MANAGE_REFERENCE)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidInput("reason", reason[:60], f"it says why in 1 to {LONGEST_REASON:,} characters")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    before = standing(purpose)
    if (before.pk if before else 0) != expected:
        raise Conflict(f"The {purpose.label} thresholds were changed meanwhile; look at what stands now.")
    values = checked(thresholds)
    if values == (before.thresholds if before else {}):
        raise Conflict(f"These are the {purpose.label} thresholds already." if values else "No shadow run follows.")
    made = Tuning.objects.create(
        purpose=purpose,
        thresholds=values,
        tried_on=run,
        reason=storable(reason.strip()),
        set_by=actor.audit_name,
        set_at=now(),
    )
    record(
        actor=actor,
        action="thresholds.changed",
        subject=f"tuning:{made.pk}",
        purpose=purpose.value,
        before=before.thresholds if before else {},
        after=values,
        tried_on=run.pk if run else None,
        reason=made.reason[:500],
    )
    return made


def shadow_live_run() -> DetectionRun | None:
    """Ask for the shadow of the latest live run where one is wanted and missing; called again, it asks once.

    A shadow run reads the live run's own exchanges and inputs, so the two differ in thresholds alone.
    """
    wanted, live = standing(TuningPurpose.SHADOW), latest_live_run()
    if wanted is None or not wanted.thresholds or live is None or not live.last_file_id:
        return None
    if live.finished_at is None or live.finished_at < wanted.set_at:
        return None
    asked = DetectionRun.objects.filter(kind=RunKind.SHADOW, base=live, requested_at__gte=wanted.set_at)
    if asked.exists():
        return None
    try:
        parameters = with_thresholds(wanted.thresholds, _told(live))
        return request_run(actor=Worker("shadow"), kind=RunKind.SHADOW, base=live, parameters=parameters)
    except Conflict:
        return None
