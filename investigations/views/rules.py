"""What reviews and decisions are bound by, kept by administrators: the protected list, the targets of the queue."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from investigations import queries, services
from investigations.forms.cases import ReasonForm
from investigations.forms.queue import TargetForm
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


@require_safe
def review_targets(request: StaffRequest) -> HttpResponse:
    """Within how many hours each kind of item should be settled, and how many open ones are overdue."""
    check(request.user, Action.VIEW_CASE)
    lines = [
        (one, TargetForm(initial={"kind": one.kind, "hours": one.hours}, auto_id=f"{one.kind}_%s"))
        for one in queries.review_targets(request.user)
    ]
    return render(request, "investigations/targets.html", {"lines": lines})


@require_POST
def set_target(request: StaffRequest) -> HttpResponse:
    """Change a target; open items without a date of their own follow."""
    target = services.set_review_target(actor=request.user, **cleaned(TargetForm(request.POST)))
    messages.success(request, f"{target.get_kind_display().capitalize()}: due within {target.hours} hours.")
    return redirect("investigations:review_targets")
