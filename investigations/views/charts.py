"""The numbers behind the charts of campaigns, accounts and templates."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from core.text import storable
from investigations import queries
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def campaign_chart(request: StaffRequest, code: str, name: str) -> HttpResponse:
    """Figure, table and words of one chart, as JSON."""
    check(request.user, Action.VIEW_EVIDENCE)
    given = {key: request.GET[key] for key in ("by", "start") if key in request.GET}
    campaign, theme = queries.get_campaign(code), request.GET.get("theme", "light")
    return JsonResponse(queries.campaign_chart(campaign, name, theme=theme, **given))


@require_safe
def account_chart(request: StaffRequest, account_id: str) -> HttpResponse:
    """An account's days, inside and outside the units of its campaigns, as JSON."""
    check(request.user, Action.VIEW_EVIDENCE)
    account = queries.get_account(storable(account_id))
    return JsonResponse(queries.account_chart(account, theme=request.GET.get("theme", "light")))


@require_safe
def template_chart(request: StaffRequest, template_id: int) -> HttpResponse:
    """Who sent a template when, as JSON."""
    check(request.user, Action.VIEW_EVIDENCE)
    return JsonResponse(queries.template_chart(template_id, theme=request.GET.get("theme", "light")))
