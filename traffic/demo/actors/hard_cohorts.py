"""Honest people who come together: a class with its sheet, a launch day, offices behind one address, lone batch jobs."""

from __future__ import annotations

from traffic.demo import clocks, ledger, people
from traffic.demo.actors.hard_crowds import chat, own_device, use_wrapper
from traffic.demo.actors.products import call_app
from traffic.demo.texts import names, wrappers
from traffic.demo.texts.apps import make_app
from traffic.demo.texts.everyday import pick_bank
from traffic.demo.texts.slots import SLOTS
from traffic.demo.texts.study_en import STUDY
from traffic.demo.world import DAY, HOUR, MINUTE, World

SCHOOLS = ("students.birchwood-college.example", "uni-harrow-mere.example", "campus.kestrel-institute.example")
ENDINGS = (
    "Explain every step so that I can present it in class.",
    "Show the full working, I have to defend it in the seminar.",
    "Where is my mistake? Walk me through the whole derivation.",
    "Bitte mit allen Zwischenschritten, wir müssen es vortragen.",
)
LAUNCH_PROMPTS = (
    "From the launch page: write a story of exactly one hundred words that ends where it began. Subject: ",
    "Try it yourself: explain this to a child, to a student and to an expert, each in three sentences: ",
    "Sample prompt number one. Plan a weekend for the following people and count what it costs: ",
)


def exercise_sheet(world: World) -> None:
    """A university class: one network, signed up within an hour, the same sheet of exercises, solved in the same evenings."""
    draws = world.draws
    net, domain, ending = people.network(draws), draws.pick(SCHOOLS), draws.pick(ENDINGS)
    named, campus = draws.chance(0.5), draws.pick((0.5, 1.0))
    begin = world.day_us(0.1 + 0.4 * draws.unit())
    sheets = [
        [STUDY.expand("question", draws, {}) for _ in range(draws.between(4, 10))] for _ in range(draws.between(1, 3))
    ]
    for _ in range(world.count(60, 15)):
        created = begin + 8 * HOUR + int(draws.unit() * HOUR)
        account = people.make_account(world, draws, created_us=created, plan="free", code=False)
        account.email_domain = domain if named else draws.pick(names.FREE_MAIL)
        account.payment_fp, account.verified, account.country, account.offset_h = None, False, "AT", 2
        account.ips = [people.address(draws, net)] if draws.chance(campus) else [people.home_address(draws)]
        own_device(draws, [account])
        for number, sheet in enumerate(sheets):
            due = begin + (number + 1) * 6 * DAY + 17 * HOUR
            for exercise in draws.sample(sheet, draws.between(2, len(sheet))):
                ts = due - int(draws.rng.gamma(1.5, 14.0) * HOUR)
                mine = (
                    STUDY.expand("reply", draws, {}) if draws.chance(0.5) else f"my result is {draws.between(2, 900)}"
                )
                prompt = f"Exercise sheet {number + 1}: {exercise}\nMy attempt: {mine}\n{ending}"
                ledger.record(world, draws, account, ts, prompt, ledger.long_reply(draws, STUDY, {}), stream=True)
        chat(world, draws, account, draws.between(1, 12), "home")


def launch_wave(world: World) -> None:
    """The day of a release: a wave of sign-ups, everybody on the new model at once, many with the sample prompt of the launch page."""
    draws = world.draws
    sample = draws.pick(LAUNCH_PROMPTS)
    for _ in range(world.count(250, 25)):
        created = world.release_us + int(draws.rng.gamma(1.3, 4.0) * HOUR)
        account = people.make_account(world, draws, created_us=created, plan="free", code=draws.chance(0.3))
        account.pivots_us = world.release_us
        own_device(draws, [account])
        ts = created + draws.between(1, 40) * MINUTE
        for turn in range(draws.heavy(6, 0.9, 1, 150)):
            if draws.chance(0.5 if turn < 4 else 0.1):
                prompt = sample + SLOTS.expand("person", draws, {}) + " and " + SLOTS.expand("company", draws, {})
                ledger.record(world, draws, account, ts, prompt, ledger.long_reply(draws, STUDY, {}), stream=True)
            else:
                ledger.converse(world, draws, account, ts, pick_bank(draws, "en", draws.pick(("coding", "writing"))), 1)
            ts += int(draws.rng.gamma(0.6, 12.0) * HOUR) + 3 * MINUTE


def office_nat(world: World) -> None:
    """A company whose staff signed up one by one, behind one address: no organisation named, one prompt passed around."""
    draws = world.draws
    net = people.network(draws)
    app = make_app(draws, people.make_organisation(world, draws, 0.0).name)
    address, private = people.address(draws, net), draws.chance(0.5)
    passed_on = draws.pick((0.0, 0.2, 0.5))
    for _ in range(world.count(40, 12)):
        account = people.make_account(world, draws, code=draws.chance(0.5))
        account.ips, account.offset_h = [address], 2
        account.email_domain = draws.pick(names.FREE_MAIL) if private else "staff.moor-gate-holding.example"
        own_device(draws, [account])
        for ts in clocks.human_times(world, draws, account, draws.heavy(60, 0.8, 5, 500), "office").tolist():
            if draws.chance(passed_on):
                call_app(world, draws, account, app, ts)
            else:
                bank = pick_bank(draws, "en", draws.pick(("coding", "writing")))
                ledger.converse(world, draws, account, ts, bank, draws.pick((1, 1, 2, 3)))


def one_person_batches(world: World) -> None:
    """Lone unverified customers with a batch job that never asks twice: catalogues, translations, questions for a quiz."""
    draws = world.draws
    for _ in range(world.count(30, 8)):
        account = people.make_account(world, draws, created_us=people.signed_up_us(world, draws, 200), plan="starter")
        account.verified = draws.pick((False, None))
        own_device(draws, [account])
        volume = draws.heavy(350, 0.8, 80, 2500)
        if draws.chance(0.5):
            times = clocks.batch_times(
                world, draws, volume, draws.between(0, 23), 4.0 + 20 * draws.unit(), draws.chance(0.3)
            )
        else:
            times = clocks.steady_times(world, draws, account, volume)
        late = [ts for ts in times.tolist() if ts > account.created_us]
        if draws.chance(0.3):
            use_wrapper(
                world, draws, account, late, wrappers.compose(draws, draws.pick(("pairs", "cleaning", "reasoning")))
            )
            continue
        app = make_app(draws, f"the shop of {draws.pick(('Ada', 'Boris', 'Chiara', 'Dao', 'Emre'))}")
        for ts in late:
            call_app(world, draws, account, app, ts, temperature=0.0, max_tokens=600)
