"""Campaign pages."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from investigations import queries, services
from investigations.forms.campaigns import CampaignCaseForm, VerdictForm, chosen_accounts
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def campaign_list(request: StaffRequest) -> HttpResponse:
    """Campaigns, the strongest first."""
    check(request.user, Action.VIEW_EVIDENCE)
    page = keyset_page(queries.campaigns(), key="-score,id", after=request.GET.get("after"))
    return render(request, "investigations/campaigns.html", {"page": page})


@require_safe
def campaign_page(request: StaffRequest, code: str) -> HttpResponse:
    """One campaign: facts, charts, evidence with its honest look-alikes, innocent explanations, members."""
    check(request.user, Action.VIEW_EVIDENCE)
    campaign, tier = queries.get_campaign(code), request.GET.get("tier", "")
    members = keyset_page(queries.members(campaign, tier=tier), key="-k,id", after=request.GET.get("after"), size=100)
    context = {"campaign": campaign, "facts": queries.campaign_facts(campaign), "members": members, "tier": tier}
    forms = {"verdict_form": VerdictForm(), "case_form": CampaignCaseForm(initial={"title": campaign.name})}
    return render(request, "investigations/campaign.html", context | forms)


@require_POST
def claim(request: StaffRequest, code: str) -> HttpResponse:
    """Take a campaign; whoever has it is named if it is taken."""
    services.claim_campaign(campaign=queries.get_campaign(code), actor=request.user)
    return redirect("investigations:campaign", code)


@require_POST
def release(request: StaffRequest, code: str) -> HttpResponse:
    """Give a campaign back."""
    services.release_campaign(campaign=queries.get_campaign(code), actor=request.user)
    return redirect("investigations:campaign", code)


@require_POST
def verdict(request: StaffRequest, code: str) -> HttpResponse:
    """Say what a campaign's flag turned out to be."""
    data = cleaned(VerdictForm(request.POST))
    services.set_campaign_verdict(campaign=queries.get_campaign(code), actor=request.user, **data)
    messages.success(request, f"Verdict on {code} saved.")
    return redirect("investigations:campaign", code)


@require_POST
def open_case(request: StaffRequest, code: str) -> HttpResponse:
    """Open a case on the whole campaign, or on the members that are ticked."""
    campaign, data = queries.get_campaign(code), cleaned(CampaignCaseForm(request.POST))
    chosen = chosen_accounts(campaign, request.POST.getlist("member"))
    case = services.open_campaign_case(campaign=campaign, accounts=chosen, actor=request.user, **data)
    messages.success(request, f"{case.code} is open; the campaign is pinned as its first exhibit.")
    return redirect("investigations:case", case.code)
