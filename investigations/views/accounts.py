"""Account pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.enums import Status
from core.paging import keyset_page
from investigations import queries
from staff.enums import Action
from staff.permissions import check


@require_safe
def account_list(request: HttpRequest) -> HttpResponse:
    """Accounts by id, narrowed by the start of id or organisation and by status."""
    check(request.user, Action.VIEW_EVIDENCE)
    text, status = request.GET.get("text", "").strip(), request.GET.get("status", "")
    page = keyset_page(queries.accounts(text=text, status=status), key="account_id", after=request.GET.get("after"))
    context = {"page": page, "text": text, "status": status, "statuses": Status.choices}
    return render(request, "investigations/accounts.html", context)


@require_safe
def account_page(request: HttpRequest, account_id: str) -> HttpResponse:
    """One account: profile, identifiers, history, scores, sessions, decisions."""
    check(request.user, Action.VIEW_EVIDENCE)
    account = queries.get_account(account_id)
    return render(request, "investigations/account.html", {"account": account, **queries.account_context(account)})
