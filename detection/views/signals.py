"""The signals: what each shows on honest and on judged units, and how often it was right."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.errors import InvalidInput
from core.http import cleaned
from core.text import one_line
from detection.forms.runs import RunForm
from detection.queries import distributions
from detection.queries import runs as run_queries
from detection.showing.distribution_chart import THEMES, distribution
from detection.showing.method_text import method_text
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def signal_list(request: StaffRequest) -> HttpResponse:
    """Every signal over the units of one run, the latest live one unless the address names another."""
    check(request.user, Action.VIEW_EVIDENCE)
    number = cleaned(RunForm(request.GET))["run"]
    run = run_queries.get_finished_run(number) if number else run_queries.latest_live_run()
    found = distributions.signal_overviews(run) if run else []
    return render(request, "detection/signals.html", {"run": run, "signals": found})


@require_safe
def signal_page(request: StaffRequest, signal: str, run_id: int) -> HttpResponse:
    """One signal: its values, where it was not calculable, its precision, and the text of its method."""
    check(request.user, Action.VIEW_EVIDENCE)
    run = run_queries.get_finished_run(run_id)
    found = distributions.signal_overview(signal, run)
    context = {"run": run, "found": found, "standings": distributions.STANDING, "method": method_text(signal)}
    return render(request, "detection/signal.html", context)


@require_safe
def signal_chart(request: StaffRequest, signal: str, run_id: int) -> HttpResponse:
    """Figure, table and words of a signal's distribution, as JSON."""
    check(request.user, Action.VIEW_EVIDENCE)
    theme = request.GET.get("theme", "light")
    if theme not in THEMES:
        raise InvalidInput("theme", theme, f"it is one of {', '.join(THEMES)}")
    found = distributions.signal_overview(signal, run_queries.get_finished_run(run_id))
    values = [(p.unit_id, p.standing, p.value, p.p) for p in found.points if p.value is not None]
    return JsonResponse(
        distribution(one_line(found.title, 80), one_line(found.value_unit, 80), values, len(found.points), theme)
    )
