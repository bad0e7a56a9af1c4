"""Judgements on links between accounts: all that stand, a pair's history, and the ties of one campaign."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import judgements
from accounts.enums import Judgement
from core.http import cleaned
from core.paging import keyset_page
from core.text import storable, visible
from detection.forms.reference import JudgeAnewForm, JudgementForm
from detection.queries import conclusions as queries
from detection.queries import links as link_queries
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def link_list(request: StaffRequest) -> HttpResponse:
    """The judgements that stand, newest first, contradictions named; narrowed by word and account."""
    check(request.user, Action.VIEW_EVIDENCE)
    word, account = request.GET.get("judgement", ""), storable(request.GET.get("account_id", "").strip())
    rows = judgements.standing_judgements(judgement=word, account_id=account)
    page = keyset_page(rows, key="-id", after=request.GET.get("after"))
    context = {"page": page, "judgement": word, "account_id": account, "words": Judgement.choices}
    found = {"conflicts": link_queries.contradictions(), "form": JudgementForm(initial={"account_id": account})}
    return render(request, "detection/links.html", context | found)


@require_safe
def pair_page(request: StaffRequest, number: int) -> HttpResponse:
    """Everything that was said of one pair of accounts, the word that stands first."""
    check(request.user, Action.VIEW_EVIDENCE)
    pair = link_queries.get_pair(number)
    form = JudgeAnewForm(initial={"expected": pair.standing.pk, "judgement": pair.standing.judgement})
    return render(request, "detection/links_pair.html", {"pair": pair, "form": form})


@require_safe
def campaign_links(request: StaffRequest, code: str) -> HttpResponse:
    """The ties of a campaign as a graph and a table, with the judgement that stands on each."""
    check(request.user, Action.VIEW_EVIDENCE)
    kind = request.GET.get("kind", "")
    context = {"code": code, "ties": link_queries.campaign_ties(code, kind=kind), "kind": kind}
    return render(request, "detection/links_campaign.html", context | {"words": Judgement.choices})


@require_POST
def judge(request: StaffRequest) -> HttpResponse:
    """Say whether one operator holds two accounts."""
    code = storable(request.POST.get("campaign", ""))
    campaign = queries.get_campaign(code) if code else None
    given = judgements.judge_link(actor=request.user, **cleaned(JudgementForm(request.POST)))
    messages.success(request, f"{visible(str(given))}. The next run reads it.")
    return redirect("investigations:campaign", campaign.code) if campaign else redirect("detection:link", given.pk)


@require_POST
def judge_anew(request: StaffRequest, number: int) -> HttpResponse:
    """Say something else, or with other reasons, of a pair that was judged."""
    pair, data = link_queries.get_pair(number), cleaned(JudgeAnewForm(request.POST))
    given = judgements.judge_link(account_id=pair.first, other_id=pair.second, actor=request.user, **data)
    messages.success(request, f"{visible(str(given))}. The next run reads it.")
    return redirect("detection:link", given.pk)
