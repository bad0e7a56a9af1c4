"""Plays the actors of a demo log and puts what they did in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from traffic.demo.actors import ACTORS, BY_NAME, CAMPAIGNS, HARD, HARD_CAMPAIGNS, HARD_HONEST, HONEST
from traffic.demo.draws import Draws
from traffic.demo.world import DEFAULT_DAYS, DEFAULT_START, Account, Exchange, World

EVERYONE = tuple(actor.name for actor in ACTORS)
MIN_DAYS, MAX_DAYS = 14, 120


@dataclass(frozen=True, slots=True)
class Log:
    """A whole demo log in memory."""

    start: date
    days: int
    release_us: int
    accounts: list[Account]  # by account id
    exchanges: list[Exchange]  # by time
    truth: dict[str, dict[str, str | None]]  # account id -> actor, campaign (None: honest), role


def generate(
    seed: int = 7,
    scale: float = 1.0,
    include: tuple[str, ...] = EVERYONE,
    *,
    start: date = DEFAULT_START,
    days: int = DEFAULT_DAYS,
) -> Log:
    """Writes a log of the named actors: the same arguments give the same log, on any machine.

    `include` names actors of `traffic.demo.actors`; "drip:1" is the campaign `drip` under its second wording and with
    other accounts, so that several may be planted at once. An actor does the same whoever else is included.

    Raises ValueError for an unknown actor, or a size or window out of range.
    """
    if not 0.01 <= scale <= 50:
        raise ValueError(f"scale is {scale}; it must lie between 0.01 and 50")
    if not MIN_DAYS <= days <= MAX_DAYS:
        raise ValueError(f"days is {days}; it must lie between {MIN_DAYS} and {MAX_DAYS}")
    worlds = [_play(seed, scale, name, start, days) for name in include]
    accounts = sorted((a for world in worlds for a in world.accounts), key=lambda a: a.account_id)
    exchanges = sorted((e for world in worlds for e in world.exchanges), key=lambda e: (e.ts_us, e.exchange_id))
    seen = {e.account.account_id for e in exchanges}
    accounts = [a for a in accounts if a.account_id in seen]
    truth: dict[str, dict[str, str | None]] = {}
    for world in worlds:
        harvests = BY_NAME[world.name.partition(":")[0]].harvests
        for account in world.accounts:
            if account.account_id in seen:
                name = account.account_id
                campaign = world.campaigns.get(name, world.name if harvests else None)
                truth[name] = {"actor": world.name, "campaign": campaign, "role": world.truth.get(name)}
    release = World(seed, scale, start, days, Draws(seed, "calendar"), "calendar").release_us
    return Log(start, days, release, accounts, exchanges, dict(sorted(truth.items())))


def _play(seed: int, scale: float, name: str, start: date, days: int) -> World:
    """One actor's accounts and exchanges, drawn from a stream of its own."""
    stem, _, variant = name.partition(":")
    if stem not in BY_NAME or (variant and not variant.isdigit()):
        raise ValueError(
            f"include names the actor {name!r}; known are {', '.join(BY_NAME)}, with :1, :2... for other wordings"
        )
    world = World(seed, scale, start, days, Draws(seed, name), name, int(variant or 0))
    BY_NAME[stem].act(world)
    return world


__all__ = ["CAMPAIGNS", "EVERYONE", "HARD", "HARD_CAMPAIGNS", "HARD_HONEST", "HONEST", "Log", "generate"]
