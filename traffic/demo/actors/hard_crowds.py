"""Honest customers who work like harvesters: users of one open prompt, agencies, resellers, evaluators, prompt engineers."""

from __future__ import annotations

from traffic.demo import clocks, ledger, people
from traffic.demo.actors.products import call_app
from traffic.demo.draws import Draws
from traffic.demo.people import Organisation
from traffic.demo.texts import wrappers
from traffic.demo.texts.apps import make_app
from traffic.demo.texts.everyday import pick_bank
from traffic.demo.texts.study_en import STUDY
from traffic.demo.texts.wrappers import Wrapper
from traffic.demo.world import DAY, HOUR, SECOND, Account, World

PERSONAS = (
    "You are Mira, a cheerful guide to the city.", "You are the tutor of a language school.", "Answer as a retired sailor.",
    "You are a helpful assistant.", "Du bist ein freundlicher Helfer.", "Eres un asistente amable.", "Tu es une aide courtoise.",
    "You are the coach in a fitness app. Keep it short.", "You tell bedtime stories.", "You answer questions about plants.",
)  # fmt: skip


def use_wrapper(
    world: World, draws: Draws, account: Account, times: list[int], wrapper: Wrapper, **extra: object
) -> None:
    """Requests of one wording with a new slot each time."""
    seen: set[str] = set()
    for ts in times:
        slot, reply = wrappers.fresh_fill(draws, wrapper, seen)
        ledger.record(world, draws, account, ts, wrapper.prompt(slot), reply, **extra)  # type: ignore[arg-type]


def own_device(draws: Draws, accounts: list[Account], *, one: bool = False) -> None:
    """A device for each account, or one that all of them signed up on."""
    shared = people.fingerprint(draws)
    for account in accounts:
        account.device_fp = shared if one else people.fingerprint(draws)


def chat(world: World, draws: Draws, account: Account, volume: int, rhythm: str = "office") -> None:
    """Ordinary questions besides."""
    for ts in clocks.human_times(world, draws, account, volume, rhythm).tolist():
        ledger.converse(world, draws, account, ts, pick_bank(draws, "en", draws.pick(("coding", "writing"))), 1)


def shared_prompt(world: World) -> None:
    """An open-source prompt for making data, used by two hundred unrelated organisations, each on texts of its own."""
    draws = world.draws
    wrapper = wrappers.compose(draws, draws.pick(("pairs", "pairs", "reasoning", "grading", "rewrite")))
    verified, released = draws.pick((0.05, 0.2, 0.5)), world.day_us(0.3 * draws.unit())
    for _ in range(world.count(200, 30)):
        org = people.make_organisation(world, draws, verified)
        account = people.make_account(world, draws, org, created_us=org.created_us - 3 * DAY)
        own_device(draws, [account])
        account.declared_use = draws.pick(
            (None, None, None, "synthetic data for own models", "evaluation of own models")
        )
        mine = wrapper
        if draws.chance(0.25):  # a fork: the house adds a line of its own
            mine = Wrapper(
                wrapper.kind,
                "en",
                wrapper.before,
                f"{wrapper.after}\nHouse rule of {org.name}: {draws.pick(('UTF-8', 'no tables', 'metric units'))}.",
            )
        begin = released + int(draws.unit() ** 1.5 * 0.6 * world.days * DAY)
        volume, span = draws.heavy(40, 0.8, 6, 500), draws.between(2, 20) * DAY
        spread = clocks.human_times(world, draws, account, volume * 4, draws.pick(("office", "service")))
        times = [ts for ts in spread.tolist() if begin <= ts < begin + span][:volume]
        use_wrapper(world, draws, account, times, mine, temperature=draws.pick((0.7, 0.8, 1.0)), max_tokens=1024)
        chat(world, draws, account, draws.between(3, 30))


def agencies(world: World) -> None:
    """Agencies with 5 to 20 accounts, one for each client: one card, disjoint work; some name the client on the account."""
    draws = world.draws
    for _ in range(world.count(4, 2)):
        org = people.make_organisation(world, draws, draws.pick((0.0, 0.5, 1.0)))
        named_after_clients, one_template = draws.chance(0.5), draws.chance(0.5)
        app = make_app(draws, org.name)
        accounts = [people.make_account(world, draws, org, plan="build") for _ in range(draws.between(5, 20))]
        own_device(draws, accounts, one=draws.chance(0.5))
        for account in accounts:
            client = people.make_organisation(world, draws, 0.0)
            account.declared_use = "agency: work for clients" if draws.chance(0.4) else None
            if named_after_clients:
                account.organisation, account.email_domain, account.org_ref = client.name, client.domain, None
            if not one_template:
                app = make_app(draws, client.name)
            for ts in clocks.human_times(world, draws, account, draws.heavy(120, 0.7, 20, 900), "office").tolist():
                call_app(world, draws, account, app, ts, temperature=0.7)


