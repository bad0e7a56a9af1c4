"""What a demo log is made of: accounts, exchanges, and the window that they fall into."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from traffic.demo.draws import Draws

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

LARGE, SMALL, REASON, NEXT = "alder-2-large", "alder-2-small", "alder-reason-1", "alder-3-large"
PRICES_USD = {  # model: (input, output, cached input) per million tokens
    SMALL: (0.25, 1.0, 0.05),
    LARGE: (2.5, 10.0, 0.5),
    REASON: (3.0, 15.0, 0.6),
    NEXT: (2.8, 12.0, 0.56),
}
DEFAULT_START = date(2026, 9, 1)
DEFAULT_DAYS = 28
RELEASE_SHARE = 0.63  # the new model comes out after this share of the window


@dataclass(slots=True)
class Account:
    """One API account as the provider's identity system knows it, and how its client behaves."""

    account_id: str
    created_us: int
    organisation: str | None
    verified: bool | None
    email_domain: str | None
    payment_fp: str | None
    country: str | None
    plan: str
    declared_use: str | None = None
    status: str = "active"
    closed_us: int | None = None
    close_reason: str | None = None
    device_fp: str | None = None
    phone_fp: str | None = None
    # how its client behaves
    org_ref: str | None = None
    keys: list[str] = field(default_factory=list)
    ips: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    offset_h: int = 0
    names_session: str = "kept"  # kept | absent | fresh: the gateway gives every exchange another id
    gateway: str = "north"  # north | south | both
    pivots_us: int | None = None  # when it moves to the new model, if ever
    model: str = LARGE


@dataclass(slots=True)
class Exchange:
    """One request and its response, before any gateway writes it down."""

    exchange_id: str
    account: Account
    ts_us: int
    prompt: str
    response: str | None
    system_prompt: str | None
    model: str
    session: str | None
    history: list[tuple[str, str]]
    key: str | None
    ip: str | None
    agent: str | None
    status: int
    stream: bool
    temperature: float | None
    max_tokens: int | None
    end_user: str | None
    kind: str  # chat | tools
    part: str | None = None  # which planted behaviour it belongs to; goes to the truth file alone


@dataclass(slots=True)
class World:
    """The window, the size and the chance of one demo log, as one actor sees it."""

    seed: int
    scale: float
    start: date
    days: int
    draws: Draws
    name: str
    variant: int = 0
    accounts: list[Account] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    truth: dict[str, str] = field(default_factory=dict)  # account_id -> role within the actor
    campaigns: dict[str, str | None] = field(
        default_factory=dict
    )  # account_id -> campaign, where an actor plants several

    @property
    def start_us(self) -> int:
        """The first microsecond of the window."""
        return int(datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC).timestamp()) * SECOND

    @property
    def end_us(self) -> int:
        """The first microsecond after the window."""
        return self.start_us + self.days * DAY

    @property
    def release_us(self) -> int:
        """When the new model comes out: 15:00 UTC on its day."""
        return self.start_us + int(self.days * RELEASE_SHARE) * DAY + 15 * HOUR

    def count(self, full: int, least: int = 1) -> int:
        """A number of accounts or organisations at this scale."""
        return max(least, round(full * self.scale))

    def volume(self, full: int, least: int = 1) -> int:
        """A number of exchanges of an actor whose accounts do not grow with the scale."""
        return max(least, round(full * self.scale))

    def day_us(self, share: float) -> int:
        """Midnight of the day that lies at this share of the window."""
        return self.start_us + int(self.days * share) * DAY


def day_names(start: date, days: int) -> list[str]:
    """The ISO dates of the window."""
    return [(start + timedelta(days=n)).isoformat() for n in range(days)]
