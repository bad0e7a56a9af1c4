"""Template pages: skeletons with their slots, and who uses them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.paging import keyset_page
from detection.public_text import listings
from detection.queries import templates as template_queries
from detection.queries.conclusions import get_campaign
from detection.queries.template_lens import template_lens
from staff.enums import Action
from staff.permissions import check


@require_safe
def template_list(request: HttpRequest) -> HttpResponse:
    """Templates, those with the largest units first; public ones alone or left out as the address says."""
    check(request.user, Action.VIEW_EVIDENCE)
    public = request.GET.get("public", "")
    page = keyset_page(template_queries.templates(public=public), key="-n_accounts,-id", after=request.GET.get("after"))
    return render(request, "detection/templates.html", {"page": page, "public": public})


@require_safe
def template_page(request: HttpRequest, template_id: int) -> HttpResponse:
    """One template: its skeleton, the units that rest on it, and their accounts."""
    check(request.user, Action.VIEW_EVIDENCE)
    template = template_queries.get_template(template_id)
    page = keyset_page(template_queries.users(template), key="-k,id", after=request.GET.get("after"))
    context = {"template": template, "parts": template_queries.parts(template.skeleton), "page": page}
    found = {"units": template_queries.units(template), "listing": listings.standing_listing(template)}
    return render(request, "detection/template.html", context | found)


@require_safe
def lens(request: HttpRequest, template_id: int) -> HttpResponse:
    """Variants, slots, spread and other users of a template, as a fragment; with a campaign, beyond its members."""
    check(request.user, Action.VIEW_EVIDENCE)
    template, code = template_queries.get_template(template_id), request.GET.get("campaign", "")
    campaign = get_campaign(code) if code else None
    context = {"lens": template_lens(template, campaign=campaign), "campaign": campaign}
    return render(request, "detection/_lens.html", context | {"parts": template_queries.parts(template.skeleton)})
