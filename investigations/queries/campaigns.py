"""Campaigns as their page reads them, for everyone who may see evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import QuerySet

from core.errors import InvalidInput, NotFound
from core.figures import p_value
from detection.enums import Level, Tier
from detection.models import Campaign, CampaignMember, RivalExplanation, SignalReading, Template, Unit
from investigations.models import CampaignReview, Case

FAMILY_WORDS = {"N": "N novelty", "X": "X coordination", "H": "H content", "I": "I identity"}


@dataclass(frozen=True, slots=True)
class Gauge:
    """One reading beside its benign look-alike; `width` fills the blue gauge, 0 to 100."""

    reading: SignalReading
    width: int


@dataclass(frozen=True, slots=True)
class CampaignView:
    """All of a campaign's page but its members."""

    campaign: Campaign
    review: CampaignReview | None
    units: list[Unit]
    templates: list[Template]
    families: list[tuple[str, list[Gauge]]]
    rivals: list[RivalExplanation]
    cases: list[Case]
    sentences: list[str]
    doubts: list[str] = field(default_factory=list)


def campaigns(*, level: str = "", state: str = "") -> QuerySet[Campaign]:
    """Campaigns by level and by whether they have a verdict (open or done)."""
    if level and level not in Level.values:
        raise InvalidInput("level", level, f"it is one of {', '.join(Level.values)}")
    rows = Campaign.objects.select_related("review__assignee")
    rows = rows.filter(level=level) if level else rows
    if state == "open":
        return rows.exclude(review__verdict__gt="")
    return rows.filter(review__verdict__gt="") if state == "done" else rows


def get_campaign(code: str) -> Campaign:
    """One campaign. Raises NotFound."""
    found = Campaign.objects.select_related("last_run", "review__assignee", "review__verdict_by").filter(code=code)
    campaign = found.first()
    if campaign is None:
        raise NotFound(f"There is no campaign {code!r}.")
    return campaign


def campaign_view(campaign: Campaign) -> CampaignView:
    """Sentences, evidence, rivals and templates of a campaign. Four queries beside the campaign's own."""
    units = list(campaign.units.filter(run=campaign.last_run).select_related("template").order_by("-score", "key"))
    readings = list(SignalReading.objects.filter(unit__in=units).select_related("unit").order_by("family", "signal"))
    rivals = RivalExplanation.objects.filter(unit__in=units).order_by("story", "id")
    return CampaignView(
        campaign=campaign,
        review=getattr(campaign, "review", None),
        units=units,
        templates=list({u.template.pk: u.template for u in units if u.template}.values()),
        families=_families(readings),
        rivals=_first_of_each(list(rivals)),
        cases=list(campaign.cases.select_related("owner").order_by("-id")[:10]),
        sentences=_sentences(campaign, units),
        doubts=_doubts(campaign, readings),
    )


def members(campaign: Campaign, *, tier: str = "") -> QuerySet[CampaignMember]:
    """Members with account and organisation, narrowed by tier."""
    if tier and tier not in Tier.values:
        raise InvalidInput("tier", tier, f"it is one of {', '.join(Tier.values)}")
    rows = campaign.members.select_related("account__organisation")
    return rows.filter(tier=tier) if tier else rows


def _families(readings: list[SignalReading]) -> list[tuple[str, list[Gauge]]]:
    """The strongest reading of each signal over the campaign's units, by family."""
    best: dict[str, SignalReading] = {}
    for reading in readings:
        known = best.get(reading.signal)
        if known is None or _strength(reading) > _strength(known):
            best[reading.signal] = reading
    groups: dict[str, list[Gauge]] = {}
    for reading in sorted(best.values(), key=lambda r: (r.formation, -_strength(r), r.signal)):
        gauge = Gauge(reading, round(100 * max(0.0, min(1.0, (_strength(reading) + 1) / 3))))
        groups.setdefault(reading.family, []).append(gauge)
    return [(FAMILY_WORDS.get(name, name), groups[name]) for name in ("X", "H", "N", "I") if name in groups]


def _strength(reading: SignalReading) -> float:
    return reading.log_lr if reading.log_lr is not None else -1.0


def _first_of_each(rivals: list[RivalExplanation]) -> list[RivalExplanation]:
    """One row a story: the finding that speaks most for the accused wins."""
    order = {"fits": 0, "open": 1, "contradicted": 2}
    best: dict[str, RivalExplanation] = {}
    for rival in rivals:
        known = best.get(rival.story)
        if known is None or order[rival.finding] < order[known.finding]:
            best[rival.story] = rival
    return list(best.values())


def _sentences(campaign: Campaign, units: list[Unit]) -> list[str]:
    """What is known, in plain sentences."""
    named = campaign.n_core + campaign.n_associate
    span = f"from {campaign.started_at:%-d %B} to {campaign.ended_at:%-d %B %Y}"
    organisations = max((unit.n_organisations for unit in units), default=0)
    present = f" that present themselves as {organisations:,} customers" if organisations > 1 else ""
    said = [
        f"{named:,} accounts{present} sent {campaign.n_exchanges:,} exchanges in {_units_in_words(units)} {span},"
        f" out of {campaign.n_exchanges_total:,} exchanges of theirs in all."
    ]
    if campaign.n_bystander:
        said.append(f"{campaign.n_bystander:,} more only touched them and are shown as cleared bystanders.")
    return said + [str(sentence) for sentence in campaign.facts.get("sentences", [])]


def _units_in_words(units: list[Unit]) -> str:
    if len(units) == 1:
        return {"template": "one request template", "link": "one cluster of linked accounts"}.get(
            units[0].kind, "one unit"
        )
    return f"{len(units)} connected units"


def _doubts(campaign: Campaign, readings: list[SignalReading]) -> list[str]:
    """What the reader must know before believing it."""
    doubts = [f"The campaign is {campaign.get_level_display()}: its gate's p is {p_value(campaign.gate_p)}."]
    alarms, run = campaign.facts.get("expected_false_alarms"), campaign.last_run
    if alarms is not None:
        doubts.append(
            f"Among the {run.n_units:,} units of this look, {alarms:.2g} false alarms of this strength are expected."
        )
    without = sorted({r.signal for r in readings if r.p is None and not r.formation})
    if without:
        doubts.append(f"No p could be calculated for {', '.join(without)}; each says why.")
    if campaign.level == Level.PROVISIONAL:
        doubts.append("A decision on many of its accounts needs a lead.")
    return doubts
