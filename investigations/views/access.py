"""Pages of who alone may know of a case."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from investigations import queries
from investigations.forms.access import PersonForm, RestrictForm
from investigations.forms.cases import ReasonForm
from investigations.models import Case
from investigations.services import access
from staff.enums import Action
from staff.permissions import can
from staff.requests import StaffRequest


@require_safe
def access_page(request: StaffRequest) -> HttpResponse:
    """Restricted cases by code with the people named, for an administrator of access."""
    page = keyset_page(queries.restricted_cases(request.user), key="-id", after=request.GET.get("after"))
    return render(request, "investigations/access.html", {"page": page, "person_form": PersonForm()})


@require_POST
def restrict(request: StaffRequest, code: str) -> HttpResponse:
    """Restrict a case to named people."""
    case = queries.get_case(code, reader=request.user)
    access.restrict_case(case=case, actor=request.user, **cleaned(RestrictForm(request.POST)))
    messages.success(request, f"{code} is there for its named people alone now.")
    return redirect("investigations:case", code)


@require_POST
def lift(request: StaffRequest, code: str) -> HttpResponse:
    """Open a restricted case to everyone whose role may read cases."""
    case = queries.get_case(code, reader=request.user)
    access.lift_restriction(case=case, actor=request.user, **cleaned(ReasonForm(request.POST)))
    return redirect("investigations:case", code)


@require_POST
def name(request: StaffRequest, code: str) -> HttpResponse:
    """Let one more person know of a restricted case."""
    data = cleaned(PersonForm(request.POST))
    access.name_person(case=_case(request, code), actor=request.user, **data)
    messages.success(request, f"{data['person']} may read {code} now.")
    return _back(request, code)


@require_POST
def unname(request: StaffRequest, code: str) -> HttpResponse:
    """Take a name off a restricted case."""
    data = cleaned(PersonForm(request.POST))
    access.unname_person(case=_case(request, code), actor=request.user, **data)
    messages.success(request, f"{data['person']} may no longer read {code}.")
    return _back(request, code)


def _case(request: StaffRequest, code: str) -> Case:
    if can(request.user, Action.MANAGE_ACCESS):
        return queries.get_restricted(code, reader=request.user)
    return queries.get_case(code, reader=request.user)


def _back(request: StaffRequest, code: str) -> HttpResponse:
    if can(request.user, Action.MANAGE_ACCESS):
        return redirect("investigations:access")
    return redirect("investigations:case", code)
