"""Campaigns that are hard to see: reworded templates, cover traffic, slow drips, disjoint shards, no shared identifier."""

from __future__ import annotations

from dataclasses import replace

from traffic.demo import clocks, ledger, people
from traffic.demo.actors import guises, pools
from traffic.demo.actors.guises import Guise
from traffic.demo.draws import Draws
from traffic.demo.texts import wrappers
from traffic.demo.texts.everyday import pick_bank
from traffic.demo.texts.instructions_en import INSTRUCTIONS
from traffic.demo.texts.wrappers import Wrapper
from traffic.demo.world import DAY, HOUR, MINUTE, Account, World


def any_wrapper(draws: Draws) -> Wrapper:
    """A wording of any kind, mostly English."""
    language = draws.pick(("en", "en", "en", "en", "de", "es", "fr"))
    return wrappers.compose(draws, draws.pick(wrappers.KINDS), language)


def ask(
    world: World, draws: Draws, account: Account, ts: int, wrapper: Wrapper, seen: set[str], **extra: object
) -> None:
    """One harvested exchange: a slot not asked before, within the wrapper."""
    slot, reply = wrappers.fresh_fill(draws, wrapper, seen)
    ledger.record(
        world, draws, account, ts, wrapper.prompt(slot), reply, session=draws.hex(32), part="harvest",
        **{"temperature": 0.7, "max_tokens": 2048, **extra},  # type: ignore[arg-type]
    )  # fmt: skip


