"""A campaign that shards: forty accounts, each a slice of one diverse instruction list, tied by cards and networks."""

from __future__ import annotations

import numpy as np

from traffic.demo import ledger, people
from traffic.demo.actors import pools
from traffic.demo.texts.instructions_en import INSTRUCTIONS
from traffic.demo.world import DAY, HOUR, MINUTE, World

A_DAY = 16
CARDS = 6


def sharded(world: World) -> None:
    """Every account works through its own slice, near-equal numbers a day; no text, wrapper or organisation is shared."""
    draws = world.draws
    count = world.count(40, 12)
    nets = [people.network(draws) for _ in range(max(2, count // 7))]
    signup = world.start_us - 20 * DAY
    pool = pools.dress(world, draws, count, count, 0.15, lambda: signup + int(draws.unit() * 17 * DAY), nets)
    cards = [people.fingerprint(draws) for _ in range(min(CARDS, count // 4))]
    for number, account in enumerate(pool):
        account.payment_fp = cards[number % len(cards)]
        account.ips = [people.address(draws, nets[(number * 5 + step) % len(nets)]) for step in (0, 0, 1)]
        world.truth[account.account_id] = f"card {number % len(cards) + 1}"
    pools.pivot_together(world, draws, pool, 22 * HOUR)
    days = [day for day in range(2, world.days - 1) if draws.chance(0.93)]
    loads = {(account.account_id, day): A_DAY + draws.between(-1, 1) for day in days for account in pool}
    prompts = iter(pools.distinct(draws, lambda: INSTRUCTIONS.expand("prompt", draws, {}), sum(loads.values())))
    for day in days:
        begin = world.start_us + day * DAY + draws.between(0, 13) * HOUR + draws.between(0, 59) * MINUTE
        for account in pool:
            offsets = np.sort(draws.rng.uniform(0, 9 * HOUR, size=loads[account.account_id, day])).astype(np.int64)
            for ts in (begin + offsets).tolist():
                reply = ledger.long_reply(draws, INSTRUCTIONS, {})
                ledger.record(
                    world,
                    draws,
                    account,
                    ts,
                    next(prompts),
                    reply,
                    temperature=draws.pick((0.7, 0.8, 1.0)),
                    max_tokens=2048,
                    part="harvest",
                )
