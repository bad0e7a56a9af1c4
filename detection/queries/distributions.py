"""Each signal over the units of a run: honest against judged accounts, where it is not calculable, its precision. For who
sees evidence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import ApiAccount
from core.errors import NotFound
from detection.analysis.reach import kinds_of, order_of
from detection.enums import Family
from detection.labels.reference import Reference, reference_for_run
from detection.models import DetectionRun, SignalReading

CONFIRMED, HONEST, OPEN = "confirmed", "honest", "open"
STANDING = {
    CONFIRMED: "most of its accounts are confirmed harvesting by people",
    HONEST: "most of its accounts are cleared by people or verified",
    OPEN: "neither is said of most of its accounts",
}
COLUMNS = ("unit_id", "unit__campaign_id", "family", "title", "value", "value_unit", "p", "p_reason", "formation")
TITLES = {
    "N1": "Novelty",
    "N2": "Shard complementarity",
    "N3": "Union coverage of a known corpus",
    "X1": "Shared rare templates",
    "X2": "Lockstep",
    "X3": "Succession",
    "X4": "Load equalisation",
    "H1": "Training-data elicitation",
    "H2": "Output harvest shape",
    "H3": "Capability breadth",
    "H4": "Wording triage",
    "I1": "Identity linkage",
    "I2": "Proxy fan-out",
    "I3": "Farm onboarding",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One unit's value of a signal, and what people say of the unit."""

    unit_id: int
    campaign_id: int | None
    standing: str
    value: float | None
    p: float | None
    reason: str
    formation: bool


@dataclass(frozen=True, slots=True)
class Precision:
    """Of the judged campaigns and units on which a signal spoke: how many are harvesting, with the exact interval."""

    k: int
    n: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SignalOverview:
    """One signal over the units of a run."""

    signal: str
    family: str
    title: str
    value_unit: str
    points: list[Point]
    level: float
    precision: Precision
    reasons: list[tuple[str, int]]
    """Why it was not calculable, with the number of units."""

    @property
    def n_units(self) -> int:
        """How many units the run read it on."""
        return len(self.points)

    @property
    def n_calculable(self) -> int:
        """Units on which it has a value."""
        return sum(point.value is not None for point in self.points)

    @property
    def n_with_p(self) -> int:
        """Units on which it has a p."""
        return sum(point.p is not None for point in self.points)

    def spoken(self) -> dict[str, tuple[int, int]]:
        """By standing: units on which it spoke (p at most `level`), of those where it has a p."""
        usable = Counter(point.standing for point in self.points if point.p is not None)
        loud = Counter(point.standing for point in self.points if speaks(point, self.level))
        return {standing: (loud[standing], usable[standing]) for standing in STANDING}


def speaks(point: Point, level: float) -> bool:
    """Whether the signal has a p on the unit that the gate would take for a voice."""
    return point.p is not None and point.p <= level


def signal_overviews(run: DetectionRun) -> list[SignalOverview]:
    """All signals over a run's units; those that the run never read stand there empty. Four queries."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in SignalReading.objects.filter(unit__run=run).order_by("unit_id").values("signal", *COLUMNS):
        rows[row["signal"]].append(row)
    standings = unit_standings(run)
    names = sorted({*TITLES, *rows}, key=order_of)
    return [_overview(name, rows[name], standings, run) for name in names]


def signal_overview(signal: str, run: DetectionRun) -> SignalOverview:
    """One signal over a run's units. Four queries. Raises NotFound for a name that is no signal."""
    rows = list(SignalReading.objects.filter(unit__run=run, signal=signal).order_by("unit_id").values(*COLUMNS))
    if signal not in TITLES and not rows:
        raise NotFound(f"There is no signal {signal}; the signals are {', '.join(TITLES)}.")
    return _overview(signal, rows, unit_standings(run), run)


def _overview(signal: str, rows: list[dict[str, Any]], standings: dict[int, str], run: DetectionRun) -> SignalOverview:
    level = float(run.parameters.get("provisional_p", 0.01))
    points = [
        Point(
            row["unit_id"],
            row["unit__campaign_id"],
            standings.get(row["unit_id"], OPEN),
            row["value"],
            row["p"],
            row["p_reason"],
            row["formation"],
        )
        for row in rows
    ]
    return SignalOverview(
        signal=signal,
        family=Family(rows[0]["family"] if rows else signal[0]).label,
        title=rows[0]["title"] if rows else TITLES[signal],
        value_unit=next((row["value_unit"] for row in rows if row["value_unit"]), ""),
        points=points,
        level=level,
        precision=precision(points, level),
        reasons=kinds_of(point.reason for point in points if point.p is None)[:6],
    )


def precision(points: Iterable[Point], level: float) -> Precision:
    """Confirmed among the judged on which the signal spoke; a campaign counts once, however many units it has.

    Units of one campaign share accounts, so counting each would make the interval too narrow. A campaign some of whose units
    are confirmed and others honest counts as honest: the signal then spoke on honest customers. Two-sided 95 % interval.
    Source: Clopper, Pearson, Biometrika 26 (1934) 404.
    """
    # It brings scipy, which other pages never need.
    from detection.analysis.statistics import clopper_pearson_upper

    judged: dict[tuple[str, int], set[str]] = defaultdict(set)
    for point in points:
        if speaks(point, level) and point.standing != OPEN:
            whole = ("campaign", point.campaign_id) if point.campaign_id is not None else ("unit", point.unit_id)
            judged[whole].add(point.standing)
    n = len(judged)
    k = sum(standings == {CONFIRMED} for standings in judged.values())
    if not n:
        return Precision(0, 0, None, None)
    low, high = 1 - clopper_pearson_upper(n - k, n, 0.975), clopper_pearson_upper(k, n, 0.975)
    return Precision(k, n, low, high)


# --- What people say of units ---------------------------------------------------------------------------------------------


def unit_standings(run: DetectionRun) -> dict[int, str]:
    """What people say of each unit of a run, by its accounts as the readings name them (the strongest 200).

    A unit counts as confirmed or honest where that is said of more than half of the accounts named; the rest is open: an account
    nobody judged is no clearance. Three queries.
    """
    reference = reference_for_run()
    told = dict.fromkeys(reference.cleared | verified_accounts(reference), HONEST) | dict.fromkeys(
        reference.confirmed, CONFIRMED
    )
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for unit_id, account_id in _named_accounts(run):
        votes[unit_id][told.get(account_id, OPEN)] += 1
    return {unit_id: _majority(counts) for unit_id, counts in votes.items()}


def _majority(counts: Counter[str]) -> str:
    standing, n = max(counts.items(), key=lambda item: item[1])
    return standing if 2 * n > counts.total() else OPEN


def verified_accounts(reference: Reference) -> set[str]:
    """Accounts of verified customers that nobody said anything else of."""
    found = ApiAccount.objects.filter(Q(verified=True) | Q(verified=None, organisation__verified=True))
    return set(found.values_list("account_id", flat=True)) - reference.confirmed - reference.contradicted


def _named_accounts(run: DetectionRun) -> list[tuple[int, str]]:
    """Each unit with every account that a reading on it names, once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT reading.unit_id, named.account_id FROM detection_signalreading AS reading"
            " JOIN detection_unit AS unit ON unit.id = reading.unit_id"
            " CROSS JOIN LATERAL jsonb_array_elements_text(reading.accounts) AS named(account_id)"
            " WHERE unit.run_id = %s",
            [run.pk],
        )
        return list(cursor.fetchall())
