"""Writing what a run concluded: rows appear together, in the transaction that makes the run finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max

from accounts.models import ApiAccount
from audit.services import Event
from core.clock import from_us
from core.text import storable
from detection.models import (
    AccountScore,
    Campaign,
    CampaignMember,
    DetectionRun,
    OutsideScore,
    RivalExplanation,
    ScoreMapping,
    SignalReading,
    Template,
    Unit,
)
from detection.results import Analysis, CampaignResult, Reading, TemplateResult, UnitResult
from traffic.models import ListPrice

BATCH = 2_000
KEPT_BY = 0.5
KINDS = {"pre": "prefix", "suf": "suffix", "ske": "whole", "sys": "system"}


@dataclass(frozen=True, slots=True)
class Kept:
    """Campaigns of this run by their key, and the events that tell of them."""

    campaigns: dict[str, Campaign]
    events: list[Event]


def store_analysis(run: DetectionRun, analysis: Analysis, skeletons: Mapping[int, str]) -> list[Event]:
    """Write units, readings, campaigns, members and scores of the run; the caller holds the transaction."""
    ids = _account_ids(analysis)
    templates = _store_templates(analysis, skeletons)
    kept = _store_campaigns(run, analysis, ids)
    _store_units(run, analysis, templates, kept.campaigns)
    _store_scores(run, analysis, ids, kept.campaigns)
    return kept.events


def _account_ids(analysis: Analysis) -> dict[str, int]:
    """Primary keys by account id; accounts known only from exchanges get a row."""
    wanted = [result.account_id for result in analysis.accounts]
    known = dict(ApiAccount.objects.filter(account_id__in=wanted).values_list("account_id", "pk"))
    missing = [ApiAccount(account_id=name) for name in wanted if name not in known]
    if missing:
        ApiAccount.objects.bulk_create(missing, batch_size=BATCH, ignore_conflicts=True)
        known = dict(ApiAccount.objects.filter(account_id__in=wanted).values_list("account_id", "pk"))
    return known


def _store_templates(analysis: Analysis, skeletons: Mapping[int, str]) -> dict[str, Template]:
    seen = from_us(analysis.window_end_us) if analysis.window_end_us is not None else None
    first = from_us(analysis.window_start_us) if analysis.window_start_us is not None else None
    rows = [
        Template(
            key=found.key,
            skeleton=storable(shown_skeleton(found, skeletons.get(found.example_skeleton_h, ""))),
            kind=KINDS[found.column[:3]],
            n_words=found.n_words,
            public=found.public,
            public_reason=found.public_reason,
            first_seen_at=first,
            last_seen_at=seen,
        )
        for found in analysis.templates
    ]
    Template.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["public", "public_reason", "last_seen_at"],
    )
    return {t.key: t for t in Template.objects.filter(key__in=[found.key for found in analysis.templates])}


def shown_skeleton(found: TemplateResult, example: str) -> str:
    """The fixed words of a template, cut out of an example that has them."""
    words = example.split(" ")
    if found.column.startswith("pre"):
        return f"{' '.join(words[: found.n_words])} …"
    if found.column.startswith("suf"):
        return f"… {' '.join(words[-found.n_words :])}"
    return example if found.column == "skeleton_h" else f"system prompt {found.key.partition(':')[2]}"


def _store_campaigns(run: DetectionRun, analysis: Analysis, ids: dict[str, int]) -> Kept:
    taken: set[int] = set()
    campaigns: dict[str, Campaign] = {}
    events: list[Event] = []
    for found in sorted(analysis.campaigns, key=lambda c: (-len(c.accused()), c.key)):
        campaign = _same_campaign(found, ids, taken)
        action = "campaign.updated" if campaign else "campaign.opened"
        campaign = campaign or Campaign(code=_next_code(), first_run=run)
        _fill(campaign, found, run, analysis)
        campaign.save()
        taken.add(campaign.pk)
        campaigns[found.key] = campaign
        _store_members(campaign, found, ids)
        facts = {"run": run.pk, "level": found.level, "core": campaign.n_core, "associates": campaign.n_associate}
        events.append(Event(action, f"campaign:{campaign.code}", facts))
    return Kept(campaigns, events)


def _same_campaign(found: CampaignResult, ids: dict[str, int], taken: set[int]) -> Campaign | None:
    """The earlier campaign that holds most of the same accounts: over half of the smaller one's core and associates."""
    accused = {ids[name] for name in found.accused()}
    earlier: dict[int, set[int]] = {}
    members = CampaignMember.objects.exclude(campaign__in=taken).exclude(tier="bystander")
    touched = members.filter(account__in=accused).values_list("campaign", flat=True).distinct()
    for member in members.filter(campaign__in=list(touched)).only("campaign_id", "account_id"):
        earlier.setdefault(member.campaign_id, set()).add(member.account_id)
    best = max(earlier, key=lambda c: (len(earlier[c] & accused), -c), default=None)
    if best is None or len(earlier[best] & accused) <= KEPT_BY * min(len(earlier[best]), len(accused)):
        return None
    return Campaign.objects.select_for_update().get(pk=best)


