"""Where a campaign's traffic went after accounts of it were acted on: displaced against stopped. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

HOURS = (6, 24, 72, 168)
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Sender:
    """One account's exchanges in the campaign's units in equal windows before and after the act, and its first one ever."""

    account_id: str
    before: int
    after: int
    first_us: int
    first_after_us: int | None = None


@dataclass(frozen=True, slots=True)
class Taker:
    """An account that sent more in the window after the act than in the one before."""

    account_id: str
    gain: int
    before: int
    after: int
    hours: float | None
    new: bool


@dataclass(frozen=True, slots=True)
class Failover:
    """What became of the volume of the accounts acted on. Shares are of `before`, their exchanges in the window before."""

    n_acted: int
    n_sending: int
    before: int
    still: int
    by_new: int
    by_known: int
    n_new: int
    n_known: int
    takers: tuple[Taker, ...]

    @property
    def displaced(self) -> int:
        """Exchanges that others sent beyond what they had sent before; never more than there was to take over."""
        return min(self.by_new + self.by_known, max(self.before - self.still, 0))

    @property
    def stopped(self) -> int:
        """What nobody took over."""
        return max(self.before - self.still - self.displaced, 0)

    @property
    def beyond(self) -> int:
        """Growth of the others beyond what the accounts acted on had sent: it cannot be their traffic."""
        return max(self.by_new + self.by_known - self.displaced, 0)


def failover(acted: Collection[str], senders: Iterable[Sender], *, at_us: int) -> Failover:
    """Compare equal windows before and after the act, in the campaign's units.

    Displaced is what other accounts gained; a gain that would have come anyway counts as displaced too, so it is the most
    that can have moved inside the units. What moved to other wording or providers is not seen and counts as stopped.

    >>> done = failover({"a"}, [Sender("a", 100, 10, 0), Sender("b", 0, 60, 7_200_000_000, 7_200_000_000)], at_us=3_600_000_000)
    >>> done.displaced, done.still, done.stopped, done.takers[0].hours
    (60, 10, 30, 1.0)
    """
    rows = list(senders)
    own = [row for row in rows if row.account_id in acted]
    others = [row for row in rows if row.account_id not in acted and row.after > row.before]
    takers = [_taker(row, at_us) for row in others]
    takers.sort(key=lambda taker: (-taker.gain, taker.account_id))
    new = [taker for taker in takers if taker.new]
    return Failover(
        n_acted=len(acted),
        n_sending=sum(row.before > 0 for row in own),
        before=sum(row.before for row in own),
        still=sum(row.after for row in own),
        by_new=sum(taker.gain for taker in new),
        by_known=sum(taker.gain for taker in takers if not taker.new),
        n_new=len(new),
        n_known=len(takers) - len(new),
        takers=tuple(takers[:SHOWN]),
    )


def _taker(row: Sender, at_us: int) -> Taker:
    hours = (row.first_after_us - at_us) / 3.6e9 if row.first_after_us is not None else None
    return Taker(row.account_id, row.after - row.before, row.before, row.after, hours, row.first_us >= at_us)
