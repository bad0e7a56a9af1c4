"""One case file: its digest to read out, who has a copy, whether it still verifies, its produced forms and their maps."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from investigations import queries
from investigations.casefile import produced
from investigations.forms.legal import HandOverForm, MapForm, ProducedForm
from investigations.queries.legal import casefile_context, check_context
from investigations.services import custody
from staff.requests import StaffRequest


@require_safe
def casefile_page(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """One case file of a case, for whoever may read the case."""
    case = queries.get_case(code, reader=request.user)
    export = queries.get_export(case, number)
    forms = {
        "hand_over_form": HandOverForm(initial={"handed_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M")}),
        "produced_form": ProducedForm(auto_id="produce_%s"),
        "map_form": MapForm(auto_id="map_%s"),
    }
    context = {"case": case, "export": export, **casefile_context(export), **forms}
    return render(request, "investigations/casefile.html", context)


@require_POST
def hand_over(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Record that a copy went to somebody."""
    export = queries.get_export(queries.get_case(code, reader=request.user), number)
    made = custody.record_hand_over(export=export, actor=request.user, **cleaned(HandOverForm(request.POST)))
    messages.success(request, f"Recorded: a copy went to {made.recipient}.")
    return redirect("investigations:casefile", code, number)


@require_POST
def request_check(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Ask a worker to verify the file again."""
    export = queries.get_export(queries.get_case(code, reader=request.user), number)
    custody.request_check(export=export, actor=request.user)
    return redirect("investigations:casefile", code, number)


@require_safe
def check_state(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """The last verification step by step, as a fragment that renews itself while it runs."""
    case = queries.get_case(code, reader=request.user)
    export = queries.get_export(case, number)
    context = {"case": case, "export": export, **check_context(export)}
    return render(request, "investigations/_export_check.html", context)


@require_POST
def request_produced(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """Ask a worker for a produced form of this sealed one."""
    case = queries.get_case(code, reader=request.user)
    data = cleaned(ProducedForm(request.POST))
    made = produced.request_produced(source=queries.get_export(case, number), actor=request.user, **data)
    messages.success(request, f"A worker makes {made.name}, the produced form; its progress shows here.")
    return redirect("investigations:casefile", code, made.number)


@never_cache
@require_POST
def download_map(request: StaffRequest, code: str, number: int) -> FileResponse:
    """Hand over the re-identification map, with the purpose in the trail."""
    export = queries.get_export(queries.get_case(code, reader=request.user), number)
    path = produced.open_map(export=export, actor=request.user, **cleaned(MapForm(request.POST)))
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type="application/zip")
