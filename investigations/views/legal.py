"""The page for legal: the case read-only, what leaves the house and who had it, and counsel's own notes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from investigations import queries, services
from investigations.forms.cases import ExportForm
from investigations.forms.legal import CounselNoteForm
from investigations.queries.legal import legal_exports
from staff.requests import StaffRequest


@require_safe
def legal_page(request: StaffRequest, code: str) -> HttpResponse:
    """What legal needs of a case, on one page; reading it is a view of the case."""
    case = queries.get_case(code, reader=request.user)
    services.record_case_view(case=case, actor=request.user)
    context = queries.legal_context(case, reader=request.user)
    return render(request, "investigations/legal.html", {"case": case, "export_form": ExportForm(), **context})


@require_safe
def exports(request: StaffRequest, code: str) -> HttpResponse:
    """The case files as the page for legal lists them, a fragment that renews itself while one is written."""
    case = queries.get_case(code, reader=request.user)
    return render(request, "investigations/_legal_exports.html", {"case": case, **legal_exports(case)})


@never_cache
@require_safe
def counsel_page(request: StaffRequest, code: str) -> HttpResponse:
    """Counsel's notes on a case, for counsel alone."""
    case = queries.get_case(code, reader=request.user)
    notes = services.read_counsel_notes(case=case, actor=request.user)
    return render(request, "investigations/counsel.html", {"case": case, "notes": notes, "form": CounselNoteForm()})


@require_POST
def write_counsel_note(request: StaffRequest, code: str) -> HttpResponse:
    """Keep a privileged note."""
    case = queries.get_case(code, reader=request.user)
    note = services.write_counsel_note(case=case, actor=request.user, **cleaned(CounselNoteForm(request.POST)))
    messages.success(request, f"Counsel's note {note.number} is kept. Case files list it in the privilege log alone.")
    return redirect("investigations:counsel", code)
