"""The detection page: runs, what each could show, what changed between two of them and why."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from detection import services
from detection.analysis import reach
from detection.enums import RunKind
from detection.forms.runs import CompareForm
from detection.queries import comparison
from detection.queries import conclusions as queries
from detection.queries import runs as run_queries
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def runs(request: StaffRequest) -> HttpResponse:
    """Runs, newest first, with progress of the one under way."""
    check(request.user, Action.VIEW_EVIDENCE)
    kind = request.GET.get("kind", "")
    page = keyset_page(run_queries.runs_of_kind(kind), key="-id", after=request.GET.get("after"))
    latest = run_queries.latest_live_run()
    before = run_queries.run_before(latest) if latest else None
    context = {"page": page, "kind": kind, "kinds": RunKind.choices, "busy": run_queries.runs_under_way()}
    return render(request, "detection/runs.html", context | {"latest": latest, "before": before})


@require_safe
def run(request: StaffRequest, run_id: int) -> HttpResponse:
    """One run: its inputs, and each unit with what its gate said."""
    check(request.user, Action.VIEW_EVIDENCE)
    found = queries.get_run(run_id)
    units = keyset_page(queries.units(found), key="-score,id", after=request.GET.get("after"))
    context = {"run": found, "units": units, "before": run_queries.run_before(found)}
    return render(request, "detection/run.html", context)


@require_safe
def run_reach(request: StaffRequest, run_id: int) -> HttpResponse:
    """How many tests a run made, which level was in reach, and what each signal was compared with."""
    check(request.user, Action.VIEW_EVIDENCE)
    found = run_queries.get_finished_run(run_id)
    return render(request, "detection/run_reach.html", {"run": found, "reach": reach.reach_of(found)})


@require_safe
def compare(request: StaffRequest) -> HttpResponse:
    """What one run says differently from another, and why; the address names both."""
    check(request.user, Action.VIEW_EVIDENCE)
    given = cleaned(CompareForm(request.GET))
    found = comparison.compare_runs(given["before"], given["after"])
    return render(request, "detection/run_diff.html", {"found": found, "shown": comparison.SHOWN})


@require_POST
def start_run(request: StaffRequest) -> HttpResponse:
    """Ask for a run over everything pulled so far."""
    services.request_run(actor=request.user)
    return redirect("detection:runs")
