"""Thresholds tried on the past, made live by a lead, or run as a shadow beside the live ones."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from detection.enums import TuningPurpose
from detection.forms.runs import BackTestForm, TuningForm
from detection.queries import runs as run_queries
from detection.tuning import backtest, tuned
from detection.tuning import services as tuning
from detection.tuning.thresholds import TUNABLE, in_words, thresholds_of
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def back_test_list(request: StaffRequest) -> HttpResponse:
    """What stands, the form to try other thresholds, and every back-test and shadow run, newest first."""
    check(request.user, Action.VIEW_EVIDENCE)
    page = keyset_page(backtest.comparison_runs(), key="-id", after=request.GET.get("after"))
    live, shadow = tuned.standing(TuningPurpose.LIVE), tuned.standing(TuningPurpose.SHADOW)
    values = thresholds_of({}) | (live.thresholds if live else {})
    context: dict[str, object] = {"page": page, "live": live, "shadow": shadow, "thresholds": TUNABLE, "values": values}
    context["shadow_words"] = in_words(shadow.thresholds) if shadow else ""
    latest = run_queries.latest_live_run()
    changes = [(one, in_words(one.thresholds) if one.thresholds else "") for one in tuned.changes()[:20]]
    form = BackTestForm(initial=values | {"days": latest and tuning.window_days(latest)})
    found = {"latest": latest, "changes": changes, "form": form, "busy": run_queries.runs_under_way()}
    return render(request, "detection/backtests.html", context | found)


@require_POST
def start_back_test(request: StaffRequest) -> HttpResponse:
    """Try thresholds on the past days; a worker carries it out."""
    given = cleaned(BackTestForm(request.POST))
    run = tuning.request_back_test(days=given.pop("days"), thresholds=given, actor=request.user)
    return redirect("detection:back_test", run.pk)


@require_safe
def back_test_page(request: StaffRequest, run_id: int) -> HttpResponse:
    """What other thresholds would have flagged, against the live run."""
    check(request.user, Action.VIEW_EVIDENCE)
    run = backtest.get_back_test(run_id)
    context = {"run": run, "found": backtest.back_test_of(run), "busy": run.state in ("waiting", "running")}
    standing = {"live": tuned.standing(TuningPurpose.LIVE), "shadow": tuned.standing(TuningPurpose.SHADOW)}
    return render(request, "detection/backtest.html", context | standing)


@require_POST
def make_live(request: StaffRequest, run_id: int) -> HttpResponse:
    """Let later live runs use the thresholds of a back-test."""
    run, given = backtest.get_back_test(run_id), cleaned(TuningForm(request.POST))
    tuning.make_live(run=run, actor=request.user, **given)
    messages.success(request, "These thresholds are live from the next run on.")
    return redirect("detection:back_tests")


@require_POST
def start_shadow(request: StaffRequest, run_id: int) -> HttpResponse:
    """Let a shadow run with the thresholds of a back-test follow every live run."""
    run, given = backtest.get_back_test(run_id), cleaned(TuningForm(request.POST))
    tuning.start_shadow(run=run, actor=request.user, **given)
    messages.success(request, "A shadow run follows every live run from now on.")
    return redirect("detection:back_tests")


@require_POST
def stop_shadow(request: StaffRequest) -> HttpResponse:
    """Let no shadow run follow the live ones."""
    tuning.stop_shadow(actor=request.user, **cleaned(TuningForm(request.POST)))
    messages.success(request, "No shadow run follows any longer.")
    return redirect("detection:back_tests")
