"""Account pages."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import Status
from core.http import cleaned, private
from core.paging import keyset_page
from core.text import storable
from investigations import queries, services
from investigations.forms.review import ExchangeForm
from investigations.services.verdicts_read import note_verdicts_read
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
    context = queries.account_context(account, reader=request.user)
    note_verdicts_read(sessions=context["sessions"], reader=request.user)
    return render(request, "investigations/account.html", {"account": account, **context})


@require_safe
def account_population(request: StaffRequest, account_id: str) -> HttpResponse:
    """Where an account lies among others of its kind, as a fragment."""
    check(request.user, Action.VIEW_EVIDENCE)
    account = queries.get_account(storable(account_id))
    context = {"account": account, "population": queries.population(account)}
    return render(request, "investigations/_population.html", context)


@require_safe
def account_exchanges(request: StaffRequest, account_id: str) -> HttpResponse:
    """An account's exchanges, newest first, as a fragment; their text is masked."""
    check(request.user, Action.VIEW_EVIDENCE)
    account = queries.get_account(storable(account_id))
    page = queries.account_exchanges(account, before=request.GET.get("before", ""))
    return render(request, "investigations/_account_exchanges.html", {"account": account, "page": page})


@require_POST
def read_exchange(request: StaffRequest, account_id: str) -> HttpResponse:
    """The text of one exchange of an account for a reason, as a fragment; the reading is in the trail."""
    account, data = queries.get_account(storable(account_id)), cleaned(ExchangeForm(request.POST))
    text = services.reveal_exchange(account=account, start=None, end=None, actor=request.user, **data)
    shown = queries.shown_to(text, queries.account_templates(account), unmasked=data["unmasked"])
    return private(render(request, "investigations/_reading.html", data | shown | {"action": request.path}))
