"""A campaign's history: what a live run did to it, in rows with figures, account ids and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.figures import p_value
from core.text import storable
from detection.analysis.results import Analysis, CampaignResult, Reading
from detection.enums import ChangeKind, Level, Tier
from detection.models import Campaign, CampaignChange, DetectionRun

# A single unadjusted test: the accounts belong by other evidence, this only names the reason of their coming.
SUCCESSION_P = 0.05


@dataclass(frozen=True, slots=True)
class Past:
    """A campaign as it stood before the run: core and associate accounts, level, the look that missed it."""

    campaign: Campaign
    accounts: frozenset[str]
    level: str
    missed_by: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a run does to one campaign: keeps it, opens it, joins others to it or parts it from another."""

    found: CampaignResult
    campaign: Campaign
    past: Past | None = None
    absorbed: tuple[Past, ...] = ()
    origin: Past | None = None
    revived: bool = False

    @property
    def accounts(self) -> frozenset[str]:
        """Its core and associate accounts in this run."""
        return frozenset(self.found.accused())

    @property
    def gained(self) -> frozenset[str]:
        """Accounts that no campaign which it continues had."""
        known = [past.accounts for past in (self.past, self.origin, *self.absorbed) if past is not None]
        return self.accounts.difference(*known)


@dataclass(frozen=True, slots=True)
class Scene:
    """What else the run saw: who was active, in which campaigns each account stands, who followed a closure."""

    run: DetectionRun
    look: bool
    active: frozenset[str]
    places: Mapping[str, Mapping[str, str]]
    """Tier by campaign code, by account id."""
    successions: Mapping[str, Reading]
    """X3 readings that chance does not explain, by unit key."""

    @property
    def by(self) -> str:
        """The run as the words name it."""
        return f"the look of run {self.run.pk}" if self.look else f"run {self.run.pk}"


def scene_of(run: DetectionRun, analysis: Analysis, steps: list[Step], *, look: bool) -> Scene:
    """What the history of this run's campaigns is told with."""
    places: dict[str, dict[str, str]] = {}
    for step in steps:
        for member in step.found.members:
            places.setdefault(member.account_id, {})[step.campaign.code] = member.tier
    successions = {
        unit.key: r
        for unit in analysis.units
        for r in unit.readings
        if r.signal == "X3" and r.p is not None and r.p <= SUCCESSION_P
    }
    active = frozenset(result.account_id for result in analysis.accounts if result.n_exchanges)
    return Scene(run, look, active, places, successions)


def changes_of(steps: list[Step], scene: Scene) -> list[CampaignChange]:
    """History rows of every campaign that the run found, in the order in which a person would tell them."""
    parted: dict[int, list[Step]] = {}
    for step in steps:
        if step.origin is not None:
            parted.setdefault(step.origin.campaign.pk, []).append(step)
    rows: list[CampaignChange] = []
    for step in steps:
        away = [other for past in _pasts(step) for other in parted.get(past.campaign.pk, ())]
        rows.extend(_opened(step, scene) if step.past is None else _kept(step, step.past, scene, away))
        rows.extend(_succession(step, scene))
    return rows


def _pasts(step: Step) -> Iterator[Past]:
    if step.past is not None:
        yield step.past
    yield from step.absorbed


def _opened(step: Step, scene: Scene) -> Iterator[CampaignChange]:
    found, accounts = step.campaign, step.accounts
    words = (
        f"Opened by {scene.by} as {Level(found.level).label} with {_accounts(len(accounts))}: {found.n_core:,} core, "
        f"{found.n_associate:,} associate."
    )
    facts: dict[str, object] = {"core": found.n_core, "associate": found.n_associate, "level": found.level}
    if step.origin is not None:
        shared = len(accounts & step.origin.accounts)
        words += f" {shared:,} of them were in {step.origin.campaign.code} until now."
        facts |= {"origin": step.origin.campaign.code, "from_origin": shared}
    other = step.origin.campaign if step.origin is not None else None
    yield _row(step.campaign, scene, ChangeKind.OPENED, accounts, facts, words, other)
    if step.origin is not None:
        yield _split(step.origin, step, scene)


def _kept(step: Step, past: Past, scene: Scene, away: list[Step]) -> Iterator[CampaignChange]:
    if past.missed_by is not None or step.revived:
        yield _found_again(step, past, scene)
    if step.origin is not None:
        yield _split(step.origin, step, scene)
    for other in step.absorbed:
        yield from _joined(step, other, scene)
    sizes = {"before": len(past.accounts), "after": len(step.accounts)}
    held = f"it had {sizes['before']:,} and has {sizes['after']:,}"
    if gained := step.gained:
        yield _row(step.campaign, scene, ChangeKind.GREW, gained, sizes, f"{_accounts(len(gained), 'new ')}; {held}.")
    lost = past.accounts.difference(step.accounts, *(other.accounts for other in away))
    if lost:
        reasons = _whereabouts(lost, step.campaign.code, scene)
        told = "; ".join(f"{n:,} {reason}" for reason, n in reasons.items())
        words = f"{_accounts(len(lost))} left: {told}. In all {held}."
        yield _row(step.campaign, scene, ChangeKind.SHRANK, lost, sizes | {"reasons": reasons}, words)
    if past.level != step.campaign.level:
        yield level_change(step.campaign, scene, past.level)


