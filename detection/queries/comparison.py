"""What two runs say differently, and why: inputs, campaigns, units, flagged accounts. For who sees evidence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from core.canonical import canonical_json
from core.errors import InvalidInput, NotFound
from core.text import one_line
from detection.enums import RunState
from detection.models import Campaign, DetectionRun, Unit
from detection.queries.account_changes import AccountChange, CampaignDifference, ScoreFacts, Told, scores
from detection.showing.reasons import INPUT_WORDS, InputChange, UnitFacts, cause_words, match_units, unit_reason

SHOWN = 200
UNIT_COLUMNS = ("key", "kind", "level", "n_accounts", "n_exchanges", "gate_p", "gate_reason", "families")


@dataclass(frozen=True, slots=True)
class UnitChange:
    """A unit whose level differs, or that only one run tested and gave a level."""

    before: UnitFacts | None
    after: UnitFacts | None
    reason: str

    @property
    def shown(self) -> UnitFacts:
        """The later of the two, for its name and link."""
        found = self.after or self.before
        assert found is not None  # the matching never pairs nothing with nothing
        return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that two finished runs say differently; lists show at most SHOWN rows, counts are of all."""

    before: DetectionRun
    after: DetectionRun
    inputs: list[InputChange]
    cause: str
    campaigns: list[CampaignDifference]
    campaigns_compared: bool
    """False unless both runs are live: only live runs keep campaigns."""
    units: list[UnitChange]
    n_units: int
    newly: list[AccountChange]
    n_newly: int
    no_longer: list[AccountChange]
    n_no_longer: int
    n_both: int


def compare_runs(before_id: int, after_id: int) -> Comparison:
    """What the second run says differently from the first. At most eight queries.

    Raises NotFound for a run that is not there, InvalidInput for one that has not finished or the same run twice.
    """
    before, after = _two(before_id, after_id)
    flagged = _flagged(before, after)
    then, now = flagged[before.pk], flagged[after.pk]
    pairs = _pairs(before, after)
    campaigns = _campaigns(then, now, pairs, (before.pk, after.pk))
    newly, no_longer = sorted(now.keys() - then.keys()), sorted(then.keys() - now.keys())
    compared = before.is_live and after.is_live
    told = Told(before, after, [*newly[:SHOWN], *no_longer[:SHOWN]], campaigns)
    units = [
        UnitChange(old, new, unit_reason(old, new, (before.pk, after.pk))) for old, new in pairs if _moved(old, new)
    ]
    units.sort(key=lambda change: (change.shown.level == "none", -change.shown.n_exchanges, change.shown.pk))
    inputs = input_changes(before, after)
    return Comparison(
        before=before,
        after=after,
        inputs=inputs,
        cause=cause_words(inputs),
        campaigns=[found for found in campaigns.values() if compared and found.word != "the same"],
        campaigns_compared=compared,
        units=units[:SHOWN],
        n_units=len(units),
        newly=[told.change(name, None, now[name]) for name in newly[:SHOWN]],
        n_newly=len(newly),
        no_longer=[told.change(name, then[name], None) for name in no_longer[:SHOWN]],
        n_no_longer=len(no_longer),
        n_both=len(now.keys() & then.keys()),
    )


def _two(before_id: int, after_id: int) -> tuple[DetectionRun, DetectionRun]:
    if before_id == after_id:
        raise InvalidInput("after", after_id, f"it is another run than {before_id}")
    found = DetectionRun.objects.in_bulk([before_id, after_id])
    for number in (before_id, after_id):
        if number not in found:
            raise NotFound(f"There is no run {number}.")
        if found[number].state != RunState.FINISHED:
            raise InvalidInput("run", number, f"it has finished; run {number} is {found[number].state}")
    return found[before_id], found[after_id]


