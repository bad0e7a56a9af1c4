"""The detection page: runs, what each tested, and how to repeat it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.paging import keyset_page
from detection import queries, services
from staff.enums import Action
from staff.permissions import check


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """Runs, newest first, with progress of the one under way."""
    check(request.user, Action.VIEW_EVIDENCE)
    page = keyset_page(queries.runs(), key="-id", after=request.GET.get("after"))
    return render(request, "detection/runs.html", {"page": page, "latest": queries.latest_finished_run()})


@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: its inputs, and each unit with what its gate said."""
    check(request.user, Action.VIEW_EVIDENCE)
    found = queries.get_run(run_id)
    units = keyset_page(queries.units(found), key="-score,id", after=request.GET.get("after"))
    return render(request, "detection/run.html", {"run": found, "units": units})


@require_POST
def start_run(request: HttpRequest) -> HttpResponse:
    """Ask for a run over everything pulled so far."""
    services.request_run(actor=request.user)
    return redirect("detection:runs")
