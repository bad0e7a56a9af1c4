"""The palette (Ctrl K), and the lookups that only the lake can answer."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import ApiAccount
from core.clock import from_us
from core.text import storable
from investigations.lake import lookup as lake
from investigations.models import FlaggedSession
from investigations.queries.palette import LOOKED_FOR, is_address
from investigations.queries.palette import palette as options
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def palette(request: StaffRequest) -> HttpResponse:
    """Where the words may lead, as the options of a list box."""
    check(request.user, Action.VIEW_EVIDENCE)
    query = request.GET.get("q", "").strip()
    context = {"query": query, "options": options(query, request.user), "looked_for": LOOKED_FOR}
    return render(request, "components/_palette_options.html", context)


@require_safe
def lake_lookup(request: StaffRequest) -> HttpResponse:
    """An exchange leads to its flagged session, else to its account; an address to the accounts that sent from it."""
    check(request.user, Action.VIEW_EVIDENCE)
    exchange = storable(request.GET.get("exchange", "").strip())[:400]
    ip = storable(request.GET.get("ip", "").strip())[:60]
    if exchange and not is_address(exchange):
        looked = lake.exchange(exchange)
        if len(looked.rows) == 1 and (address := _address_of(looked.rows[0])):
            return redirect(address)
    else:
        looked = lake.accounts_at(ip or exchange)
    found = ApiAccount.objects.filter(account_id__in={row["account_id"] for row in looked.rows})
    known = {account.account_id: account for account in found.select_related("organisation")}
    rows = [row | {"account": known.get(row["account_id"])} for row in looked.rows]
    context = {"rows": rows, "looked": looked, "exchange": exchange, "ip": ip or exchange, "days": lake.DAYS}
    return render(request, "investigations/lake_lookup.html", context)


def _address_of(row: dict[str, object]) -> str | None:
    account_id, moment = str(row["account_id"]), from_us(int(str(row["ts_us"])))
    around = FlaggedSession.objects.filter(account__account_id=account_id, started_at__lte=moment, ended_at__gte=moment)
    session = around.order_by("-strength", "-id").values_list("pk", flat=True).first()
    if session is not None:
        return reverse("investigations:session", args=[session])
    if ApiAccount.objects.filter(account_id=account_id).exists():
        return reverse("investigations:account", args=[account_id])
    return None
