"""The find field."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from investigations import queries
from staff.enums import Action
from staff.permissions import check


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Straight to what the words name, or a list of what begins with or holds them."""
    check(request.user, Action.VIEW_EVIDENCE)
    query = request.GET.get("q", "").strip()
    address = queries.target(query) if query else None
    if address:
        return redirect(address)
    return render(request, "investigations/search.html", {"found": queries.matches(query), "query": query})
