"""What decisions are bound by: the protected list that administrators keep."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from investigations import queries
from investigations.forms.cases import ReasonForm
from investigations.forms.selections import ProtectForm
from investigations.services import protecting
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def protected_list(request: StaffRequest) -> HttpResponse:
    """Who is decided on only by name."""
    check(request.user, Action.VIEW_CASE)
    page = keyset_page(queries.protections(), key="-id", after=request.GET.get("after"))
    context = {"page": page, "form": ProtectForm()}
    return render(request, "investigations/protected.html", context)


@require_POST
def protect(request: StaffRequest) -> HttpResponse:
    """Add to the list."""
    entry = protecting.protect(actor=request.user, **cleaned(ProtectForm(request.POST)))
    messages.success(request, f"{entry.organisation or entry.account} is protected.")
    return redirect("investigations:protected")


@require_POST
def unprotect(request: StaffRequest, number: int) -> HttpResponse:
    """Take an entry off the list."""
    entry = queries.get_protection(number)
    protecting.unprotect(protection=entry, actor=request.user, **cleaned(ReasonForm(request.POST)))
    return redirect("investigations:protected")
