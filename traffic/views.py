"""Pages of sources, pulls and quarantine."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest
from traffic import queries, services
from traffic.forms import SourceForm


@require_safe
def sources(request: StaffRequest) -> HttpResponse:
    """Every source with its last pull, its lag and what it quarantined."""
    check(request.user, Action.VIEW_EVIDENCE)
    context = {"rows": queries.source_rows(), "lake": queries.lake_facts()}
    return render(request, "traffic/sources.html", context)


@require_safe
def source(request: StaffRequest, slug: str) -> HttpResponse:
    """One source and its pulls, newest first."""
    check(request.user, Action.VIEW_EVIDENCE)
    found = queries.get_source(slug)
    pulls = keyset_page(queries.pulls_of(found), key="-id", after=request.GET.get("after"))
    return render(request, "traffic/source.html", {"source": found, "pulls": pulls})


@require_safe
def quarantine(request: StaffRequest, slug: str) -> HttpResponse:
    """What could not be read of a source, with the place and the reason."""
    check(request.user, Action.VIEW_EVIDENCE)
    found = queries.get_source(slug)
    records = keyset_page(queries.quarantine_of(found), key="-id", after=request.GET.get("after"))
    return render(request, "traffic/quarantine.html", {"source": found, "records": records})


@require_POST
def pull_now(request: StaffRequest, slug: str) -> HttpResponse:
    """Ask for a pull; one that waits or runs already is enough."""
    services.request_pull(source=queries.get_source(slug), actor=request.user)
    return redirect("traffic:source", slug)


def add_source(request: StaffRequest) -> HttpResponse:
    """Add a file or folder as a source, and pull it."""
    check(request.user, Action.MANAGE_SOURCES)
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        added = services.add_source(actor=request.user, **cleaned(form))
        services.request_pull(source=added, actor=request.user)
        messages.success(request, f"{added.name} is added; a worker pulls it.")
        return redirect("traffic:source", added.slug)
    return render(request, "traffic/add_source.html", {"form": form})
