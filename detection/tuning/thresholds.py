"""What people may tune: thresholds, in which range and what each does, and versions of signals. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.errors import InvalidInput
from detection.analysis.parameters import Parameters
from detection.tuning.signal_versions import CHOICES, VersionChoice, chosen, told


def _plain(value: float) -> str:
    """A number without an exponent.

    >>> _plain(1e-5), _plain(0.05), _plain(100_000)
    ('0.00001', '0.05', '100,000')
    """
    return f"{value:,.10f}".rstrip("0").rstrip(".")


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
        return f"{'a whole number' if self.whole else 'a number'} from {_plain(self.low)} to {_plain(self.high)}"


# Sizes go no lower than what a unit must have by definition; levels stay where their error rate still means something.
THRESHOLDS = (
    Threshold("provisional_p", "Provisional: gate p at most", 1e-5, 0.05, "Lower: fewer provisional campaigns"),
    Threshold("certified_q", "Certified: false discovery rate q", 0.001, 0.2, "Benjamini–Yekutieli over the units"),
    Threshold("lead_p", "Lead: p at most", 0.001, 0.2, "Single accounts against the other customers"),
    Threshold("min_accounts", "Unit: accounts at least", 5, 1_000, "Fixed before anything is tested", whole=True),
    Threshold("min_exchanges", "Unit: exchanges at least", 50, 100_000, "In the window", whole=True),
)
TUNABLE: tuple[Threshold | VersionChoice, ...] = (*THRESHOLDS, *CHOICES)
NAMES = tuple(one.name for one in TUNABLE)
DAYS = Threshold("days", "Past days", 1, 366, "Up to the newest exchange", whole=True)


def checked(given: Mapping[str, object]) -> dict[str, float | int | str]:
    """Thresholds as numbers and versions by name. Raises InvalidInput naming the one that is unknown or out of its range.

    >>> checked({"lead_p": 0.01, "min_accounts": 8, "X4_version": "2"})
    {'lead_p': 0.01, 'min_accounts': 8, 'X4_version': '2'}
    """
    numbers = {threshold.name: threshold for threshold in THRESHOLDS}
    versions = {choice.name: choice for choice in CHOICES}
    unknown = sorted(set(given) - set(numbers) - set(versions))
    if unknown:
        raise InvalidInput("thresholds", unknown[0], f"it is one of {', '.join(NAMES)}")
    return {
        name: number(numbers[name], value) if name in numbers else versions[name].checked(value)
        for name, value in given.items()
    }


def number(threshold: Threshold, value: object) -> float | int:
    """One value in its range. Raises InvalidInput."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not threshold.low <= value <= threshold.high:
        raise InvalidInput(threshold.name, value, threshold.allowed)
    if threshold.whole and value != int(value):
        raise InvalidInput(threshold.name, value, threshold.allowed)
    return int(value) if threshold.whole else float(value)


def thresholds_of(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The tunable part of a run's parameters; names that an old run did not record have their default.

    >>> thresholds_of({"lead_p": 0.01})["lead_p"], thresholds_of({})["min_accounts"], thresholds_of({})["X4_version"]
    (0.01, 5, '1')
    """
    defaults = asdict(Parameters())
    numbers = {threshold.name: parameters.get(threshold.name, defaults[threshold.name]) for threshold in THRESHOLDS}
    return numbers | chosen(parameters.get("signal_versions", ()))


def in_words(given: Mapping[str, Any]) -> str:
    """What of these thresholds differs from what is usual.

    >>> in_words({"lead_p": 0.01, "min_accounts": 5})
    'Lead: p at most 0.01 (usually 0.05); the others as usual'
    >>> in_words({})
    'all as usual'
    """
    usual = thresholds_of({})
    other = [one for one in TUNABLE if given.get(one.name, usual[one.name]) != usual[one.name]]
    told = "; ".join(f"{one.label} {_told(given[one.name])} (usually {_told(usual[one.name])})" for one in other)
    return f"{told}; the others as usual" if told else "all as usual"


def _told(value: object) -> str:
    return _plain(value) if isinstance(value, int | float) else str(value)


def with_thresholds(given: Mapping[str, object], base: Parameters | None = None) -> Parameters:
    """These thresholds and versions in a run's parameters, the default ones without `base`. Raises InvalidInput."""
    values, start = checked(given), base or Parameters()
    numbers = {name: value for name, value in values.items() if not isinstance(value, str)}
    versions = chosen(start.signal_versions) | {k: v for k, v in values.items() if isinstance(v, str)}
    return replace(start, **numbers, signal_versions=told(versions))  # type: ignore[arg-type]
