"""The queue, home of the desk, and the rail's counts."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit.alarm import alarm
from core.paging import keyset_page
from investigations import queries
from staff.enums import Action
from staff.permissions import can, check
from staff.queries import unread_notices
from staff.requests import StaffRequest
from staff.restrictions import readable_faults


@require_safe
def queue(request: StaffRequest) -> HttpResponse:
    """My work first, then campaigns without a verdict, approvals, leads, and every open session."""
    check(request.user, Action.VIEW_EVIDENCE)
    narrow = queries.SessionFilter(show="unclaimed")
    page = keyset_page(
        queries.sessions(narrow, request.user), key="-strength,-id", after=request.GET.get("after"), size=25
    )
    context = {"front": queries.front(request.user), "page": page, "standing": queries.standing()}
    return render(request, "investigations/queue.html", context)


@require_safe
def rail(request: StaffRequest) -> HttpResponse:
    """The pages' names with what waits on each, as a fragment."""
    check(request.user, Action.VIEW_EVIDENCE)
    context = {"rail": queries.rail_counts(request.user), "at": request.GET.get("at", "")}
    context |= {"unread": unread_notices(request.user), "oob": True}
    if can(request.user, Action.VIEW_AUDIT):
        context["alarm"] = bad = alarm()
        if bad is not None:
            bad.faults = readable_faults(bad.faults, request.user)
    return render(request, "components/_rail.html", context)
