"""The bulk of honest traffic: teams, private persons, a launch day, offices behind one cloud exit."""

from __future__ import annotations

from traffic.demo import clocks, ledger, people
from traffic.demo.draws import Draws
from traffic.demo.texts import names
from traffic.demo.texts.everyday import pick_bank
from traffic.demo.world import DAY, HOUR, MINUTE, SECOND, Account, World

CLOSINGS = (
    "unpaid",
    "unpaid",
    "unpaid",
    "closed by customer",
    "closed by customer",
    "duplicate account",
    "terms: prohibited content",
)
LEANINGS = ("coding", "coding", "writing", "writing", "writing", "study")


def converse_all(world: World, draws: Draws, account: Account, volume: int, rhythm: str) -> None:
    """That many exchanges of one person or team, in conversations of their own trade and language."""
    language = names.LANGUAGE_OF.get(account.country or "", "en") if draws.chance(0.75) else "en"
    leaning = draws.pick(LEANINGS)
    system = draws.pick(ledger.TRIVIAL)
    done = 0
    for ts in clocks.human_times(world, draws, account, volume, rhythm).tolist():
        if done >= volume or (account.closed_us is not None and ts > account.closed_us):
            break
        turns = 1 if draws.chance(0.6) else draws.between(2, 5)
        done += ledger.converse(world, draws, account, ts, pick_bank(draws, language, leaning), turns, system=system)


def teams(world: World) -> None:
    """Companies with one to five accounts in office hours; about two thirds are verified."""
    draws = world.draws
    for _ in range(world.count(320)):
        org = people.make_organisation(world, draws, 0.7)
        size = draws.pick((1, 1, 1, 2, 2, 2, 3, 4, 5)) if draws.chance(0.9) else draws.between(5, 9)
        total = draws.heavy(58, 0.75, 34 if org.verified else 6, 1500)
        shares = draws.rng.dirichlet([1.2] * size)
        begin = len(world.accounts)
        for share in shares:
            account = people.make_account(world, draws, org, code=draws.chance(0.5))
            if share == shares[0]:
                account.created_us = min(account.created_us, world.start_us - DAY)
        _close_lapsed(world, draws, begin)
        for account, share in zip(world.accounts[begin:], shares, strict=True):
            converse_all(world, draws, account, max(1, round(total * share)), "office")


def _close_lapsed(world: World, draws: Draws, begin: int) -> None:
    """Now and then one account of a larger team is closed, unpaid or no longer wanted."""
    if len(world.accounts) - begin > 1 and draws.chance(0.12):
        account = world.accounts[-1]
        account.closed_us = world.start_us + int((0.2 + 0.7 * draws.unit()) * world.days * DAY)
        account.status, account.close_reason = "closed", draws.pick(CLOSINGS[:6])


def individuals(world: World) -> None:
    """Private persons: evenings and weekends, few exchanges each, some behind one carrier's shared address."""
    draws = world.draws
    carriers = [people.network(draws) for _ in range(world.count(40, 3))]
    for _ in range(world.count(1120)):
        account = people.make_account(world, draws, code=draws.chance(0.25))
        if draws.chance(0.25):
            account.ips = [people.address(draws, draws.pick(carriers)) for _ in range(draws.between(1, 4))]
        if draws.chance(0.03):
            account.closed_us = world.start_us + int((0.15 + 0.8 * draws.unit()) * world.days * DAY)
            account.status, account.close_reason = "closed", draws.pick(CLOSINGS)
        converse_all(world, draws, account, draws.heavy(7, 1.1, 1, 900), "home")


def launch_day(world: World) -> None:
    """A product launch: a burst of sign-ups within a day, curious people from everywhere, most gone a week later."""
    draws = world.draws
    launch = world.day_us(0.32) + 15 * HOUR
    for _ in range(world.count(220)):
        created = launch + int(draws.rng.gamma(1.2, 5.0) * HOUR)
        account = people.make_account(world, draws, created_us=created, plan="free", code=draws.chance(0.3))
        volume = draws.heavy(4, 0.9, 1, 200)
        ts = created + draws.between(1, 30) * MINUTE
        language = names.LANGUAGE_OF.get(account.country or "", "en")
        while volume > 0 and ts < world.end_us:
            turns = min(volume, draws.between(1, 4))
            ledger.converse(world, draws, account, ts, pick_bank(draws, language, draws.pick(LEANINGS)), turns)
            volume -= turns
            ts += int(draws.rng.gamma(0.6, 20.0) * HOUR) + 7 * MINUTE + draws.between(0, 50) * SECOND


def cloud_exit(world: World) -> None:
    """Unrelated companies whose servers leave the cloud through one /24."""
    draws = world.draws
    net = people.network(draws)
    for _ in range(world.count(9, 5)):
        org = people.make_organisation(world, draws, 0.4)
        account = people.make_account(world, draws, org)
        account.ips = [people.address(draws, net) for _ in range(draws.between(1, 5))]
        account.created_us = min(account.created_us, world.start_us - DAY)
        converse_all(world, draws, account, draws.heavy(110, 0.6, 40, 700), "office")
