"""Where one account lies among others of its kind. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

FEWEST = 20


@dataclass(frozen=True, slots=True)
class Measure:
    """A behaviour that is compared, in which unit, and who honestly lies far out."""

    name: str
    title: str
    unit: str
    benign: str


MEASURES = (
    Measure("n", "Exchanges in the window", "", "a production service"),
    Measure(
        "tagged", "Worded to make training data", "%", "evaluation vendors, teachers, licensed synthetic-data work"
    ),
    Measure("fresh", "Requests whose slots are new", "%", "batch enrichment and ordinary free-text chat"),
    Measure("tokens", "Output tokens a request, mean", "tokens", "report writers, code generation"),
    Measure("hours", "Hours of the day in use, UTC", "of 24", "a production service, or travellers"),
    Measure("networks", "Networks (/24) in use", "", "travellers, corporate gateways, CI runners"),
    Measure("models", "Models in use", "", "a team that compares models"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One measure of the account beside its stratum: quartiles, and how many of the others lie as high or higher.

    `percent` places the account from 0 (below all) to 100 (above all); ties count half. None: nothing to compare with.
    """

    measure: Measure
    value: float | None
    low: float | None
    middle: float | None
    high: float | None
    n_peers: int
    n_as_high: int
    percent: float | None


def standings(own: Mapping[str, float | None], peers: Sequence[Mapping[str, float | None]]) -> tuple[Standing, ...]:
    """The account's measures against those of its peers; with fewer than 20 peers no place is told.

    >>> peers = [{"n": float(n)} for n in range(1, 21)]
    >>> found = standings({"n": 20.0}, peers)[0]
    >>> found.percent, found.n_as_high, found.middle
    (97.5, 1, 10.5)
    """
    return tuple(_standing(measure, own.get(measure.name), peers) for measure in MEASURES)


def _standing(measure: Measure, value: float | None, peers: Sequence[Mapping[str, float | None]]) -> Standing:
    known = sorted(v for peer in peers if (v := peer.get(measure.name)) is not None)
    if value is None or len(known) < FEWEST:
        return Standing(measure, value, None, None, None, len(known), 0, None)
    low, middle, high = quantiles(known, n=4)
    below, up_to = bisect_left(known, value), bisect_right(known, value)
    percent = 100 * (below + (up_to - below) / 2) / len(known)
    return Standing(measure, value, low, middle, high, len(known), len(known) - below, percent)