def _next_code() -> str:
    last = Campaign.objects.aggregate(last=Max("pk"))["last"] or 0
    return f"C-{last + 1:04d}"


def _fill(campaign: Campaign, found: CampaignResult, run: DetectionRun, analysis: Analysis) -> None:
    tiers = [member.tier for member in found.members]
    campaign.name = campaign.name or storable(found.name)
    campaign.level = found.level
    campaign.last_run = run
    campaign.started_at, campaign.ended_at = from_us(found.started_us), from_us(found.ended_us)
    campaign.score, campaign.gate_p = found.score, found.gate_p
    campaign.n_core, campaign.n_associate = tiers.count("core"), tiers.count("associate")
    campaign.n_bystander = tiers.count("bystander")
    campaign.n_exchanges, campaign.n_exchanges_total = found.n_exchanges, found.n_exchanges_total
    campaign.n_output_tokens = found.n_output_tokens
    campaign.list_price_usd = list_price(found.output_tokens_by_model)
    campaign.facts = {
        "units": list(found.units),
        "notes": list(analysis.notes),
        "expected_false_alarms": analysis.expected_false_alarms,
        "output_tokens_by_model": found.output_tokens_by_model,
        "ties": [
            {"a": t.a, "b": t.b, "field": t.field, "shared_by": t.shared_by, "bits": round(t.bits, 3)}
            for t in found.ties
        ],
    }


def list_price(tokens: dict[str, int]) -> float | None:
    """Output tokens at the newest list price of their models; None when a model has no price."""
    newest = ListPrice.objects.filter(model__in=tokens).order_by("model", "valid_from")
    prices = dict(newest.values_list("model", F("output_usd_per_mtok")))
    if not tokens or set(tokens) - set(prices):
        return None
    return float(sum(float(prices[model]) * n / 1e6 for model, n in tokens.items()))


def _store_members(campaign: Campaign, found: CampaignResult, ids: dict[str, int]) -> None:
    campaign.members.all().delete()
    rows = [
        CampaignMember(
            campaign=campaign,
            account_id=ids[m.account_id],
            tier=m.tier,
            k=m.k,
            n=m.n,
            background_share=m.background_share,
            membership_p=m.membership_p,
            tied_by=storable(m.tied_by),
            first_at=from_us(m.first_us) if m.first_us is not None else None,
            last_at=from_us(m.last_us) if m.last_us is not None else None,
        )
        for m in found.members
    ]
    CampaignMember.objects.bulk_create(rows, batch_size=BATCH)


