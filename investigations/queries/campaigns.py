"""Campaigns: the list, and all that the campaign page shows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet

from accounts.enums import Status
from core.errors import InvalidInput, NotFound
from core.figures import compact, counted, expected, p_value
from detection.enums import ACCUSED, Family, Finding, Level, Tier
from detection.models import Campaign, CampaignMember, RivalExplanation, SignalReading, Template, Unit

STOPPED = ("suspended", "terminated", "restricted")
SUCCESSION_P = 0.05


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """One family of the gate with its readings, for the evidence card."""

    family: str
    label: str
    log_lr: float
    percent: int
    readings: tuple[SignalReading, ...]

    @property
    def formed(self) -> bool:
        """Whether the family formed the unit and counts for nothing in its test."""
        return all(reading.formation for reading in self.readings)

    @property
    def best(self) -> str:
        """The sentence of the reading with the smallest p-value; without one, of the first."""
        return min(self.readings, key=lambda reading: 2.0 if reading.p is None else reading.p).sentence


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


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members a page lists: by tier, by the status that holds here, by the start of the id or organisation."""

    tier: str = ""
    status: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        for argument, value, allowed in (("tier", self.tier, Tier.values), ("status", self.status, Status.values)):
            if value and value not in allowed:
                raise InvalidInput(argument, value, f"it is one of {', '.join(allowed)}, or left out")


EVERYONE = MemberFilter()


def members(campaign: Campaign, narrow: MemberFilter = EVERYONE) -> QuerySet[CampaignMember]:
    """Members with their accounts; keyed by `-k,id`, most exchanges in the campaign first."""
    found = campaign.members.select_related("account__organisation")
    if narrow.tier:
        found = found.filter(tier=narrow.tier)
    if narrow.status:
        decided = Q(account__status_decided=narrow.status)
        found = found.filter(decided | Q(account__status_decided="", account__status_pulled=narrow.status))
    if narrow.text:
        starts = Q(account__account_id__startswith=narrow.text)
        found = found.filter(starts | Q(account__organisation__name__istartswith=narrow.text))
    return found


def accused_matching(campaign: Campaign, narrow: MemberFilter) -> QuerySet[CampaignMember]:
    """The members that "all that match" means: bystanders only where the filter names them."""
    found = members(campaign, narrow)
    return found if narrow.tier else found.exclude(tier=Tier.BYSTANDER)


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
    counts = _counts(campaign)
    rivals_found = tuple(strongest.rivals.all()) if strongest else ()
    return CampaignFacts(
        sentences=_sentences(campaign, counts, strongest, len(units), rivals_found),
        n_active=counts["active"],
        n_organisations=counts["organisations"],
        strongest=strongest,
        families=_families(strongest),
        rivals=rivals_found,
        templates=tuple({unit.template.pk: unit.template for unit in units if unit.template}.values()),
    )


def _counts(campaign: Campaign) -> dict[str, int]:
    """How many of the accused are active, closed by the provider, stopped here, and under how many names. One query."""
    accused = campaign.members.filter(tier__in=ACCUSED)
    stopped = Q(account__status_decided__in=STOPPED)
    return accused.aggregate(
        active=Count("pk", filter=~stopped & Q(account__status_pulled="active")),
        closed=Count("pk", filter=Q(account__status_pulled__in=(*STOPPED, "closed"))),
        stopped=Count("pk", filter=stopped),
        organisations=Count("account__organisation", distinct=True),
        unnamed=Count("pk", filter=Q(account__organisation=None)),
    )


def _sentences(
    campaign: Campaign,
    counts: dict[str, int],
    strongest: Unit | None,
    n_units: int,
    rivals: tuple[RivalExplanation, ...],
) -> tuple[str, ...]:
    """Three sentences of fact: who sent what; what was done about it; how sure that is and what stays open."""
    n_accounts = campaign.n_core + campaign.n_associate
    presents, whose = ("presents itself", "its") if n_accounts == 1 else ("present themselves", "their")
    unnamed = (
        f" ({counts['unnamed']:,} {'names' if counts['unnamed'] == 1 else 'name'} none)" if counts["unnamed"] else ""
    )
    cleared = (
        f"; {campaign.n_bystander:,} more touched only what others use too and {_is(campaign.n_bystander)} cleared"
        if campaign.n_bystander
        else ""
    )
    first = (
        f"{counted(n_accounts, 'account')} that {presents} as "
        f"{counted(counts['organisations'], 'organisation')}{unnamed} sent {compact(campaign.n_exchanges)} of {whose} "
        f"{compact(campaign.n_exchanges_total)} exchanges in {counted(n_units, 'unit')} tied by evidence, from "
        f"{campaign.started_at:%-d %B} to {campaign.ended_at:%-d %B %Y} (UTC){cleared}."
    )
    second = (
        f"The provider's records say that {_of(counts['closed'], n_accounts)} stopped, decisions here stopped "
        f"{_none(counts['stopped'])}, and {_of(counts['active'], n_accounts)} active.{_succession(strongest)}"
    )
    return (first, second, _doubt(campaign, strongest, rivals)) if strongest else (first, second)


def _succession(unit: Unit | None) -> str:
    """What X3 found of successors after closures, where it found some."""
    found = next((r for r in unit.readings.all() if r.signal == "X3" and r.p is not None), None) if unit else None
    return f" {found.sentence}" if found is not None and (found.p or 0) <= SUCCESSION_P else ""


def _doubt(campaign: Campaign, unit: Unit, rivals: tuple[RivalExplanation, ...]) -> str:
    standing = [rival.story for rival in rivals if rival.finding != Finding.CONTRADICTED]
    open_stories = (
        f"{len(standing)} of {counted(len(rivals), 'innocent explanation')} {_is(len(standing))} not contradicted ({', '.join(standing[:3])}"
        f"{', …' if len(standing) > 3 else ''})"
        if standing
        else f"each of {counted(len(rivals), 'innocent explanation')} is contradicted"
    )
    look = campaign.last_run
    return (
        f"The gate's p-value is {p_value(unit.gate_p)} ({Level(campaign.level).label}); by chance alone "
        f"{expected(0.01 * look.n_units)} of the {counted(look.n_units, 'unit')} of this look would pass at 0.01, and {open_stories}."
    )


def _is(n: int) -> str:
    return "is" if n == 1 else "are"


def _none(n: int) -> str:
    return f"{n:,}" if n else "none"


def _of(n: int, whole: int) -> str:
    """How many of them are something: none, all, or the number.

    >>> _of(0, 3), _of(1, 3), _of(2, 3), _of(3, 3), _of(1, 1)
    ('none is', '1 is', '2 are', 'all 3 are', 'the one is')
    """
    if n == 0:
        return "none is"
    if n == whole:
        return "the one is" if n == 1 else f"all {n:,} are"
    return f"{n:,} {_is(n)}"


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