def polyglot_resellers(world: World) -> None:
    """Resellers: some accounts each, brands of their own on one card, many end users, languages and personas."""
    draws = world.draws
    for _ in range(world.count(4, 2)):
        org = people.make_organisation(world, draws, draws.pick((0.0, 0.5, 1.0)))
        brands = draws.chance(0.5)
        accounts = [people.make_account(world, draws, org, plan="scale", created_us=world.start_us - draws.between(1, 300) * DAY) for _ in range(draws.between(2, 7))]  # fmt: skip
        own_device(draws, accounts, one=draws.chance(0.5))
        users = draws.between(60, 900)
        for account in accounts:
            account.offset_h = draws.between(-6, 9)
            account.declared_use = draws.pick((None, "chat front end for end users"))
            if brands:
                brand = people.make_organisation(world, draws, 0.0)
                account.organisation, account.email_domain, account.org_ref = brand.name, brand.domain, None
            personas = draws.sample(PERSONAS, draws.between(1, 4))
            for ts in clocks.steady_times(
                world, draws, account, world.volume(draws.heavy(500, 0.6, 120, 2500), 60)
            ).tolist():
                bank = pick_bank(
                    draws, draws.pick(("en", "de", "es", "fr", "ja", "zh")), draws.pick(("coding", "writing", "study"))
                )
                user = f"u-{int(users * draws.unit() ** 1.7):05d}" if draws.chance(0.7) else None
                ledger.converse(
                    world, draws, account, ts, bank, draws.pick((1, 1, 2)), system=draws.pick(personas), end_user=user
                )


def leaderboard(world: World) -> None:
    """Evaluators who cover a whole public benchmark: one house with several keys, and three strangers on the same items."""
    draws = world.draws
    items = [(STUDY.expand("question", draws, {}), draws.pick("ABCD")) for _ in range(world.volume(700, 60))]
    head, tail = draws.pick(
        (
            ("Item: ", "\nAnswer with one letter."),
            ("", "\nReason it out, then give the final answer after ####."),
            ("Q: ", "\nA: Let us go through it."),
        )
    )
    houses = [people.make_organisation(world, draws, share) for share in (draws.pick((0.0, 1.0)), 0.5, 0.5, 0.0)]
    for number, org in enumerate(houses):
        size = draws.between(1, 6) if number == 0 else 1
        accounts = [
            people.make_account(
                world, draws, org, plan="scale", created_us=world.start_us - draws.between(3, 300) * DAY
            )
            for _ in range(size)
        ]
        own_device(draws, accounts, one=True)
        for account in accounts:
            account.declared_use = draws.pick((None, "benchmark evaluation"))
            account.pivots_us = world.release_us
        begins = (world.day_us(0.6 * draws.unit()) + 9 * HOUR, world.release_us + draws.between(1, 60) * HOUR)
        for begin in begins:
            ts = begin
            for index, (question, answer) in enumerate(items):
                account = accounts[index % size]
                ledger.record(
                    world, draws, account, ts, f"{head}{question}{tail}", answer, temperature=0.0, max_tokens=512
                )
                ts += int(draws.rng.gamma(2.0, 2.0) * SECOND)


def _vendor(world: World, draws: Draws, org: Organisation) -> None:
    """One vendor: a wording that is improved from version to version, run in batches on other people's outputs."""
    kind = draws.pick(("grading", "grading", "reasoning", "cleaning", "pairs"))
    accounts = [people.make_account(world, draws, org) for _ in range(draws.pick((1, 1, 2, 3)))]
    own_device(draws, accounts)
    for account in accounts:
        account.declared_use = draws.pick((None, None, "evaluation of model outputs", "prompt engineering"))
        for _version in range(draws.between(1, 6)):
            wrapper = wrappers.compose(draws, kind)
            times = clocks.human_times(world, draws, account, draws.heavy(35, 0.8, 5, 400), "office").tolist()
            use_wrapper(world, draws, account, times, wrapper, temperature=0.0)
        chat(world, draws, account, draws.between(5, 40))


def prompt_engineers(world: World) -> None:
    """Prompt engineers and evaluation vendors: rubrics and step-by-step wording, each house its own."""
    draws = world.draws
    for _ in range(world.count(25, 6)):
        _vendor(world, draws, people.make_organisation(world, draws, 0.4))
