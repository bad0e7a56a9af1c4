"""The numbers behind the campaign page's charts."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from investigations import queries
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def campaign_chart(request: StaffRequest, code: str, name: str) -> HttpResponse:
    """Figure, table and words of one chart, as JSON."""
    check(request.user, Action.VIEW_EVIDENCE)
    chart = queries.campaign_chart(queries.get_campaign(code), name, theme=request.GET.get("theme", "light"))
    return JsonResponse(chart)
