"""Case pages."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from investigations import queries, services
from investigations.casefile import services as casefile
from investigations.forms.case_work import case_dialogs
from investigations.forms.cases import ExportForm, NoteForm, OpenCaseForm, PinForm, ReasonForm
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def case_list(request: StaffRequest) -> HttpResponse:
    """Cases, newest first; one's own with `?mine=1`."""
    check(request.user, Action.VIEW_CASE)
    state, mine = request.GET.get("state", ""), bool(request.GET.get("mine"))
    found = queries.cases(request.user, state=state, owner=request.user if mine else None)
    page = keyset_page(found, key="-id", after=request.GET.get("after"))
    counts = queries.case_counts(request.user)
    context = {"page": page, "counts": counts, "state": state, "mine": mine, "open_form": OpenCaseForm()}
    return render(request, "investigations/cases.html", context)


@require_POST
def open_case(request: StaffRequest) -> HttpResponse:
    """Open a case with a title alone."""
    data = cleaned(OpenCaseForm(request.POST))
    case = services.open_case(actor=request.user, **data)
    return redirect("investigations:case", case.code)


@require_safe
def case_page(request: StaffRequest, code: str) -> HttpResponse:
    """One case: facts, exhibits, decisions, accounts, notes, case files, one timeline of everything."""
    case = queries.get_case(code, reader=request.user)
    services.record_case_view(case=case, actor=request.user)
    given = request.GET
    page = {"after": given.get("after") or "", "before": given.get("before") or ""}
    page |= {"kind": given.get("kind", ""), "order": given.get("order", "newest")}
    context = queries.case_context(case, reader=request.user, **page)
    forms = {
        "note_form": NoteForm(),
        "pin_form": PinForm(),
        "turn_form": ReasonForm(),
        "export_form": ExportForm(),
    }
    if request.user.may(Action.EDIT_CASE):
        forms |= case_dialogs(case, request.user, exhibits=context["exhibits"], notes=context["notes"])
    return render(request, "investigations/case.html", {"case": case, **context, **forms})


@require_POST
def add_note(request: StaffRequest, code: str) -> HttpResponse:
    """Write a note on a case."""
    case = queries.get_case(code, reader=request.user)
    services.add_note(case=case, actor=request.user, **cleaned(NoteForm(request.POST)))
    return redirect("investigations:case", code)


@require_POST
def pin_exhibit(request: StaffRequest, code: str) -> HttpResponse:
    """Pin something to a case as it is now."""
    case = queries.get_case(code, reader=request.user)
    exhibit = services.pin_exhibit(case=case, actor=request.user, **cleaned(PinForm(request.POST)))
    messages.success(request, f"Pinned as exhibit {exhibit.number}.")
    return redirect("investigations:case", code)


@require_POST
def close_case(request: StaffRequest, code: str) -> HttpResponse:
    """Close a case with a reason."""
    case = queries.get_case(code, reader=request.user)
    services.close_case(case=case, actor=request.user, **cleaned(ReasonForm(request.POST)))
    return redirect("investigations:case", code)


@require_POST
def reopen_case(request: StaffRequest, code: str) -> HttpResponse:
    """Reopen a case with a reason."""
    case = queries.get_case(code, reader=request.user)
    services.reopen_case(case=case, actor=request.user, **cleaned(ReasonForm(request.POST)))
    return redirect("investigations:case", code)


@require_POST
def request_export(request: StaffRequest, code: str) -> HttpResponse:
    """Ask a worker for a case file."""
    case = queries.get_case(code, reader=request.user)
    casefile.request_export(case=case, actor=request.user, **cleaned(ExportForm(request.POST)))
    messages.success(request, "A worker writes the case file; its progress shows here.")
    return redirect("investigations:case", code)


@require_safe
def exports(request: StaffRequest, code: str) -> HttpResponse:
    """The case files of a case, as a fragment that renews itself while one is written."""
    case = queries.get_case(code, reader=request.user)
    return render(request, "investigations/_exports.html", {"case": case, **queries.exports_context(case)})


@require_safe
def download_export(request: StaffRequest, code: str, number: int) -> FileResponse:
    """Hand over a case file; the hand-over is an event."""
    case = queries.get_case(code, reader=request.user)
    path, filename = casefile.open_export(export=queries.get_export(case, number), actor=request.user)
    return FileResponse(path.open("rb"), as_attachment=True, filename=filename, content_type="application/zip")
