"""What a run could have shown at all: the level that its references and its number of tests let a unit reach."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from detection.analysis.parameters import Parameters
from detection.models import DetectionRun, SignalReading

NUMBER = re.compile(r"\d[\d,]*")
AT_MOST = "at most "
COLUMNS = ("unit_id", "signal", "family", "title", "p", "p_reason", "reference", "formation")


@dataclass(frozen=True, slots=True)
class ReferenceUse:
    """One kind of reference or null that a signal used, with the smallest and largest number of groups."""

    words: str
    n_units: int
    fewest: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class SignalUse:
    """How one signal was calibrated in a run: on how many units it has a p, from which nulls and references."""

    signal: str
    title: str
    n_units: int
    n_with_p: int
    n_forming: int
    smallest: float | None
    nulls: list[ReferenceUse]
    references: list[ReferenceUse]
    reasons: list[tuple[str, int]]
    """Why it has no p, with the number of units."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Tests of a look, what each level demands, and what the references can give."""

    m: int
    provisional_p: float
    certified_q: float
    certify: bool
    expected_false_alarms: float
    alone_p: float | None
    """The gate p that one unit alone needs to be certified: q / (m * (1 + 1/2 + ... + 1/m))."""
    all_p: float | None
    """The gate p that is enough where every unit has it: q / (1 + 1/2 + ... + 1/m)."""
    floor_best: float | None
    """The smallest gate p that any unit could have had, given the number of groups behind each of its signals."""
    floor_median: float | None
    n_reach_provisional: int
    n_reach_certified: int
    signals: list[SignalUse]


def harmonic(m: int) -> float:
    """1 + 1/2 + ... + 1/m: what Benjamini-Yekutieli pays for tests that depend on each other.

    >>> round(harmonic(4), 4)
    2.0833
    """
    return sum(1 / i for i in range(1, m + 1))


def groups_behind(reference: str, p: float | None, parameters: Parameters) -> int | None:
    """How many groups a reading's p rests on at most: the first number of its reference words.

    Draws from a null are repeated more often where the first ones leave the unit in the tail: the words begin with the most draws, and
    in runs from before they did, the first draws count as the most.

    >>> groups_behind("all 364 customers outside the unit, each one group", 0.2, Parameters())
    364
    >>> groups_behind("at most 19,999 random groups of customers; 999 were drawn", 0.2, Parameters())
    19999
    >>> groups_behind("999 random groups of customers of the same plan and country", 0.2, Parameters())
    19999
    >>> groups_behind("", None, Parameters()) is None
    True
    """
    found = NUMBER.search(reference) if p is not None else None
    if found is None:
        return None
    n = int(found.group().replace(",", ""))
    return parameters.draws_tail if n == parameters.draws and not reference.startswith(AT_MOST) else n


def reach_of(run: DetectionRun) -> Reach:
    """What a finished run tested, and the levels that were in its reach. Two queries."""
    # A run of an older version may name parameters that are gone; those that levels are made of stay.
    known = Parameters.__dataclass_fields__
    parameters = Parameters.from_dict({name: value for name, value in run.parameters.items() if name in known})
    m = run.units.exclude(gate_p=None).count()
    rows = list(SignalReading.objects.filter(unit__run=run).order_by("signal", "unit_id").values(*COLUMNS))
    floors = _floors(rows, parameters)
    alone = parameters.certified_q / (m * harmonic(m)) if m else None
    return Reach(
        m=m,
        provisional_p=parameters.provisional_p,
        certified_q=parameters.certified_q,
        certify=run.is_look and parameters.certify,
        expected_false_alarms=m * parameters.provisional_p,
        alone_p=alone,
        all_p=parameters.certified_q / harmonic(m) if m else None,
        floor_best=min(floors, default=None),
        floor_median=median(floors) if floors else None,
        n_reach_provisional=sum(floor <= parameters.provisional_p for floor in floors),
        n_reach_certified=sum(alone is not None and floor <= alone for floor in floors),
        signals=signal_uses(rows, parameters),
    )


def signal_uses(rows: Iterable[dict[str, Any]], parameters: Parameters) -> list[SignalUse]:
    """The readings of a run, told signal by signal."""
    by_signal: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_signal[row["signal"]].append(row)
    return [
        _use(signal, own, parameters) for signal, own in sorted(by_signal.items(), key=lambda item: order_of(item[0]))
    ]


def _use(signal: str, rows: list[dict[str, Any]], parameters: Parameters) -> SignalUse:
    usable = [row for row in rows if row["p"] is not None]
    return SignalUse(
        signal=signal,
        title=rows[0]["title"],
        n_units=len(rows),
        n_with_p=len(usable),
        n_forming=sum(row["formation"] for row in rows),
        smallest=min((row["p"] for row in usable), default=None),
        nulls=_kinds([(row["p_reason"].split(" (")[0], None) for row in usable]),
        references=_kinds(
            [(row["reference"], groups_behind(row["reference"], row["p"], parameters)) for row in usable]
        ),
        reasons=kinds_of([row["p_reason"] for row in rows if row["p"] is None])[:4],
    )


def kinds_of(reasons: Iterable[str]) -> list[tuple[str, int]]:
    """Reasons that differ in their numbers alone are one kind, told in its most frequent words; with its count, the largest first.

    >>> kinds_of(["3 parties; 5 are needed", "2 parties; 5 are needed", "3 parties; 5 are needed", "no prices"])
    [('such as: 3 parties; 5 are needed', 3), ('no prices', 1)]
    """
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for words in reasons:
        kinds[NUMBER.sub("n", words)][words] += 1
    told = [
        (f"{'such as: ' if len(each) > 1 else ''}{each.most_common(1)[0][0]}", each.total()) for each in kinds.values()
    ]
    return sorted(told, key=lambda kind: -kind[1])


def _kinds(uses: Iterable[tuple[str, int | None]]) -> list[ReferenceUse]:
    """Uses that differ in their numbers alone are one kind; the most frequent first."""
    kinds: dict[str, list[int | None]] = defaultdict(list)
    for words, n in uses:
        kinds[NUMBER.sub("n", words)].append(n)
    found = []
    for words, numbers in kinds.items():
        known = [n for n in numbers if n is not None]
        found.append(ReferenceUse(words, len(numbers), min(known, default=None), max(known, default=None)))
    return sorted((use for use in found if use.words), key=lambda use: (-use.n_units, use.words))


def order_of(signal: str) -> tuple[int, str]:
    """Where a signal stands on a screen: by family, then by its name."""
    order = "NXHI"
    return (order.find(signal[:1]) if signal[:1] in order else len(order), signal)


def _floors(rows: Iterable[dict[str, Any]], parameters: Parameters) -> list[float]:
    """Each unit's smallest possible gate p: the gate's own arithmetic on 1 / (groups + 1) of every signal that counts."""
    # They bring scipy, which other pages never need.
    from detection.analysis.gate import combine
    from detection.analysis.results import Reading
    from detection.analysis.statistics import partial_conjunction

    units: dict[int, list[Reading]] = defaultdict(list)
    for row in rows:
        n = groups_behind(row["reference"], row["p"], parameters)
        if row["p"] is None or row["formation"] or row["p_reason"].startswith("context"):
            continue
        # A signal whose null is no set of groups has no floor of its own: what it reached is taken.
        floor = 1 / (n + 1) if n else row["p"]
        units[row["unit_id"]].append(
            Reading(row["signal"], row["family"], row["title"], "", "", p=min(floor, row["p"]))
        )
    found = (partial_conjunction([f.p for f in combine(tuple(own)) if f.p is not None]) for own in units.values())
    return [p for p in found if p is not None]
