"""Pages of what people do around a case: tasks, due day, merging, splitting, related cases, custody, pins."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from investigations import queries, services
from investigations.forms.case_work import DueForm, MergeForm, PinAnywhereForm, SplitForm, TaskForm
from investigations.queries import custody as custody_queries
from investigations.queries.related import related_cases
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_POST
def add_task(request: StaffRequest, code: str) -> HttpResponse:
    """Ask for something to be done."""
    case = queries.get_case(code, reader=request.user)
    services.add_task(case=case, actor=request.user, **cleaned(TaskForm(request.POST)))
    return redirect(f"{case.get_absolute_url()}#tasks")


@require_POST
def finish_task(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Say that a task is done."""
    case = queries.get_case(code, reader=request.user)
    services.finish_task(task=queries.get_task(case, number), actor=request.user)
    return redirect(f"{case.get_absolute_url()}#tasks")


@require_POST
def reopen_task(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Take back that a task is done."""
    case = queries.get_case(code, reader=request.user)
    services.reopen_task(task=queries.get_task(case, number), actor=request.user)
    return redirect(f"{case.get_absolute_url()}#tasks")


@require_POST
def set_due(request: StaffRequest, code: str) -> HttpResponse:
    """Set the day by which the case is to be decided."""
    case = queries.get_case(code, reader=request.user)
    services.set_due(case=case, actor=request.user, **cleaned(DueForm(request.POST)))
    return redirect(case)


@require_POST
def merge(request: StaffRequest, code: str) -> HttpResponse:
    """Merge this case into another that the reader may know of."""
    case, data = queries.get_case(code, reader=request.user), cleaned(MergeForm(request.POST))
    into = queries.get_case(data["into"].strip().upper(), reader=request.user)
    services.merge_cases(source=case, into=into, reason=data["reason"], actor=request.user)
    messages.success(request, f"{code} went on in {into.code}; its decisions and case files stay in {code}.")
    return redirect(into)


@require_POST
def split(request: StaffRequest, code: str) -> HttpResponse:
    """Open a case out of this one with the ticked accounts and the chosen exhibits and notes."""
    case = queries.get_case(code, reader=request.user)
    data = cleaned(SplitForm(request.POST, case=case, reader=request.user))
    accounts = queries.accounts_of(case, request.POST.getlist("account"))
    new = services.split_case(case=case, accounts=accounts, actor=request.user, **data)
    messages.success(request, f"{new.code} is open, split from {code}.")
    return redirect(new)


@require_safe
def related(request: StaffRequest, code: str) -> HttpResponse:
    """Other cases that share an account, a template or an identifier, as a fragment."""
    case = queries.get_case(code, reader=request.user)
    lines = related_cases(case, reader=request.user)
    return render(request, "investigations/_related.html", {"case": case, "related": lines})


@require_safe
def custody(request: StaffRequest, code: str) -> HttpResponse:
    """Who saw and did what, from the case's own chain."""
    case = queries.get_case(code, reader=request.user)
    services.record_case_view(case=case, actor=request.user)
    actor, seen = request.GET.get("actor", "").strip(), bool(request.GET.get("seen"))
    events = custody_queries.chain_events(case, request.user, actor=actor, seen_only=seen)
    page = keyset_page(events, key="-seq", after=request.GET.get("after"), size=100)
    people = custody_queries.people_of(case, request.user)
    context = {"case": case, "page": page, "people": people, "actor": actor, "seen": seen}
    return render(request, "investigations/custody.html", context)


@require_safe
def people(request: StaffRequest, code: str) -> JsonResponse:
    """Whom a note on the case may mention, for the list under the note."""
    case = queries.get_case(code, reader=request.user)
    return JsonResponse({"people": [{"username": one.username, "name": str(one)} for one in queries.readers_of(case)]})


def pin(request: StaffRequest) -> HttpResponse:
    """Pin something from any page to an open case, with the reason."""
    check(request.user, Action.EDIT_CASE)
    if request.method == "POST":
        data = cleaned(PinAnywhereForm(request.POST, reader=request.user))
        back = data.pop("back")
        exhibit = services.pin_exhibit(actor=request.user, **data)
        messages.success(request, f"Pinned to {exhibit.case.code} as exhibit {exhibit.number}.")
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
        return redirect(back if safe else exhibit.case)
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    known = {"kind": request.GET.get("kind", ""), "ref": request.GET.get("ref", "")}
    back = f"{here.path}?{here.query}" if here.query else here.path
    form = PinAnywhereForm(initial={**known, "back": back}, reader=request.user, auto_id="pin_%s")
    whole = not request.headers.get("HX-Request")
    return render(
        request, "investigations/pin.html" if whole else "investigations/_pin_dialog.html", {"form": form, **known}
    )
