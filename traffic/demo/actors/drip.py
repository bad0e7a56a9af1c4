"""A campaign that drips: six requests a day for each of some 260 accounts, one injected prompt, much cover."""

from __future__ import annotations

from collections.abc import Iterator

from traffic.demo import ledger
from traffic.demo.actors import pools
from traffic.demo.draws import Draws
from traffic.demo.people import network
from traffic.demo.texts import harvest
from traffic.demo.texts.instructions_en import REASONED_REPLY
from traffic.demo.texts.study_en import STUDY
from traffic.demo.world import DAY, HOUR, MINUTE, Account, World

A_DAY = 6


def drip(world: World) -> None:
    """Two shifts take turns every day; when the first ends, the second begins. Start hours move from day to day."""
    draws = world.draws
    count = world.count(260, 12)
    nets = [network(draws) for _ in range(max(4, count // 7))]
    waves = [world.start_us - draws.between(6, 50) * DAY for _ in range(5)]
    pool = pools.dress(
        world,
        draws,
        count,
        max(4, round(count * 0.27)),
        0.25,
        lambda: draws.pick(waves) + int(draws.rng.gamma(2.0, 4.0) * HOUR),
        nets,
    )
    pools.share_cards(draws, pool, max(2, count // 9), 0.3)
    pools.pivot_together(world, draws, pool, 20 * HOUR)
    shift = {account.account_id: number % 2 for number, account in enumerate(pool)}
    shares = {account.account_id: 0.4 + 0.2 * draws.unit() for account in pool}
    first, last = int(world.days * 0.18), int(world.days * 0.82)
    days = [day for day in range(first, last) if draws.chance(0.88)]
    questions = iter(pools.distinct(draws, lambda: STUDY.expand("question", draws, {}), count * len(days) * 4))
    for day in days:
        begin = world.start_us + day * DAY + draws.between(0, 10) * HOUR + draws.between(0, 59) * MINUTE
        for account in pool:
            if draws.chance(0.1):
                continue
            _one_day(
                world,
                draws,
                account,
                begin + shift[account.account_id] * 6 * HOUR,
                shares[account.account_id],
                questions,
            )
    for account in pool:
        world.truth[account.account_id] = f"shift {'AB'[shift[account.account_id]]}"


def _one_day(
    world: World, draws: Draws, account: Account, begin: int, cover_share: float, questions: Iterator[str]
) -> None:
    """Six requests within one shift of six hours, one an hour with some jitter."""
    before, after = harvest.REASONING[world.variant % len(harvest.REASONING)]
    for step in range(A_DAY):
        ts = begin + step * HOUR + int(draws.unit() * 40 * MINUTE)
        if draws.chance(cover_share):
            pools.cover(world, draws, account, ts)
            continue
        reply = REASONED_REPLY.expand("reply", draws, {})
        ledger.record(
            world, draws, account, ts, before + next(questions) + after, reply, session=draws.hex(32), temperature=0.7, max_tokens=2048,
            part="harvest",
        )  # fmt: skip
