"""The find field."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from investigations import queries
from staff.enums import Action
from staff.permissions import can, check
from staff.requests import StaffRequest


@require_safe
def search(request: StaffRequest) -> HttpResponse:
    """Straight to the one thing that bears the id, else what begins with or holds the words."""
    check(request.user, Action.VIEW_EVIDENCE)
    query = request.GET.get("q", "").strip()[:400]
    address = queries.target(query, reader=request.user) if query else None
    if address is not None:
        return redirect(address)
    matches = queries.matches(query, reader=request.user)
    context = {"query": query, "matches": matches, "may_see_cases": can(request.user, Action.VIEW_CASE)}
    return render(request, "investigations/search.html", context)