def paraphrased(world: World) -> None:
    """One kind of work under very many wordings: a new one for every request, every day or every account."""
    draws = world.draws
    kind, renewed = draws.pick(wrappers.KINDS), draws.pick(("request", "day", "account"))
    guise = guises.draw_guise(draws)
    pool = guises.dress(world, draws, world.count(40, 10), guise)
    wordings: dict[object, Wrapper] = {}
    seen: set[str] = set()
    cover = draws.pick((0.0, 0.2, 0.4))
    for account, ts in guises.work(world, draws, pool, guise, draws.between(5, 14)):
        if draws.chance(cover):
            pools.cover(world, draws, account, ts)
            continue
        group = {"request": ts, "day": ts // DAY, "account": account.account_id}[renewed]
        ask(world, draws, account, ts, wordings.setdefault(group, wrappers.compose(draws, kind)), seen)


def hydra(world: World) -> None:
    """Each account hides its harvest among 50 to 70 % of unrelated requests that look like anybody's."""
    draws = world.draws
    guise = guises.draw_guise(draws)
    pool = guises.dress(world, draws, world.count(60, 12), guise)
    wrapper = any_wrapper(draws)
    seen: set[str] = set()
    cover = {account.account_id: 0.5 + 0.2 * draws.unit() for account in pool}
    for account, ts in guises.work(world, draws, pool, guise, draws.between(6, 14)):
        if draws.chance(cover[account.account_id]):
            pools.cover(world, draws, account, ts)
        else:
            ask(world, draws, account, ts, wrapper, seen)


def rationale(world: World) -> None:
    """Chains of thought drawn out of free questions: one short sentence before or after, every question another."""
    draws = world.draws
    guise = guises.draw_guise(draws)
    pool = guises.dress(world, draws, world.count(30, 8), guise)
    phrase, behind = wrappers.phrase(draws), draws.chance(0.5)
    bare = draws.pick((0.0, 0.15, 0.4))
    for account, ts in guises.work(world, draws, pool, guise, draws.between(6, 16)):
        memo: dict[str, str] = {}
        bank = pick_bank(draws, "en", draws.pick(("study", "study", "coding")))
        question = bank.expand("prompt", draws, memo)
        prompt = question if draws.chance(bare) else f"{question}\n{phrase}" if behind else f"{phrase} {question}"
        reply = ledger.long_reply(draws, bank, memo)
        ledger.record(world, draws, account, ts, prompt, reply, session=draws.hex(32), temperature=1.0, part="harvest")


def slow_drip(world: World) -> None:
    """Two to four requests a day for each account, under the day of a person."""
    draws = world.draws
    guise = guises.draw_guise(draws, clock=draws.pick(("human", "loose")), skipped=0.15)
    pool = guises.dress(world, draws, world.count(100, 20), guise)
    wrapper, seen = any_wrapper(draws), set[str]()
    cover = draws.pick((0.1, 0.3, 0.5))
    for account, ts in guises.work(world, draws, pool, guise, draws.between(20, 40) / 10):
        if draws.chance(cover):
            pools.cover(world, draws, account, ts)
        else:
            ask(world, draws, account, ts, wrapper, seen)


def disjoint(world: World) -> None:
    """Disjoint shards of a diverse instruction list: no template, no opening, no system prompt in common; the list's author has words of his own."""
    draws = world.draws
    guise = guises.draw_guise(draws)
    pool = guises.dress(world, draws, world.count(35, 10), guise)
    seen: set[str] = set()
    own_words = INSTRUCTIONS.dialect(draws, 0.5)
    for account, ts in guises.work(world, draws, pool, guise, draws.between(6, 18)):
        prompt = own_words.expand("prompt", draws, {})
        if prompt in seen:
            continue
        seen.add(prompt)
        reply = ledger.long_reply(draws, own_words, {})
        ledger.record(
            world,
            draws,
            account,
            ts,
            prompt,
            reply,
            session=draws.hex(32),
            temperature=0.8,
            max_tokens=2048,
            part="harvest",
        )


def untied(world: World) -> None:
    """One template in the hands of accounts that share nothing else: no card, device, network, name or hour."""
    draws = world.draws
    guise = guises.untied(draws, ages="aged", clock=draws.pick(("human", "loose")), together=False)
    _plain(world, draws, guise, world.count(40, 10), draws.between(4, 9), draws.pick((0.0, 0.3)))


def wide(world: World) -> None:
    """Three hundred accounts with some twenty requests each."""
    draws = world.draws
    guise = guises.draw_guise(draws, skipped=0.35)
    days = max(7.0, world.days * (guise.last - guise.first))
    _plain(world, draws, guise, world.count(300, 40), 20 / (days * 0.65), draws.pick((0.0, 0.2)))


def _plain(world: World, draws: Draws, guise: Guise, count: int, a_day: float, cover: float) -> None:
    """One wording for the whole pool, some cover besides."""
    pool = guises.dress(world, draws, count, guise)
    wrapper, seen = any_wrapper(draws), set[str]()
    for account, ts in guises.work(world, draws, pool, guise, a_day):
        if draws.chance(cover):
            pools.cover(world, draws, account, ts)
        else:
            ask(world, draws, account, ts, wrapper, seen)


def ban_runner(world: World) -> None:
    """Three waves: each is closed by the provider within a day, the next signs up and goes on within two."""
    draws = world.draws
    wrapper, seen = any_wrapper(draws), set[str]()
    guise = guises.draw_guise(draws, clock=draws.pick(("lockstep", "shifts", "loose")), skipped=0.05)
    closures = [world.day_us(0.33) + 11 * HOUR, world.day_us(0.66) + 16 * HOUR, world.end_us]
    opens: int | None = None
    for number, closure in enumerate(closures):
        pool = guises.dress(world, draws, world.count(18, 5), guise, not_before_us=opens)
        for account in pool:
            world.truth[account.account_id] = f"wave {number + 1}"
            if number < 2:
                account.closed_us = closure + draws.between(0, 20 * 60) * MINUTE
                account.status, account.close_reason = "closed", "abuse: automated collection"
        whole = replace(guise, first=0.0, last=1.0)
        for account, ts in guises.work(world, draws, pool, whole, draws.between(8, 16)):
            closed = account.closed_us
            if opens is not None and ts < opens or closed is not None and ts > closed + 5 * HOUR:
                continue
            refused = closed is not None and ts > closed
            ask(world, draws, account, ts, wrapper, seen, status=403 if refused else None)
        opens = closure + draws.between(2, 30) * HOUR


def noisy_single(world: World) -> None:
    """One account alone, thousands of requests of one wording, day and night."""
    draws = world.draws
    account = people.make_account(world, draws, created_us=world.start_us - draws.between(2, 300) * DAY, plan="scale")
    account.verified = False
    wrapper, seen = any_wrapper(draws), set[str]()
    for ts in clocks.steady_times(world, draws, account, world.volume(3000, 400)).tolist():
        ask(world, draws, account, ts, wrapper, seen)


def proxy_twins(world: World) -> None:
    """Two campaigns of different operators leave through one proxy's networks, as do honest people who value privacy."""
    draws = world.draws
    exits = [people.network(draws) for _ in range(draws.between(3, 8))]
    for name in ("one", "two"):
        guise = guises.draw_guise(draws, networks="few")
        pool = guises.dress(world, draws, world.count(28, 8), guise)
        wrapper, seen = any_wrapper(draws), set[str]()
        for account in pool:
            account.ips = [people.address(draws, net) for net in draws.sample(exits, 2)]
            world.campaigns[account.account_id] = f"{world.name} {name}"
        for account, ts in guises.work(world, draws, pool, guise, draws.between(5, 12)):
            ask(world, draws, account, ts, wrapper, seen)
    for _ in range(world.count(45, 15)):
        account = people.make_account(world, draws, code=draws.chance(0.3))
        account.ips = [people.address(draws, draws.pick(exits)) for _ in range(draws.between(1, 3))]
        world.campaigns[account.account_id] = None
        bank = pick_bank(draws, draws.pick(pools.LANGUAGES), draws.pick(("coding", "writing", "study")))
        for ts in clocks.human_times(world, draws, account, draws.heavy(14, 0.9, 3, 300), "home").tolist():
            ledger.converse(world, draws, account, ts, bank, draws.between(1, 3))
