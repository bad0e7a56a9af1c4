"""Campaigns: the list, and all that the campaign page shows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from core.errors import NotFound
from core.figures import compact, p_value
from detection.enums import Family, Level, Tier
from detection.models import Campaign, CampaignMember, RivalExplanation, SignalReading, Template, Unit


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """One family of the gate with its readings, for the evidence card."""

    family: str
    label: str
    log_lr: float
    percent: int
    readings: tuple[SignalReading, ...]


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """The facts in sentences and figures, each with its doubt."""

    sentences: tuple[str, ...]
    n_active: int
    n_organisations: int
    strongest: Unit | None
    families: tuple[FamilyLine, ...]
    rivals: tuple[RivalExplanation, ...]
    templates: tuple[Template, ...]


def campaigns() -> QuerySet[Campaign]:
    """Campaigns with their reviews; the strongest first when keyed by `-score,id`."""
    return Campaign.objects.select_related("review__assignee", "last_run")


def get_campaign(code: str) -> Campaign:
    """One campaign. Raises NotFound."""
    found = campaigns().filter(code=code).first()
    if found is None:
        raise NotFound(f"There is no campaign {code}.")
    return found


def members(campaign: Campaign, *, tier: str = "") -> QuerySet[CampaignMember]:
    """Members with their accounts; keyed by `-k,id`, most exchanges in the campaign first."""
    found = campaign.members.select_related("account__organisation")
    return found.filter(tier=tier) if tier in Tier.values else found


def campaign_facts(campaign: Campaign) -> CampaignFacts:
    """What the top of the page says. Five queries."""
    rivals = Prefetch("rivals", RivalExplanation.objects.order_by("id"))
    readings = Prefetch("readings", SignalReading.objects.order_by("signal"))
    units = list(
        campaign.units.filter(run=campaign.last_run)
        .select_related("template")
        .prefetch_related(readings, rivals)
        .order_by("gate_p", "-score")
    )
    strongest = units[0] if units else None
    accused = campaign.members.filter(tier__in=(Tier.CORE, Tier.ASSOCIATE))
    active = accused.exclude(account__status_decided__in=("suspended", "terminated", "restricted")).filter(
        account__status_pulled="active"
    )
    organisations = accused.exclude(account__organisation=None).values("account__organisation").distinct().count()
    return CampaignFacts(
        sentences=_sentences(campaign, organisations, strongest, len(units)),
        n_active=active.count(),
        n_organisations=organisations,
        strongest=strongest,
        families=_families(strongest),
        rivals=tuple(strongest.rivals.all()) if strongest else (),
        templates=tuple({unit.template.pk: unit.template for unit in units if unit.template}.values()),
    )


def _sentences(campaign: Campaign, organisations: int, strongest: Unit | None, n_units: int) -> tuple[str, ...]:
    accounts = campaign.n_core + campaign.n_associate
    first = (
        f"{accounts:,} accounts, presenting themselves under {organisations:,} organisation names, sent "
        f"{compact(campaign.n_exchanges)} of their {compact(campaign.n_exchanges_total)} exchanges in "
        f"{n_units} unit{'s' if n_units != 1 else ''} tied by evidence, from {campaign.started_at:%-d %B} to "
        f"{campaign.ended_at:%-d %B %Y} (UTC)."
    )
    second = f"{campaign.n_bystander:,} more touched it and are shown as cleared." if campaign.n_bystander else ""
    third = ""
    if strongest is not None:
        look = campaign.last_run
        alarms = 0.01 * look.n_units
        third = (
            f"The gate's p-value is {p_value(strongest.gate_p)} ({Level(campaign.level).label}); among the "
            f"{look.n_units} units of this look {alarms:.2g} false alarms are expected at 0.01."
        )
    return tuple(sentence for sentence in (first, second, third) if sentence)


def _families(unit: Unit | None) -> tuple[FamilyLine, ...]:
    if unit is None:
        return ()
    by_family: dict[str, list[SignalReading]] = {}
    for reading in unit.readings.all():
        by_family.setdefault(reading.family, []).append(reading)
    lines = []
    for family in Family.values:
        readings = by_family.get(family)
        if not readings:
            continue
        evidence = unit.families.get(family) or {}
        log_lr = float(evidence.get("log_lr") or 0.0)
        percent = round(100 * (min(max(log_lr, -1.0), 2.0) + 1) / 3)
        lines.append(FamilyLine(family, Family(family).label, log_lr, percent, tuple(readings)))
    return tuple(sorted(lines, key=lambda line: -line.log_lr))
