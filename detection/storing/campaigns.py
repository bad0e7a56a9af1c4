"""Campaigns of a live run: the same id while members overlap, levels that only looks raise, members, history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, Max, Q

from audit.services import Event
from core.clock import from_us
from core.text import storable
from detection.analysis.results import Analysis, CampaignResult
from detection.enums import ChangeKind, Level, Tier
from detection.models import Campaign, CampaignChange, CampaignMember, DetectionRun
from detection.storing.changes import Past, Scene, Step, changes_of, missed, scene_of
from detection.storing.identity import Earlier, Heir, heirs
from traffic.models import ListPrice

BATCH = 2_000
RENEWED = [f.name for f in Campaign._meta.concrete_fields if f.name not in ("id", "code", "first_run")]
TOLD = {
    ChangeKind.MERGED: "campaign.merged",
    ChangeKind.SPLIT: "campaign.split",
    ChangeKind.NOT_FOUND: "campaign.missed",
    ChangeKind.FOUND_AGAIN: "campaign.found",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """Campaigns of this run by their key, and the events that tell of them."""

    campaigns: dict[str, Campaign]
    events: list[Event]


def store_campaigns(run: DetectionRun, analysis: Analysis, ids: Mapping[str, int]) -> Kept:
    """Write what the run found as campaigns with members and history; the number of queries does not grow with them."""
    look = is_look(run)
    found = sorted(analysis.campaigns, key=lambda c: (-len(c.accused()), c.key))
    pasts = _pasts([ids[name] for c in found for name in c.accused()])
    earlier = [Earlier(pk, past.accounts, past.campaign.merged_into_id is not None) for pk, past in pasts.items()]
    resolved = heirs([frozenset(c.accused()) for c in found], earlier)
    steps = _steps(run, found, resolved, pasts)
    prices = newest_prices({model for c in found for model in c.output_tokens_by_model})
    for step in steps:
        _fill(step, run, analysis, look, prices)
    _save(steps)
    _save_members(steps, ids)
    _save_absorbed(steps)
    scene = scene_of(run, analysis, steps, look=look)
    rows = [*changes_of(steps, scene), *_missing(scene, steps)]
    CampaignChange.objects.bulk_create(rows, batch_size=BATCH)
    return Kept({step.found.key: step.campaign for step in steps}, [*_events(run, steps), *_told(run, rows)])


def is_look(run: DetectionRun) -> bool:
    """Whether the run may say which campaigns are certified: the scheduled look may, a daily run may not."""
    return bool(getattr(run, "is_look", True)) and run.parameters.get("certify", True) is not False


def _pasts(accused: Sequence[int]) -> dict[int, Past]:
    """Every earlier campaign that any of the accounts (primary keys) was core or associate of, oldest first. Two queries."""
    members = CampaignMember.objects.exclude(tier=Tier.BYSTANDER)
    touched = members.filter(account__in=accused).values("campaign")
    accounts: dict[int, set[str]] = {}
    for pk, name in members.filter(campaign__in=touched).values_list("campaign_id", "account__account_id"):
        accounts.setdefault(pk, set()).add(name)
    campaigns = Campaign.objects.select_for_update().filter(pk__in=accounts).order_by("pk")
    return {c.pk: Past(c, frozenset(accounts[c.pk]), c.level, c.not_found_run_id) for c in campaigns}


def _steps(
    run: DetectionRun, found: Sequence[CampaignResult], resolved: Sequence[Heir], pasts: Mapping[int, Past]
) -> list[Step]:
    last = Campaign.objects.aggregate(last=Max("pk"))["last"] or 0
    steps: list[Step] = []
    for result, heir in zip(found, resolved, strict=True):
        past = pasts.get(heir.keeps) if heir.keeps is not None else None
        origin = pasts[heir.origin] if heir.origin is not None else None
        if past is None:
            last += 1
        split_from = origin.campaign if origin is not None else None
        campaign = past.campaign if past else Campaign(code=f"C-{last:04d}", first_run=run, split_from=split_from)
        absorbed = tuple(pasts[pk] for pk in heir.absorbs)
        steps.append(Step(result, campaign, past, absorbed, origin, heir.revived))
    return steps


def _fill(step: Step, run: DetectionRun, analysis: Analysis, look: bool, prices: Mapping[str, float]) -> None:
    campaign, found = step.campaign, step.found
    tiers = [member.tier for member in found.members]
    campaign.name = campaign.name or storable(found.name)
    campaign.level = _level(found.level, step.past, look)
    if look:
        campaign.certified_run = run if campaign.level == Level.CERTIFIED else None
    campaign.last_run, campaign.not_found_run, campaign.merged_into = run, None, None
    campaign.started_at, campaign.ended_at = from_us(found.started_us), from_us(found.ended_us)
    campaign.score, campaign.gate_p = found.score, found.gate_p
    campaign.n_core, campaign.n_associate = tiers.count(Tier.CORE), tiers.count(Tier.ASSOCIATE)
    campaign.n_bystander = tiers.count(Tier.BYSTANDER)
    campaign.n_exchanges, campaign.n_exchanges_total = found.n_exchanges, found.n_exchanges_total
    campaign.n_output_tokens = found.n_output_tokens
    campaign.list_price_usd = list_price(found.output_tokens_by_model, prices)
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


def _level(found: str, past: Past | None, look: bool) -> str:
    """What the campaign is now: a look says it; between looks a certified one stays so and none becomes it.

    Of campaigns that are joined the one whose id stays decides: what only its new part was certified for is not.
    """
    if look or found != Level.CERTIFIED and (past is None or past.level != Level.CERTIFIED):
        return found
    return Level.CERTIFIED if past is not None and past.level == Level.CERTIFIED else Level.PROVISIONAL


def newest_prices(models: Iterable[str]) -> dict[str, float]:
    """The newest list price of each model that has one, in US dollars for a million output tokens. One query."""
    rows = ListPrice.objects.filter(model__in=list(models)).order_by("model", "valid_from")
    return {model: float(usd) for model, usd in rows.values_list("model", F("output_usd_per_mtok"))}


def list_price(tokens: Mapping[str, int], prices: Mapping[str, float] | None = None) -> float | None:
    """Output tokens at the newest list price of their models; None when a model has no price."""
    prices = newest_prices(tokens) if prices is None else prices
    if not tokens or set(tokens) - set(prices):
        return None
    return sum(prices[model] * n / 1e6 for model, n in tokens.items())


def _save(steps: Iterable[Step]) -> None:
    kept = [step.campaign for step in steps if step.past is not None]
    Campaign.objects.bulk_create([step.campaign for step in steps if step.past is None], batch_size=BATCH)
    # One statement for all of them; an UPDATE with a CASE for each field and row is slower by far.
    Campaign.objects.bulk_create(
        kept, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=RENEWED
    )


def _save_members(steps: Iterable[Step], ids: Mapping[str, int]) -> None:
    rows = [
        CampaignMember(
            campaign=step.campaign,
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
        for step in steps
        for m in step.found.members
    ]
    CampaignMember.objects.filter(campaign__in=[step.campaign.pk for step in steps]).delete()
    CampaignMember.objects.bulk_create(rows, batch_size=BATCH)


def _save_absorbed(steps: Iterable[Step]) -> None:
    """Mark what was joined; campaigns that had been joined to it earlier point to where it is now."""
    into = {past.campaign.pk: step.campaign for step in steps for past in step.absorbed}
    if not into:
        return
    rows = list(Campaign.objects.filter(Q(pk__in=into) | Q(merged_into__in=into)))
    for row in rows:
        row.merged_into = into.get(row.pk) or into[row.merged_into_id or 0]
        row.not_found_run = None
    Campaign.objects.bulk_update(rows, ["merged_into", "not_found_run"], batch_size=BATCH)


def _missing(scene: Scene, steps: Iterable[Step]) -> list[CampaignChange]:
    """Mark campaigns that a look over newer traffic no longer finds; certified ones that it could test are so no more."""
    if not scene.look or not scene.active:
        return []
    standing = Campaign.objects.filter(not_found_run=None, merged_into=None)
    standing = standing.exclude(pk__in=[step.campaign.pk for step in steps])
    if scene.run.window_end is not None:
        newer = Q(last_run__window_end=None) | Q(last_run__window_end__lte=scene.run.window_end)
        standing = standing.filter(newer)
    campaigns = list(standing.select_for_update(of=("self",)).order_by("pk"))
    accounts: dict[int, set[str]] = {c.pk: set() for c in campaigns}
    members = CampaignMember.objects.filter(campaign__in=campaigns).exclude(tier=Tier.BYSTANDER)
    for pk, name in members.values_list("campaign_id", "account__account_id"):
        accounts[pk].add(name)
    rows: list[CampaignChange] = []
    for campaign in campaigns:
        past = Past(campaign, frozenset(accounts[campaign.pk]), campaign.level)
        campaign.not_found_run = scene.run
        if campaign.level == Level.CERTIFIED and past.accounts & scene.active:
            campaign.level, campaign.certified_run = Level.PROVISIONAL, None
        rows.extend(missed(past, scene))
    Campaign.objects.bulk_update(campaigns, ["not_found_run", "level", "certified_run"], batch_size=BATCH)
    return rows


def _events(run: DetectionRun, steps: Iterable[Step]) -> list[Event]:
    return [
        Event(
            "campaign.updated" if step.past else "campaign.opened",
            f"campaign:{step.campaign.code}",
            {
                "run": run.pk,
                "level": step.campaign.level,
                "core": step.campaign.n_core,
                "associates": step.campaign.n_associate,
            },
        )
        for step in steps
    ]


def _told(run: DetectionRun, rows: Iterable[CampaignChange]) -> list[Event]:
    """Audit events of what happened to a campaign beyond its figures."""
    return [
        Event(
            TOLD[kind],
            f"campaign:{row.campaign.code}",
            {"run": run.pk, "accounts": row.n_accounts, "other": row.other.code if row.other else None},
        )
        for row in rows
        if (kind := ChangeKind(row.kind)) in TOLD
    ]
