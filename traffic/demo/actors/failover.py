"""A campaign that fails over: the first pool is closed by the provider, a second continues within a day and a half."""

from __future__ import annotations

from collections.abc import Iterator

from traffic.demo import ledger, people
from traffic.demo.actors import pools
from traffic.demo.draws import Draws
from traffic.demo.texts import harvest
from traffic.demo.texts.instructions_en import MARKS
from traffic.demo.texts.study_en import STUDY
from traffic.demo.world import DAY, HOUR, MINUTE, Account, World

A_DAY = 12
REASON = "abuse: automated harvesting"


def failover(world: World) -> None:
    """One grading template; pool A until the closure in mid-window, refusals for some hours, then pool B."""
    draws = world.draws
    count = world.count(45, 8)
    closure = world.start_us + int(world.days * 0.52) * DAY + 14 * HOUR
    restart = closure + draws.between(5, 12) * HOUR
    nets = [people.network(draws) for _ in range(max(3, count // 6))]
    fronts = max(4, count // 3)
    pool_a = pools.dress(world, draws, count, fronts, 0.3, lambda: world.start_us - draws.between(3, 25) * DAY, nets)
    pool_b = pools.dress(
        world,
        draws,
        count,
        fronts,
        0.3,
        lambda: restart - int(draws.unit() * 6 * DAY),
        nets[:2] + [people.network(draws) for _ in nets[2:]],
    )
    pools.share_cards(draws, [*pool_a, *pool_b], max(2, count // 6), 0.25)
    pools.pivot_together(world, draws, pool_b, 18 * HOUR)
    starts = [restart + int(draws.unit() * 22 * HOUR) for _ in pool_b]
    questions = iter(
        pools.distinct(draws, lambda: STUDY.expand("question", draws, {}), count * A_DAY * (world.days + 2))
    )
    for day in range(1, world.days):
        hour = draws.between(0, 12)
        for number in range(count):
            begin = world.start_us + day * DAY + hour * HOUR
            _one_day(world, draws, pool_a[number], begin, world.start_us, closure, questions)
            _one_day(world, draws, pool_b[number], begin, starts[number], world.end_us, questions)
    for account in pool_a:
        closed = closure + draws.between(0, 25) * MINUTE
        account.closed_us, account.close_reason, account.status = closed, REASON, "closed"
        _refusals(world, draws, account, closed, questions)
        world.truth[account.account_id] = "pool A"
    for account in pool_b:
        world.truth[account.account_id] = "pool B"


def _request(world: World, draws: Draws, questions: Iterator[str]) -> str:
    """The grading template with one question and two candidate replies in it."""
    before, first, second, after = harvest.GRADING[world.variant % len(harvest.GRADING)]
    left, right = STUDY.expand("reply", draws, {}), STUDY.expand("reply", draws, {})
    return f"{before}{next(questions)}{first}{left}{second}{right}{after}"


def _one_day(
    world: World, draws: Draws, account: Account, begin: int, opens: int, closes: int, questions: Iterator[str]
) -> None:
    """A day's gradings between the account's first and last moment, a quarter of them replaced by cover."""
    for step in range(A_DAY + draws.between(-2, 2)):
        ts = begin + step * 50 * MINUTE + int(draws.unit() * 45 * MINUTE)
        if not opens <= ts < closes:
            continue
        if draws.chance(0.25):
            pools.cover(world, draws, account, ts)
            continue
        ledger.record(
            world, draws, account, ts, _request(world, draws, questions), MARKS.expand("reply", draws, {}), session=draws.hex(32),
            temperature=0.0, max_tokens=700, part="harvest",
        )  # fmt: skip


def _refusals(world: World, draws: Draws, account: Account, closed: int, questions: Iterator[str]) -> None:
    """The client knocks a few more times after the closure and is refused."""
    for _ in range(draws.between(3, 7)):
        ts = closed + int(draws.unit() ** 2 * 3 * HOUR) + MINUTE
        status = draws.pick((401, 403, 403))
        ledger.record(world, draws, account, ts, _request(world, draws, questions), None, status=status, part="harvest")
