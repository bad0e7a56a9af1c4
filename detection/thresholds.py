"""The thresholds that people may tune: which, in which range, and what each does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from core.errors import InvalidInput
from detection.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Threshold:
    """One tunable parameter of a run with the range that is allowed."""

    name: str
    label: str
    low: float
    high: float
    words: str
    whole: bool = False

    @property
    def allowed(self) -> str:
        """The range in words."""
        return f"{'a whole number' if self.whole else 'a number'} from {self.low:g} to {self.high:g}"


# Sizes go no lower than what a unit must have by definition; levels stay where their error rate still means something.
THRESHOLDS = (
    Threshold("provisional_p", "Provisional: gate p at most", 1e-5, 0.05, "Lower: fewer provisional campaigns"),
    Threshold("certified_q", "Certified: false discovery rate q", 0.001, 0.2, "Benjamini–Yekutieli over the units"),
    Threshold("lead_p", "Lead: p at most", 0.001, 0.2, "Single accounts against the other customers"),
    Threshold("min_accounts", "Unit: accounts at least", 5, 1_000, "Fixed before anything is tested", whole=True),
    Threshold("min_exchanges", "Unit: exchanges at least", 50, 100_000, "In the window", whole=True),
)
NAMES = tuple(threshold.name for threshold in THRESHOLDS)
DAYS = Threshold("days", "Past days", 1, 366, "Up to the newest exchange", whole=True)


def checked(given: Mapping[str, object]) -> dict[str, float | int]:
    """The thresholds as numbers. Raises InvalidInput naming the one that is unknown or out of its range.

    >>> checked({"lead_p": 0.01, "min_accounts": 8})
    {'lead_p': 0.01, 'min_accounts': 8}
    """
    known = {threshold.name: threshold for threshold in THRESHOLDS}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InvalidInput("thresholds", unknown[0], f"it is one of {', '.join(NAMES)}")
    return {name: number(known[name], value) for name, value in given.items()}


def number(threshold: Threshold, value: object) -> float | int:
    """One value in its range. Raises InvalidInput."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not threshold.low <= value <= threshold.high:
        raise InvalidInput(threshold.name, value, threshold.allowed)
    if threshold.whole and value != int(value):
        raise InvalidInput(threshold.name, value, threshold.allowed)
    return int(value) if threshold.whole else float(value)


def thresholds_of(parameters: Mapping[str, object]) -> dict[str, object]:
    """The tunable part of a run's parameters; names that an old run did not record have their default.

    >>> thresholds_of({"lead_p": 0.01})["lead_p"], thresholds_of({})["min_accounts"]
    (0.01, 5)
    """
    defaults = asdict(Parameters())
    return {name: parameters.get(name, defaults[name]) for name in NAMES}


def with_thresholds(given: Mapping[str, object]) -> Parameters:
    """The default parameters with these thresholds. Raises InvalidInput."""
    return replace(Parameters(), **checked(given))  # type: ignore[arg-type]