def _found_again(step: Step, past: Past, scene: Scene) -> CampaignChange:
    n = len(step.accounts)
    if step.revived:
        other = step.origin.campaign if step.origin is not None else None
        beside = f" from {other.code}" if other is not None else ""
        words = f"Stands apart{beside} again with {_accounts(n)}, says {scene.by}."
        return _row(step.campaign, scene, ChangeKind.FOUND_AGAIN, step.accounts, {"accounts": n}, words, other)
    words = f"Found again by {scene.by} with {_accounts(n)}; it was missing since run {past.missed_by}."
    facts = {"accounts": n, "missing_since": past.missed_by}
    return _row(step.campaign, scene, ChangeKind.FOUND_AGAIN, step.accounts, facts, words)


def _split(origin: Past, step: Step, scene: Scene) -> CampaignChange:
    shared = origin.accounts & step.accounts
    words = f"{len(shared):,} of its {len(origin.accounts):,} accounts stand apart as {step.campaign.code} now."
    facts = {"before": len(origin.accounts), "apart": len(step.accounts), "other": step.campaign.code}
    return _row(origin.campaign, scene, ChangeKind.SPLIT, shared, facts, words, step.campaign)


def _joined(step: Step, other: Past, scene: Scene) -> Iterator[CampaignChange]:
    """Both sides of a join: the campaign whose id stays, and the one that is marked as merged into it."""
    kept, shared, n = step.campaign, other.accounts & step.accounts, len(other.accounts)
    facts = {"before": n, "here": len(shared), "level": other.level}
    words = (
        f"{other.campaign.code}, {Level(other.level).label} with {_accounts(n)}, is one with it since {scene.by}: "
        f"{len(shared):,} of them are here."
    )
    yield _row(kept, scene, ChangeKind.JOINED, shared, facts | {"other": other.campaign.code}, words, other.campaign)
    words = (
        f"One with {kept.code} since {scene.by}: {len(shared):,} of its {n:,} accounts are there. The older id stays."
    )
    yield _row(other.campaign, scene, ChangeKind.MERGED, shared, facts | {"other": kept.code}, words, kept)


def _whereabouts(lost: frozenset[str], code: str, scene: Scene) -> dict[str, int]:
    """Why accounts are no longer core or associate of a campaign: how many for each reason, the most frequent first."""
    counted: Counter[str] = Counter()
    for account in lost:
        tiers = scene.places.get(account, {})
        elsewhere = sorted(other for other, tier in tiers.items() if other != code and tier != Tier.BYSTANDER)
        if elsewhere:
            counted[f"in {elsewhere[0]} now"] += 1
        elif tiers.get(code) == Tier.BYSTANDER:
            counted["bystanders now"] += 1
        else:
            counted["active outside its units" if account in scene.active else "without an exchange in the window"] += 1
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _succession(step: Step, scene: Scene) -> Iterator[CampaignChange]:
    """New accounts that began soon after accounts of the campaign were closed (X3), with the reading."""
    readings = [scene.successions[key] for key in step.found.units if key in scene.successions]
    came = step.gained & {account for reading in readings for account in reading.accounts}
    if not came:
        return
    best = min(readings, key=lambda reading: (reading.p or 0.0, reading.sentence))
    words = (
        f"{len(came):,} of the {len(step.gained):,} new accounts follow closed ones. X3: {best.sentence} "
        f"p {p_value(best.p)} ({best.p_reason})."
    )
    facts = {"signal": "X3", "version": best.version, "p": best.p, "sentence": storable(best.sentence)}
    yield _row(step.campaign, scene, ChangeKind.SUCCESSOR, came, facts, words)


def level_change(campaign: Campaign, scene: Scene, before: str) -> CampaignChange:
    """The row that tells that a run names another level than the one before."""
    words = f"{Level(before).label} until now, {Level(campaign.level).label} by {scene.by}."
    facts = {"before": before, "after": campaign.level}
    return _row(campaign, scene, ChangeKind.LEVEL, frozenset(), facts, words[0].upper() + words[1:])


def missed(past: Past, scene: Scene) -> list[CampaignChange]:
    """The rows of a campaign that a look does not find again."""
    active, n = past.accounts & scene.active, len(past.accounts)
    words = f"Not found again by {scene.by}: no campaign of it holds most of the {n:,} accounts. " + (
        f"{len(active):,} of them sent exchanges in the window."
        if active
        else "None of them sent an exchange in the window."
    )
    facts = {"accounts": n, "active": len(active)}
    rows = [_row(past.campaign, scene, ChangeKind.NOT_FOUND, active, facts, words)]
    if past.level != past.campaign.level:
        rows.append(level_change(past.campaign, scene, past.level))
    return rows


def _accounts(n: int, which: str = "") -> str:
    """How many accounts, in words.

    >>> _accounts(1), _accounts(3500, "new ")
    ('1 account', '3,500 new accounts')
    """
    return f"{n:,} {which}account{'' if n == 1 else 's'}"


def _row(
    campaign: Campaign,
    scene: Scene,
    kind: ChangeKind,
    accounts: frozenset[str],
    facts: Mapping[str, object],
    words: str,
    other: Campaign | None = None,
) -> CampaignChange:
    return CampaignChange(
        campaign=campaign,
        run=scene.run,
        kind=kind,
        other=other,
        n_accounts=len(accounts),
        accounts=sorted(accounts),
        facts=dict(facts),
        words=storable(words),
    )