def _store_units(
    run: DetectionRun, analysis: Analysis, templates: dict[str, Template], campaigns: dict[str, Campaign]
) -> None:
    of = {key: campaigns[c.key] for c in analysis.campaigns for key in c.units}
    rows = [_unit(run, unit, templates, of.get(unit.key)) for unit in analysis.units]
    Unit.objects.bulk_create(rows, batch_size=BATCH)
    window = window_words(run)
    readings = [_reading(row, r, window) for row, u in zip(rows, analysis.units, strict=True) for r in u.readings]
    SignalReading.objects.bulk_create(readings, batch_size=BATCH)
    RivalExplanation.objects.bulk_create(
        [
            RivalExplanation(unit=row, story=r.story, finding=r.finding, because=r.because)
            for row, u in zip(rows, analysis.units, strict=True)
            for r in u.rivals
        ],
        batch_size=BATCH,
    )


def window_words(run: DetectionRun) -> str:
    """The run's window in words, UTC."""
    if run.window_start is None or run.window_end is None:
        return "whole lake"
    return f"{run.window_start:%Y-%m-%d %H:%M} to {run.window_end:%Y-%m-%d %H:%M} UTC"


def _unit(run: DetectionRun, found: UnitResult, templates: dict[str, Template], campaign: Campaign | None) -> Unit:
    head = templates.get(found.template_keys[0]) if found.template_keys else None
    link = found.kind == "link"
    return Unit(
        run=run,
        kind=found.kind,
        key=found.key,
        template=templates.get(found.key, head),
        campaign=campaign,
        level=found.level,
        n_accounts=found.n_accounts,
        n_exchanges=found.n_exchanges,
        n_organisations=found.n_parties,
        gate_p=found.gate_p,
        gate_reason=found.gate_reason,
        score=found.score,
        families={
            f.family: {"p": f.p, "log_lr": f.log_lr, "best": f.best_signal, "signals": f.n_signals}
            for f in found.families
        },
        selector={"accounts": list(found.accounts)} if link else found.selector,
    )


def _reading(unit: Unit, found: Reading, window: str) -> SignalReading:
    return SignalReading(
        unit=unit,
        signal=found.signal,
        family=found.family,
        title=found.title,
        value=found.value,
        value_unit=found.value_unit,
        sentence=storable(found.sentence),
        window=window,
        denominator=found.denominator,
        reference=found.reference,
        effect=found.effect,
        effect_low=found.effect_low,
        effect_high=found.effect_high,
        p=found.p,
        p_reason=found.p_reason,
        formation=found.formation,
        benign=found.benign,
        accounts=list(found.accounts),
        version=found.version,
        parameters=found.parameters,
    )


def flagged_outside() -> dict[int, str]:
    """Accounts whose outside score passed its mapped threshold, with the reason."""
    reasons: dict[int, str] = {}
    for mapping in ScoreMapping.objects.all():
        scores = OutsideScore.objects.filter(name=mapping.name, score__gte=mapping.threshold)
        if mapping.version:
            scores = scores.filter(version=mapping.version)
        for account_id, score in scores.values_list("account_id", "score"):
            reasons[account_id] = f"{mapping.name} gave {score:g}, its threshold is {mapping.threshold:g}"
    return reasons


def _store_scores(run: DetectionRun, analysis: Analysis, ids: dict[str, int], campaigns: dict[str, Campaign]) -> None:
    outside = flagged_outside()
    rows = [
        AccountScore(
            run=run,
            account_id=ids[r.account_id],
            score=r.score,
            flagged=r.flagged or ids[r.account_id] in outside,
            lead=r.lead,
            campaign=campaigns.get(r.campaign_key) if r.campaign_key else None,
            n_exchanges=r.n_exchanges,
            because=storable("; ".join(filter(None, (r.because, outside.get(ids[r.account_id], ""))))),
        )
        for r in analysis.accounts
    ]
    AccountScore.objects.bulk_create(rows, batch_size=BATCH)


def facts_of(analysis: Analysis) -> dict[str, Any]:
    """What the audit says of a finished run."""
    return {
        "exchanges": analysis.n_exchanges,
        "accounts": analysis.n_accounts,
        "units": len(analysis.units),
        "campaigns": len(analysis.campaigns),
        "flagged": sum(result.flagged for result in analysis.accounts),
    }
