"""Pools of accounts that one operator runs: how they are dressed up, and what they ask besides."""

from __future__ import annotations

from collections.abc import Callable

from traffic.demo import ledger, people
from traffic.demo.draws import Draws
from traffic.demo.grammar import Grammar
from traffic.demo.texts import names
from traffic.demo.texts.everyday import pick_bank
from traffic.demo.world import Account, World

LANGUAGES = ("en", "en", "en", "de", "es", "fr", "zh")


def distinct(draws: Draws, write: Callable[[], str], count: int) -> list[str]:
    """That many different texts; the operator's question list holds none twice."""
    seen: dict[str, None] = {}
    for _ in range(count * 40):
        seen.setdefault(write(), None)
        if len(seen) == count:
            return list(seen)
    raise ValueError(f"the bank gives only {len(seen)} different texts; {count} were asked for")


def dress(
    world: World, draws: Draws, count: int, fronts: int, blank: float, created: Callable[[], int], nets: list[str]
) -> list[Account]:
    """Accounts that present themselves as `fronts` unrelated small customers, some as nobody; clients differ, networks recur."""
    shops = [people.make_organisation(world, draws, 0.0) for _ in range(fronts)]
    pool = []
    for _ in range(count):
        org = None if draws.chance(blank) else draws.pick(shops)
        account = people.make_account(
            world, draws, None, created_us=created(), plan=draws.pick(("starter", "starter", "build"))
        )
        if org is not None:
            account.organisation, account.country = org.name, org.country
            account.email_domain = org.domain if draws.chance(0.6) else draws.pick(names.FREE_MAIL)
        account.verified = False if draws.chance(0.8) else None
        account.ips = [people.address(draws, net) for net in draws.sample(nets, draws.between(2, 3))]
        account.payment_fp = people.fingerprint(draws) if draws.chance(0.92) else None
        pool.append(account)
    return pool


def share_cards(draws: Draws, pool: list[Account], cards: int, share: float) -> None:
    """Puts that share of the pool on a handful of cards."""
    fingerprints = [people.fingerprint(draws) for _ in range(cards)]
    for number, account in enumerate(draws.sample(pool, round(len(pool) * share))):
        account.payment_fp = fingerprints[number % cards]


def pivot_together(world: World, draws: Draws, pool: list[Account], within_us: int) -> None:
    """The pool takes up the new model soon after its release."""
    for account in pool:
        account.pivots_us = world.release_us + int(draws.unit() * within_us)


def cover(world: World, draws: Draws, account: Account, ts: int) -> None:
    """An everyday question that has nothing to do with the harvest."""
    bank: Grammar = pick_bank(draws, draws.pick(LANGUAGES), draws.pick(("coding", "writing", "study")))
    memo: dict[str, str] = {}
    prompt = bank.expand("prompt", draws, memo)
    system = draws.pick(ledger.TRIVIAL)
    ledger.record(
        world,
        draws,
        account,
        ts,
        prompt,
        ledger.long_reply(draws, bank, memo),
        system=system,
        session=draws.hex(32),
        part="cover",
    )
