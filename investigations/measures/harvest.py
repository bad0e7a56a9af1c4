"""What a campaign took: exchanges, output tokens and their price, as a range with what each end assumes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """Exchanges of one tier on one model: inside the campaign's units, and all of them. Tokens are of those that are known."""

    tier: str
    model: str
    n_inside: int
    tokens_inside: int
    unknown_inside: int
    n_all: int
    tokens_all: int
    unknown_all: int


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million output tokens: the newest list price of a model, the lowest and the highest of the period."""

    newest: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure as low, middle and high."""

    low: float
    middle: float
    high: float

    @property
    def margin(self) -> float:
        """The larger distance of an end from the middle, in % of the middle; 0 where there is nothing."""
        return 100 * max(self.middle - self.low, self.high - self.middle) / self.middle if self.middle else 0.0


@dataclass(frozen=True, slots=True)
class Harvest:
    """The estimate. `usd` is None where no model has a list price; `unpriced` names models without one, with their tokens."""

    exchanges: Estimate
    tokens: Estimate
    usd: Estimate | None
    unpriced: tuple[tuple[str, int], ...]
    unknown: int
    models: tuple[tuple[str, int, int, float | None], ...]


def estimate(shares: Iterable[Share], prices: Mapping[str, Price]) -> Harvest:
    """Low: core accounts, exchanges in the units, tokens that are known. Middle: core and associates, unknown tokens at the
    mean of the known ones of their model. High: every exchange of those accounts, cover traffic included.

    >>> share = Share("core", "m", 10, 800, 2, 20, 1_600, 4)
    >>> found = estimate([share], {"m": Price(10.0, 10.0, 12.0)})
    >>> found.tokens
    Estimate(low=800, middle=1000.0, high=2000.0)
    >>> found.usd.middle
    0.01
    """
    rows = list(shares)
    core = [row for row in rows if row.tier == "core"]
    exchanges = Estimate(
        sum(row.n_inside for row in core), sum(row.n_inside for row in rows), sum(row.n_all for row in rows)
    )
    tokens = Estimate(sum(row.tokens_inside for row in core), sum(map(_inside, rows)), sum(map(_all, rows)))
    priced = [row for row in rows if row.model in prices]
    usd = None
    if priced:
        usd = Estimate(
            sum(row.tokens_inside * prices[row.model].lowest for row in priced if row.tier == "core") / 1e6,
            sum(_inside(row) * prices[row.model].newest for row in priced) / 1e6,
            sum(_all(row) * prices[row.model].highest for row in priced) / 1e6,
        )
    by_model: dict[str, list[Share]] = {}
    for row in rows:
        by_model.setdefault(row.model, []).append(row)
    models = [
        (
            model,
            sum(r.n_inside for r in part),
            round(sum(map(_inside, part))),
            prices[model].newest if model in prices else None,
        )
        for model, part in by_model.items()
    ]
    models.sort(key=lambda line: (-line[2], line[0]))
    return Harvest(
        exchanges,
        tokens,
        usd,
        tuple((model, tokens) for model, _, tokens, price in models if price is None),
        sum(row.unknown_inside for row in rows),
        tuple(models),
    )


def _inside(row: Share) -> float:
    return _filled(row.tokens_inside, row.n_inside, row.unknown_inside)


def _all(row: Share) -> float:
    return _filled(row.tokens_all, row.n_all, row.unknown_all)


def _filled(tokens: int, n: int, unknown: int) -> float:
    """Known tokens, and the mean of them for each exchange whose count is not known; nothing where none is known."""
    known = n - unknown
    return tokens * n / known if known else 0.0
