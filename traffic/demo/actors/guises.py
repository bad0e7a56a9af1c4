"""How an operator dresses and drives a pool of accounts: drawn anew for each campaign, so that none is like another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from traffic.demo import clocks, people
from traffic.demo.actors import pools
from traffic.demo.draws import Draws
from traffic.demo.world import DAY, HOUR, MINUTE, Account, World

AGES = ("fresh", "waves", "aged", "mixed")
NETWORKS = ("few", "homes", "both")
CLOCKS = ("lockstep", "shifts", "loose", "human")


@dataclass(frozen=True, slots=True)
class Guise:
    """What differs from one operator to the next; none of it depends on what the pool asks."""

    ages: str  # fresh: days before the work; waves: some batches; aged: bought, up to two years old; mixed
    cards: float  # share of accounts on cards that several use
    card_users: int  # accounts to one such card
    cardless: float  # share without any card
    devices: float  # share on devices that several use
    networks: str  # few: recurring /24; homes: an address of its own for each; both
    front_size: int  # accounts that name the same organisation
    blank: float  # share that names no organisation
    clock: str  # lockstep | shifts | loose: each its own hour | human: the day of a person
    unequal: float  # spread of volume between accounts, as the sigma of a log-normal
    skipped: float  # share of days on which an account rests
    together: bool  # takes up the new model at once
    first: float  # when the work begins and ends, as shares of the window
    last: float


def draw_guise(draws: Draws, **fixed: Any) -> Guise:
    """A guise by chance; what an actor needs is given by name."""
    first = 0.25 * draws.unit()
    drawn = Guise(
        ages=draws.pick(AGES),
        cards=draws.pick((0.0, 0.2, 0.35, 0.6, 0.9)),
        card_users=draws.between(3, 9),
        cardless=draws.pick((0.0, 0.1, 0.4)),
        devices=draws.pick((0.0, 0.0, 0.2, 0.5)),
        networks=draws.pick(NETWORKS),
        front_size=draws.between(1, 6),
        blank=draws.pick((0.1, 0.4, 0.8)),
        clock=draws.pick(CLOCKS),
        unequal=draws.pick((0.05, 0.3, 0.7)),
        skipped=draws.pick((0.03, 0.15, 0.35)),
        together=draws.chance(0.5),
        first=first,
        last=0.75 + 0.25 * draws.unit(),
    )
    return replace(drawn, **fixed)


def untied(draws: Draws, **fixed: Any) -> Guise:
    """A guise without any shared identifier: own card or none, own device, own address, own name."""
    return draw_guise(draws, cards=0.0, devices=0.0, networks="homes", front_size=1, **fixed)


def dress(world: World, draws: Draws, count: int, guise: Guise, *, not_before_us: int | None = None) -> list[Account]:
    """A pool in that guise; `not_before_us` makes them sign up from then on, as replacements do."""
    nets = [people.network(draws) for _ in range(max(3, count // 6))]
    waves = [world.start_us - draws.between(4, 60) * DAY for _ in range(3)]
    pool = pools.dress(
        world, draws, count, max(1, count // guise.front_size), guise.blank,
        lambda: not_before_us + int(draws.unit() * 2 * DAY) if not_before_us else created_us(world, draws, guise, waves), nets,
    )  # fmt: skip
    pools.share_cards(draws, pool, max(1, round(count * guise.cards / guise.card_users)), guise.cards)
    devices = [people.fingerprint(draws) for _ in range(max(1, count // 8))]
    for number, account in enumerate(pool):
        if draws.chance(guise.cardless) and draws.chance(1 - guise.cards):
            account.payment_fp = None
        account.device_fp = draws.pick(devices) if draws.chance(guise.devices) else people.fingerprint(draws)
        if guise.networks == "homes" or (guise.networks == "both" and number % 2):
            account.ips = [people.home_address(draws) for _ in range(draws.between(1, 2))]
    if guise.together:
        pools.pivot_together(world, draws, pool, draws.between(6, 40) * HOUR)
    return pool


def created_us(world: World, draws: Draws, guise: Guise, waves: list[int]) -> int:
    """When an account of the pool was signed up, or bought with its age."""
    ages = draws.pick(AGES[:3]) if guise.ages == "mixed" else guise.ages
    if ages == "fresh":
        return world.start_us + int((guise.first * world.days - 6 * draws.unit()) * DAY)
    if ages == "waves":
        return draws.pick(waves) + int(draws.rng.gamma(2.0, 5.0) * HOUR)
    return world.start_us - int((20 + 700 * draws.unit()) * DAY)


def work(world: World, draws: Draws, pool: list[Account], guise: Guise, a_day: float) -> Iterator[tuple[Account, int]]:
    """Who asks when: about `a_day` requests for each account and day, in the operator's rhythm, account by account."""
    days = np.arange(
        int(world.days * guise.first), max(int(world.days * guise.last), int(world.days * guise.first) + 7)
    )
    begins = {int(day): draws.between(0, 12) * HOUR + draws.between(0, 59) * MINUTE for day in days}
    for number, account in enumerate(pool):
        mine = days[draws.rng.random(len(days)) >= guise.skipped]
        volume = a_day * len(mine) * float(np.exp(guise.unequal * draws.rng.standard_normal() - guise.unequal**2 / 2))
        total = max(3, round(volume))
        if guise.clock == "human":
            times = clocks.human_times(world, draws, account, total, draws.pick(("office", "home")))
        elif len(mine):
            times = np.sort(_driven(world, draws, mine, begins, total, guise.clock, number))
        else:
            continue
        for ts in times.tolist():
            if world.start_us <= ts < world.end_us:
                yield account, ts


def _driven(
    world: World, draws: Draws, days: np.ndarray, begins: dict[int, int], total: int, clock: str, number: int
) -> np.ndarray:
    """Times of one driven account: its requests spread evenly over its days, within the operator's hours or its own."""
    shifted = (number % 3) * 5 * HOUR if clock == "shifts" else 0
    times = []
    for day, rows in zip(days.tolist(), np.array_split(np.arange(total), len(days)), strict=True):
        begin = begins[day] + shifted if clock != "loose" else draws.between(0, 20) * HOUR
        times.append(
            world.start_us + day * DAY + begin + draws.rng.uniform(0, 5 * HOUR, size=len(rows)).astype(np.int64)
        )
    return np.concatenate(times)
