"""Which runs a reader of the detection page wants: the latest live one, the one before, one that has finished."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.errors import Conflict, InvalidInput, NotFound
from detection.enums import Level, RunKind, RunState
from detection.models import AccountScore, DetectionRun, Unit


def runs_of_kind(kind: str = "") -> QuerySet[DetectionRun]:
    """Runs of one kind, or all, with how many units they confirmed; keyed by `-id`. Raises InvalidInput for another kind."""
    if kind and kind not in RunKind.values:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(RunKind.values)}, or left out")
    passed = Unit.objects.exclude(level=Level.NONE)
    runs = DetectionRun.objects.annotate(
        n_confirmed=_count(passed, "pk"),
        n_campaigns=_count(passed.exclude(campaign=None), "campaign"),
        n_flagged=_count(AccountScore.objects.filter(flagged=True), "pk"),
    )
    return runs.filter(kind=kind) if kind else runs


def _count(rows: QuerySet[Any], column: str) -> Coalesce:
    """How many different values a column has among a run's rows: its own small query, so that counts do not multiply."""
    own = rows.filter(run=OuterRef("pk")).order_by().values("run").annotate(n=Count(column, distinct=True)).values("n")
    return Coalesce(Subquery(own, output_field=IntegerField()), 0)


def live_runs() -> QuerySet[DetectionRun]:
    """Finished live runs, newest first: those that campaigns and flags follow."""
    return DetectionRun.objects.filter(state=RunState.FINISHED, kind=RunKind.LIVE).order_by("-pk")


def latest_live_run() -> DetectionRun | None:
    """The newest finished live run. One query."""
    return live_runs().first()


def run_before(run: DetectionRun) -> DetectionRun | None:
    """The run that a reader compares a run with first: its base, or the finished live run before it. One query."""
    if not run.is_live and run.base_id is not None:
        return live_runs().filter(pk=run.base_id).first()
    return live_runs().filter(pk__lt=run.pk).first()


def runs_under_way() -> bool:
    """Whether a run waits or is being carried out, so that its page asks again soon. One query."""
    return DetectionRun.objects.filter(state__in=(RunState.WAITING, RunState.RUNNING)).exists()


def get_finished_run(run_id: int, *, kind: str = "") -> DetectionRun:
    """One finished run, of one kind where named. Raises NotFound, and Conflict while it has not finished."""
    run = DetectionRun.objects.filter(pk=run_id).first()
    if run is None or kind not in ("", run.kind):
        raise NotFound(f"There is no {kind.replace('_', '-')} run {run_id}." if kind else f"There is no run {run_id}.")
    if run.state != RunState.FINISHED:
        raise Conflict(f"Run {run_id} is {run.state}; what it found is known once it has finished.")
    return run