def input_changes(before: DetectionRun, after: DetectionRun) -> list[InputChange]:
    """What the two runs did not read alike or were not told alike; digests cut to twelve characters."""
    found = []
    windows = [
        f"{run.window_start:%Y-%m-%d %H:%M} to {run.window_end:%Y-%m-%d %H:%M} UTC"
        for run in (before, after)
        if run.window_start and run.window_end
    ]
    if (before.window_start, before.window_end) != (after.window_start, after.window_end) and len(windows) == 2:
        found.append(InputChange("the window", *windows))
    if before.code_version != after.code_version:
        found.append(InputChange("code version", before.code_version, after.code_version))
    for name in sorted(set(before.inputs) | set(after.inputs)):
        old, new = before.inputs.get(name), after.inputs.get(name)
        if old != new and name != "lake_files":
            found.append(InputChange(INPUT_WORDS.get(name, name.replace("_", " ")), _short(old), _short(new)))
    for name in sorted(set(before.parameters) | set(after.parameters)):
        old, new = before.parameters.get(name), after.parameters.get(name)
        if old != new:
            found.append(InputChange(f"parameter {name}", _short(old), _short(new)))
    return found


def _short(value: object) -> str:
    if value is None:
        return "not recorded"
    words = value if isinstance(value, str) else canonical_json(value).decode()
    return words[:12] if len(words) == 64 and words.isalnum() else one_line(words, 80)


def _flagged(before: DetectionRun, after: DetectionRun) -> dict[int, dict[str, ScoreFacts]]:
    found: dict[int, dict[str, ScoreFacts]] = {before.pk: {}, after.pk: {}}
    for run_id, facts in scores(Q(run__in=found, flagged=True)):
        found[run_id][facts.account_id] = facts
    return found


def _pairs(before: DetectionRun, after: DetectionRun) -> list[tuple[UnitFacts | None, UnitFacts | None]]:
    found: dict[int, list[UnitFacts]] = {before.pk: [], after.pk: []}
    columns = ("pk", "run_id", "template_id", "campaign_id", "selector__accounts", *UNIT_COLUMNS)
    for row in Unit.objects.filter(run__in=found).order_by("pk").values(*columns):
        label = f"T-{row['template_id']:04d}" if row["template_id"] else one_line(row["key"], 40)
        accounts = frozenset(row.pop("selector__accounts") or ())
        found[row.pop("run_id")].append(UnitFacts(label=label, accounts=accounts, **row))
    return match_units(found[before.pk], found[after.pk])


def _moved(before: UnitFacts | None, after: UnitFacts | None) -> bool:
    return (before.level if before else "none") != (after.level if after else "none")


def _campaigns(
    then: dict[str, ScoreFacts],
    now: dict[str, ScoreFacts],
    pairs: list[tuple[UnitFacts | None, UnitFacts | None]],
    runs: tuple[int, int],
) -> dict[int, CampaignDifference]:
    """Every campaign of either run by its number, the largest change first; one query for their names."""
    sides = [_members(scores) for scores in (then, now)]
    names = Campaign.objects.in_bulk([*{*sides[0], *sides[1]}])
    found = []
    for pk, campaign in names.items():
        old, new = sides[0].get(pk, set()), sides[1].get(pk, set())
        word = _word(old, new)
        reason = _campaign_reason(pk, pairs, runs) if word != "the same" else ""
        found.append(CampaignDifference(campaign, word, len(old), len(new), len(new - old), len(old - new), reason))
    return {d.campaign.pk: d for d in sorted(found, key=lambda d: (-d.n_gained - d.n_lost, d.campaign.code))}


def _members(scores: dict[str, ScoreFacts]) -> dict[int, set[str]]:
    members: dict[int, set[str]] = defaultdict(set)
    for name, facts in scores.items():
        if facts.campaign_id is not None:
            members[facts.campaign_id].add(name)
    return members


def _word(old: set[str], new: set[str]) -> str:
    if old == new:
        return "the same"
    if not old:
        return "opened"
    if not new:
        return "not found"
    if old < new:
        return "grown"
    return "shrunk" if new < old else "other members"


def _campaign_reason(pk: int, pairs: list[tuple[UnitFacts | None, UnitFacts | None]], runs: tuple[int, int]) -> str:
    """What moved the campaign's strongest unit that moved."""
    own = [(old, new) for old, new in pairs if pk in {unit.campaign_id for unit in (old, new) if unit}]
    moved = [pair for pair in own if _moved(*pair)] or own
    if not moved:
        return "its members were joined otherwise; no unit of it is kept in both runs"
    old, new = min(moved, key=lambda pair: min(u.gate_p if u and u.gate_p is not None else 2.0 for u in pair))
    named = new or old
    return f"{named.label if named else ''}: {unit_reason(old, new, runs)}"
