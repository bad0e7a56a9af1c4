"""Searching the texts in the lake: asked for, followed, cancelled, read, acted on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import ApiAccount
from core.errors import InvalidInput
from core.http import cleaned
from core.paging import keyset_page
from investigations import queries, services
from investigations.forms.review import RevealForm
from investigations.forms.text_search import SearchCaseForm, TextSearchForm
from investigations.models import TextSearch
from investigations.queries import text_search as found
from investigations.services import text_search
from investigations.services.selection import open_accounts_case
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


def searches(request: StaffRequest) -> HttpResponse:
    """Ask for a search, and one's own so far."""
    check(request.user, Action.REVEAL_TEXT)
    form = TextSearchForm(request.POST or None, initial={"text": request.GET.get("q", "")[:400]})
    if request.method == "POST" and form.is_valid():
        search = text_search.start_search(actor=request.user, **form.asked())
        return redirect("investigations:text_search", search.pk)
    page = keyset_page(found.searches_of(request.user), key="-id", after=request.GET.get("after"), size=25)
    return render(request, "investigations/text_searches.html", {"form": form, "page": page})


@require_safe
def search_page(request: StaffRequest, number: int) -> HttpResponse:
    """One search: how far it is, the accounts behind its hits, the hits, masked."""
    search = found.get_search(number, reader=request.user)
    account = request.GET.get("account", "")
    hits = search.hits.filter(account_id=account) if account else search.hits.all()
    page = keyset_page(hits, key="-occurred_at,-id", after=request.GET.get("after"))
    context = {**_state(search), "page": page, "account": account, "case_form": SearchCaseForm()}
    return render(request, "investigations/text_search.html", context)


@require_safe
def search_state(request: StaffRequest, number: int) -> HttpResponse:
    """How far a search is, as a fragment that renews itself while it runs."""
    search = found.get_search(number, reader=request.user)
    response = render(request, "investigations/_search_state.html", _state(search))
    if not search.under_way:
        response["HX-Refresh"] = "true"  # the hits are all there now
    return response


@require_POST
def cancel(request: StaffRequest, number: int) -> HttpResponse:
    """Stop a search; what it found stays."""
    search = found.get_search(number, reader=request.user)
    text_search.cancel_search(search=search, actor=request.user)
    return redirect("investigations:text_search", search.pk)


@never_cache
@require_POST
def reveal(request: StaffRequest, number: int, hit: int) -> HttpResponse:
    """The match of one hit with the text around it, as a fragment; the reading is in the trail."""
    search, data = found.get_search(number, reader=request.user), cleaned(RevealForm(request.POST))
    one = found.get_hit(search, hit)
    excerpt = text_search.read_hit(hit=one, actor=request.user, **data)
    context = {"search": search, "hit": one, "excerpt": excerpt, "reason": data["reason"]}
    return render(request, "investigations/_search_hit.html", context)


@require_POST
def to_case(request: StaffRequest, number: int) -> HttpResponse:
    """Put the ticked accounts into a new case, or into an open one."""
    search, data = found.get_search(number, reader=request.user), cleaned(SearchCaseForm(request.POST))
    wanted = request.POST.getlist("account")
    accounts = list(
        ApiAccount.objects.filter(account_id__in=search.hits.filter(account_id__in=wanted).values("account_id"))
    )
    if not accounts:
        raise InvalidInput("account", "none", "tick at least one account behind the hits")
    words = f"{data['reason']} (search {search.pk})"
    if data["case"]:
        case = queries.get_case(data["case"].strip().upper(), reader=request.user)
        new = services.add_accounts(case=case, accounts=accounts, reason=words, actor=request.user)
        messages.success(request, f"{new:,} of {len(accounts):,} accounts are new in {case.code}.")
    else:
        title = data["title"] or f"{len(accounts):,} accounts found by search {search.pk}"
        case = open_accounts_case(accounts=accounts, title=title, reason=words, actor=request.user)
        messages.success(request, f"{case.code} is open on {len(accounts):,} accounts.")
    return redirect(case)


def _state(search: TextSearch) -> dict[str, object]:
    lines, total = found.accounts_behind(search)
    return {"search": search, "progress": found.progress(search), "lines": lines, "n_accounts": total}
