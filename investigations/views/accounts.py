"""Account pages."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.enums import Status
from core.paging import keyset_page
from core.text import storable
from investigations import queries
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def account_list(request: StaffRequest) -> HttpResponse:
    """Accounts by id, narrowed by status and by the start of the id or organisation."""
    check(request.user, Action.VIEW_EVIDENCE)
    text, status = storable(request.GET.get("text", "").strip()), storable(request.GET.get("status", ""))
    found = queries.accounts(text=text, status=status)
    page = keyset_page(found, key="account_id", after=request.GET.get("after"))
    context = {"page": page, "text": text, "status": status, "statuses": Status.choices}
    return render(request, "investigations/accounts.html", context)


@require_safe
def account_page(request: StaffRequest, account_id: str) -> HttpResponse:
    """One account: profile, identifiers, both statuses with their history, scores, campaigns, sessions, decisions."""
    check(request.user, Action.VIEW_EVIDENCE)
    account = queries.get_account(storable(account_id))
    context = {"account": account, **queries.account_context(account)}
    return render(request, "investigations/account.html", context)
