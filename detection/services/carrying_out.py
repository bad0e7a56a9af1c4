"""Carrying out a run: its window, its inputs, the pure pipeline, and everything it concluded in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from audit.services import record, record_many
from core.canonical import digest
from core.clock import from_us, now, to_us
from core.errors import Conflict, DomainError
from detection.analysis.parameters import Parameters
from detection.analysis.results import Analysis
from detection.enums import RunKind, RunState
from detection.models import DetectionRun, TemplateMap
from detection.services.aside import Aside, set_aside
from detection.services.claims import claim, fail
from detection.services.digests import repeat_words, result_digest
from detection.services.inputs import RunInputs, inputs_now, inputs_of, kept, pipeline_inputs
from detection.services.requests import newest_file, newest_pull
from detection.storing import facts_of, store_analysis, store_for_comparison
from staff.permissions import Worker
from traffic.enums import FileKind
from traffic.lake import Lake, among, visible_files
from traffic.models import LakeFile
from traffic.versions import comparable

Report = Callable[[str], None]
WORKER = Worker("detection")
CLOCKS_DIFFER = timedelta(days=1)


def run_detection(*, run: DetectionRun, report: Report = lambda words: None) -> DetectionRun:
    """Carry out a run. Does nothing when it is finished or another worker has it; visible only when finished."""
    # What the run sees is named before anything is read: what a pull adds meanwhile belongs to the next run.
    seen = run.base or DetectionRun(last_pull_id=newest_pull(), last_file_id=newest_file())
    if not claim(run, last_pull_id=seen.last_pull_id, last_file_id=seen.last_file_id):
        return run
    run.refresh_from_db()
    try:
        _carry_out(run, report)
    except DomainError as error:
        fail(run, error.message)
    except Exception as error:
        fail(run, f"{type(error).__name__}: {error}")
        raise
    run.refresh_from_db()
    return run


def _carry_out(run: DetectionRun, report: Report) -> None:
    from detection.analysis.pipeline import run as analyse  # brings scipy and pandas, which a web process never needs

    def progress(words: str) -> None:
        DetectionRun.objects.filter(pk=run.pk).update(progress=words, heartbeat_at=now())
        report(words)

    _set_window(run)
    read = _inputs(run, progress)
    lake = Lake()
    exchanges = lake.exchanges(start=run.window_start, end=run.window_end, up_to=run.last_file_id)
    parameters = Parameters.from_dict(run.parameters)
    analysis = analyse(comparable(exchanges), pipeline_inputs(read, lake), parameters, progress)
    progress("Writing the result")
    inputs = read.digests | _lake_digests(run)  # the lake as it is: files of a base may be gone by now
    aside, skeletons = set_aside(run, lake, exchanges), _skeletons(lake, analysis)
    with transaction.atomic():
        locked = DetectionRun.objects.select_for_update().get(pk=run.pk)
        if locked.state != RunState.RUNNING:
            raise Conflict(f"Run {run.pk} is {locked.state}; its result is dropped.")
        _finish(locked, analysis, inputs, aside)
        _store(locked, analysis, skeletons)


def _set_window(run: DetectionRun) -> None:
    """Where the window rolls, let it end with the newest exchange that the run sees and whose time can be right.

    One exchange from a gateway whose clock is years ahead would otherwise take every other one out of the window. A log
    that lies ahead as a whole is read as it is.
    """
    if run.rolling_days is None:
        return
    files = LakeFile.objects.filter(kind=FileKind.EXCHANGES, pk__lte=run.last_file_id)
    possible = Q(max_ts_us__lte=to_us((run.started_at or now()) + CLOCKS_DIFFER))
    found = files.aggregate(newest=Max("max_ts_us"), possible=Max("max_ts_us", filter=possible))
    newest = found["possible"] if found["possible"] is not None else found["newest"]
    if newest is not None:
        run.window_end = from_us(newest + 1)
        run.window_start = run.window_end - timedelta(days=run.rolling_days)
    run.save(update_fields=["window_start", "window_end"])


def _inputs(run: DetectionRun, progress: Report) -> RunInputs:
    """What the run's base read; without one, what stands now. Only live runs bring the map of near-duplicates up to date."""
    from detection.mapping import update_map  # brings scipy as well

    if run.base is not None:
        return inputs_of(run.base)
    if run.is_live:
        progress("Mapping near-duplicates")
        return kept(inputs_now(update_map(actor=WORKER)))
    return kept(inputs_now(TemplateMap.objects.first()))


def _lake_digests(run: DetectionRun) -> dict[str, Any]:
    files = visible_files(FileKind.EXCHANGES, start=run.window_start, end=run.window_end, up_to=run.last_file_id)
    return {"lake": digest(sorted(file.sha256 for file in files)), "lake_files": len(files)}


def _finish(run: DetectionRun, analysis: Analysis, inputs: dict[str, Any], aside: Aside) -> None:
    run.window_start = run.window_start or _moment(analysis.window_start_us, 0)
    run.window_end = run.window_end or _moment(analysis.window_end_us, 1)
    run.inputs, run.result_digest, run.n_missed = inputs, result_digest(analysis), aside.missed
    run.n_exchanges, run.n_accounts, run.n_units = analysis.n_exchanges, analysis.n_accounts, len(analysis.units)
    run.state, run.finished_at, run.progress = RunState.FINISHED, now(), ""
    repeated = [repeat_words(run, run.base)] if run.kind == RunKind.REPEAT and run.base is not None else []
    run.message = " ".join([*analysis.notes, *aside.words, *repeated])
    run.save()


def _moment(time_us: int | None, more_us: int) -> datetime | None:
    return None if time_us is None else from_us(time_us + more_us)


def _store(run: DetectionRun, analysis: Analysis, skeletons: dict[int, str]) -> None:
    """Rows of what was concluded: of a live run with campaigns, of others for comparison alone."""
    if run.is_live:
        record_many(actor=WORKER, events=store_analysis(run, analysis, skeletons))
    else:
        store_for_comparison(run, analysis, skeletons)
    facts = facts_of(analysis) | {"kind": run.kind, "look": run.is_look, "missed": run.n_missed}
    record(actor=WORKER, action="run.finished", subject=f"run:{run.pk}", digest=run.result_digest, **facts)


def _skeletons(lake: Lake, analysis: Analysis) -> dict[int, str]:
    wanted = sorted({found.example_skeleton_h for found in analysis.templates})
    if not wanted or not visible_files(FileKind.SKELETONS):
        return {}
    table = lake.skeletons()
    rows = table.filter(among(table.skeleton_h, wanted)).select("skeleton_h", "skeleton").to_pyarrow().to_pylist()
    return {row["skeleton_h"]: row["skeleton"] for row in rows}
