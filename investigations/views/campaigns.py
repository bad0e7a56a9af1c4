"""Campaign pages."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import Status
from core.http import cleaned
from core.paging import keyset_page
from core.text import one_line, storable
from investigations import queries, services
from investigations.forms.campaigns import CampaignCaseForm, HoursForm, VerdictForm, chosen_accounts
from investigations.measures.failover import HOURS
from investigations.queries.blind import keep_campaign_verdict_back
from investigations.services.verdicts_read import note_campaign_verdict_read
from investigations.views.queue import remembered, to_next
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
    """One campaign: facts, evidence with its honest look-alikes, innocent explanations, members; the rest comes in pieces."""
    check(request.user, Action.VIEW_EVIDENCE)
    campaign = queries.get_campaign(code)
    kept_back = keep_campaign_verdict_back(campaign, request.user)
    note_campaign_verdict_read(campaign=campaign, reader=request.user)
    given = {key: storable(request.GET[key].strip()) for key in ("tier", "status", "text") if request.GET.get(key)}
    narrow = queries.MemberFilter(**given)
    page = keyset_page(queries.members(campaign, narrow), key="-k,id", after=request.GET.get("after"))
    context = {"campaign": campaign, "facts": queries.campaign_facts(campaign), "members": page, "narrow": narrow}
    context |= {
        "kept_back": kept_back,
        "n_matching": queries.accused_matching(campaign, narrow).count(),
        "statuses": Status.choices,
    }
    forms = {
        "verdict_form": VerdictForm(),
        "case_form": CampaignCaseForm(initial={"title": one_line(campaign.name, 200)}),
    }
    return render(request, "investigations/campaign.html", context | forms)


@require_safe
def harvest(request: StaffRequest, code: str) -> HttpResponse:
    """What the campaign took, with the range and what each end assumes, as a fragment."""
    check(request.user, Action.VIEW_EVIDENCE)
    campaign = queries.get_campaign(code)
    context = {"campaign": campaign, "harvest": queries.campaign_harvest(campaign)}
    return render(request, "investigations/_harvest.html", context)


@require_safe
def failover(request: StaffRequest, code: str) -> HttpResponse:
    """What moved where after accounts were stopped, as a fragment."""
    check(request.user, Action.VIEW_EVIDENCE)
    campaign, hours = queries.get_campaign(code), cleaned(HoursForm(request.GET))["hours"]
    context = {"campaign": campaign, "hours": HOURS, "view": queries.campaign_failover(campaign, hours=hours or 24)}
    return render(request, "investigations/_failover.html", context)


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
    if request.POST.get("then") == "next":
        return to_next(request, remembered(request), queries.find_item(code, request.user))
    return redirect("investigations:campaign", code)


@require_POST
def open_case(request: StaffRequest, code: str) -> HttpResponse:
    """Open a case on the whole campaign, or on the members that are ticked."""
    campaign, data = queries.get_campaign(code), cleaned(CampaignCaseForm(request.POST))
    chosen = chosen_accounts(campaign, request.POST.getlist("member"))
    case = services.open_campaign_case(campaign=campaign, accounts=chosen, actor=request.user, **data)
    messages.success(request, f"{case.code} is open; the campaign is pinned as its first exhibit.")
    return redirect("investigations:case", case.code)
