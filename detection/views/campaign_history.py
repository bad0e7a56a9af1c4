"""The history of one campaign over the runs."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from detection.queries.history import campaign_history
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def history(request: StaffRequest, code: str) -> HttpResponse:
    """What each live run changed about a campaign, newest first; its own page embeds it."""
    check(request.user, Action.VIEW_EVIDENCE)
    found = campaign_history(code, after=request.GET.get("after"))
    return render(request, "detection/campaign_history.html", {"history": found})
