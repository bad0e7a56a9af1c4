"""The ranking of accounts: campaigns first, then leads, then whatever partial evidence there is. A score is no verdict."""

from __future__ import annotations

import numpy as np

from detection.analysis.leads import Leads
from detection.analysis.results import AccountResult, CampaignResult, MemberResult, UnitResult
from detection.analysis.statistics import log_likelihood_ratio
from detection.signals.base import Context

CAMPAIGN_BASE = 10.0
LEAD_BASE = 5.0


def rank_accounts(
    context: Context, units: tuple[UnitResult, ...], found: tuple[CampaignResult, ...], leads: Leads
) -> tuple[AccountResult, ...]:
    """Score, flag, tier and reason of every account, highest score first."""
    places = _places(found)
    partial = _partial(units)
    fresh = context.log.column("fresh") / np.maximum(context.log.column("n"), 1)
    results = []
    for row, account_id in enumerate(context.log.ids):
        n = int(context.log.accounts["n"].iloc[row])
        own = log_likelihood_ratio(float(leads.p_content[row])) + log_likelihood_ratio(float(leads.p_gathered[row]))
        weight, title = partial.get(str(account_id), (0.0, ""))
        # Whoever asks what was asked before gathers little, whatever it is tied to.
        score = max(0.0, own) / 2 + weight * fresh[row]
        place = places.get(str(account_id))
        lead = bool(leads.lead[row])
        because = leads.because.get(row, title)
        if lead:
            score += LEAD_BASE
        if place is not None:
            campaign, member = place
            place_words = f"{member.tier} of campaign {campaign.name}: {member.tied_by}"
            because = f"{because} Also {place_words}" if row in leads.because else place_words
            if member.tier in ("core", "associate"):
                score = CAMPAIGN_BASE + max(campaign.score, 0.0) + member.k / max(member.n, 1) + (member.tier == "core")
        accused = place is not None and place[1].tier in ("core", "associate")
        results.append(
            AccountResult(
                account_id=str(account_id),
                score=round(float(score), 9),
                flagged=accused or lead,
                lead=lead,
                tier=place[1].tier if place else "none",
                campaign_key=place[0].key if place else None,
                n_exchanges=n,
                because=because,
                rivals=leads.rivals.get(row, ()),
            )
        )
    return tuple(sorted(results, key=lambda r: (-r.score, r.account_id)))


def _places(found: tuple[CampaignResult, ...]) -> dict[str, tuple[CampaignResult, MemberResult]]:
    """The campaign in which each account stands highest."""
    order = {"core": 0, "associate": 1, "bystander": 2}
    places: dict[str, tuple[CampaignResult, MemberResult]] = {}
    for campaign in found:
        for member in campaign.members:
            known = places.get(member.account_id)
            if known is None or (order[member.tier], -member.k) < (order[known[1].tier], -known[1].k):
                places[member.account_id] = (campaign, member)
    return places


def _partial(units: tuple[UnitResult, ...]) -> dict[str, tuple[float, str]]:
    """For accounts in units that did not pass: the best unit's evidence, for ranking below every lead."""
    best: dict[str, tuple[float, str]] = {}
    for unit in units:
        fitting = [rival for rival in unit.rivals if rival.finding == "fits"]
        if unit.level != "none" or any(not rival.by_absence for rival in fitting):
            continue
        weight = float(np.clip(unit.score, 0, 8)) / (3 if fitting else 2)
        for account in unit.accounts:
            if weight > best.get(account, (0.0, ""))[0]:
                best[account] = (weight, f"in a {unit.kind} cluster that did not pass: {unit.gate_reason}")
    return best
