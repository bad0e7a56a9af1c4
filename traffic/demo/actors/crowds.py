"""Honest customers who look coordinated: an open-source prompt, an agency, a class, resellers, an evaluator."""

from __future__ import annotations

from traffic.demo import clocks, ledger, people
from traffic.demo.actors.products import call_app
from traffic.demo.draws import Draws
from traffic.demo.texts import harvest
from traffic.demo.texts.apps import make_app
from traffic.demo.texts.everyday import pick_bank
from traffic.demo.texts.slots import SLOTS
from traffic.demo.texts.study_en import STUDY
from traffic.demo.world import DAY, HOUR, SECOND, Account, World


def open_kit(world: World) -> None:
    """An open-source data-generation prompt in the hands of some sixty unrelated small organisations."""
    draws = world.draws
    prefix, suffix = harvest.OPEN_KIT
    count = world.count(60, 24)
    for index in range(count):
        org = people.make_organisation(world, draws, 0.0)
        org.verified = index % 3 == 0
        account = people.make_account(world, draws, org, created_us=org.created_us - 5 * DAY)
        account.declared_use = draws.pick(
            (None, None, "synthetic data for own models", "training a small classifier", "search tuning")
        )
        begin = world.start_us + int(draws.unit() * 0.7 * world.days * DAY)
        span = draws.between(2, 12)
        # Strangers' loads are heavy-tailed: most try the kit out, a few build something large with it.
        wanted = draws.heavy(40, 1.1, 6, 900)
        rhythm_hours = clocks.human_times(world, draws, account, wanted * 3, "office")
        mine = rhythm_hours[(rhythm_hours >= begin) & (rhythm_hours < begin + span * DAY)]
        for ts in mine[:wanted].tolist():
            memo: dict[str, str] = {}
            passage = SLOTS.expand("passage", draws, memo)
            prompt = prefix.format(n=draws.pick((3, 5, 5, 8, 10))) + passage + suffix
            ledger.record(
                world,
                draws,
                account,
                ts,
                prompt,
                SLOTS.expand("qa", draws, memo),
                system=harvest.OPEN_KIT_SYSTEM,
                temperature=0.8,
                max_tokens=1024,
            )
        _own_work(world, draws, account, draws.between(8, 40))


def _own_work(world: World, draws: Draws, account: Account, volume: int) -> None:
    """What the same customer does besides: ordinary questions in office hours."""
    for ts in clocks.human_times(world, draws, account, volume, "office").tolist():
        ledger.converse(world, draws, account, ts, pick_bank(draws, "en", "coding"), 1)


def agency(world: World) -> None:
    """An agency with twelve accounts, one for each client: one card, disjoint work, one verified address."""
    draws = world.draws
    org = people.make_organisation(world, draws, 1.0)
    org.created_us = world.start_us - 300 * DAY
    for _ in range(world.count(12, 6)):
        account = people.make_account(world, draws, org, plan="build")
        account.declared_use = "agency: work for clients"
        client = people.make_organisation(world, draws, 0.0)
        app = make_app(draws, client.name)
        for ts in clocks.human_times(world, draws, account, world.volume(200, 40), "office").tolist():
            call_app(world, draws, account, app, ts, temperature=0.7)


def school_class(world: World) -> None:
    """A class of 35: signed up within a day, one campus network, the same exercise prompt during two weeks."""
    draws = world.draws
    net, domain = people.network(draws), "students.lindenhof-college.example"
    signup = world.day_us(0.1) + 8 * HOUR
    for _ in range(world.count(35, 12)):
        account = people.make_account(
            world, draws, created_us=signup + int(draws.unit() * 3 * HOUR), plan="free", code=False
        )
        account.email_domain, account.payment_fp, account.verified = domain, None, False
        account.country, account.offset_h = "AT", 2
        account.ips = [people.address(draws, net)]
        for _ in range(draws.heavy(28, 0.4, 10, 70)):
            day = draws.between(int(world.days * 0.1) + 1, int(world.days * 0.1) + 14)
            hour = draws.pick((6, 7, 8, 8, 9, 12, 13, 14, 16))
            ts = world.start_us + day * DAY + hour * HOUR + int(draws.unit() * HOUR)
            memo: dict[str, str] = {}
            exercise = STUDY.expand("question", draws, memo)
            prompt = f"Exercise for module B, week {(day % 2) + 1}. Solve it and explain the method so that I can present it in class: {exercise}"
            ledger.record(world, draws, account, ts, prompt, ledger.long_reply(draws, STUDY, memo), stream=True)


def resellers(world: World) -> None:
    """Two gateways that resell: few accounts, thousands of end users, every language and trade."""
    draws = world.draws
    for verified, accounts, volume, users in ((1.0, 3, 7000, 2600), (0.0, 1, 1500, 500)):
        org = people.make_organisation(world, draws, verified)
        for _ in range(accounts):
            account = people.make_account(world, draws, org, plan="scale", created_us=world.start_us - 120 * DAY)
            account.declared_use = "chat front end for end users"
            account.offset_h = 1
            left = world.volume(volume, 120) // accounts
            for ts in clocks.steady_times(world, draws, account, left).tolist():
                if left <= 0:
                    break
                bank = pick_bank(
                    draws,
                    draws.pick(("en", "en", "de", "es", "fr", "ja", "zh")),
                    draws.pick(("coding", "writing", "study")),
                )
                user = f"u-{int(users * draws.unit() ** 1.7):05d}"
                turns = draws.pick((1, 1, 1, 2, 3))
                left -= ledger.converse(
                    world, draws, account, ts, bank, turns, system="You are a helpful assistant.", end_user=user
                )


def evaluator(world: World) -> None:
    """A verified evaluator who runs one benchmark over each model, the new one on its release day."""
    draws = world.draws
    org = people.make_organisation(world, draws, 1.0)
    account = people.make_account(world, draws, org, plan="scale", created_us=world.start_us - 400 * DAY)
    account.declared_use, account.pivots_us = "benchmark evaluation", world.release_us
    items = []
    for _ in range(world.volume(1500, 60)):
        memo: dict[str, str] = {}
        items.append((STUDY.expand("question", draws, memo), f"{draws.pick('ABCD')}"))
    for begin in (world.day_us(0.2) + 9 * HOUR, world.release_us + 2 * HOUR):
        ts = begin
        for number, (question, answer) in enumerate(items):
            prompt = f"Item {number + 1}. {question}\nA) {number % 7} B) {number % 11} C) {number % 13} D) none of these\nAnswer with one letter."
            ledger.record(world, draws, account, ts, prompt, answer, temperature=0.0, max_tokens=4)
            ts += int(draws.rng.gamma(2.0, 1.5) * SECOND)
