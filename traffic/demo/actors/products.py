"""Honest templated traffic: small products, a support bot, nightly jobs, tool-using assistants."""

from __future__ import annotations

from traffic.demo import clocks, ledger, people
from traffic.demo.draws import Draws
from traffic.demo.grammar import words
from traffic.demo.people import Organisation
from traffic.demo.texts.apps import App, make_app
from traffic.demo.texts.slots import SLOTS
from traffic.demo.world import DAY, HOUR, SECOND, Account, World

BATCHES = (  # first hour in UTC, seconds between requests, exchanges, what is asked and what comes back
    (1, 5.0, 5000, "facts", "copy"),
    (22, 9.0, 2600, "review", "label"),
    (3, 14.0, 1200, "invoice", "fields"),
)


def call_app(world: World, draws: Draws, account: Account, app: App, ts: int, **extra: object) -> None:
    """One request of a templated product, with a new slot."""
    memo: dict[str, str] = {}
    prompt = app.prompt(SLOTS.expand(app.slot, draws, memo))
    reply = SLOTS.expand(app.reply, draws, memo)
    ledger.record(world, draws, account, ts, prompt, reply, system=app.system, session=draws.hex(32), **extra)  # type: ignore[arg-type]


def _product(world: World, draws: Draws, org: Organisation, volume: int) -> None:
    """One organisation's product: its own template, served by one to three accounts, now and then re-opened."""
    app = make_app(draws, org.name)
    accounts = [people.make_account(world, draws, org) for _ in range(draws.pick((1, 1, 1, 1, 2, 2, 3)))]
    accounts[0].created_us = min(accounts[0].created_us, world.start_us - DAY)
    if draws.chance(0.05):  # a billing lapse: the same customer comes back under a new account
        closed = world.start_us + int((0.3 + 0.4 * draws.unit()) * world.days * DAY)
        accounts[0].closed_us, accounts[0].status, accounts[0].close_reason = closed, "closed", "unpaid"
        heir = people.make_account(world, draws, org, created_us=closed + int(draws.unit() * 30 * HOUR))
        accounts.append(heir)
    temperature = draws.pick((0.0, 0.2, 0.3, 0.7, 1.0, None))
    max_tokens = draws.pick((None, 256, 400, 512, 1000, 1024))
    rhythm = draws.pick(("service", "office", "office"))
    slots = draws.rng.dirichlet([2.0] * len(accounts))
    for account, share in zip(accounts, slots, strict=True):
        for ts in clocks.steady_times(world, draws, account, max(1, round(volume * share)), rhythm).tolist():
            if account.closed_us is None or ts < account.closed_us:
                call_app(world, draws, account, app, ts, temperature=temperature, max_tokens=max_tokens)


def apps(world: World) -> None:
    """About 150 small products, each organisation with a template of its own; three in four are verified."""
    draws = world.draws
    for _ in range(world.count(150)):
        org = people.make_organisation(world, draws, 0.76)
        _product(world, draws, org, draws.heavy(88, 0.8, 40, 2200))


def support_bot(world: World) -> None:
    """A support bot of one verified company: thousands of requests of one template through five keyed accounts."""
    draws = world.draws
    org = people.make_organisation(world, draws, 1.0)
    org.created_us = world.start_us - 200 * DAY
    app = App(
        f"You answer customers of {org.name} in their chat window. Be brief and kind, name the next step, never promise a refund.",
        "Conversation so far:\n", f"\n\nReply as the service team of {org.name}:", "message", "answer",
    )  # fmt: skip
    accounts = [people.make_account(world, draws, org, plan="scale") for _ in range(5)]
    for account in accounts:
        account.declared_use = "customer support"
        times = clocks.steady_times(world, draws, account, world.volume(5500, 150) // 5)
        for ts in times.tolist():
            call_app(
                world, draws, account, app, ts, temperature=0.3, max_tokens=400, end_user=f"c{draws.between(1, 4000)}"
            )


def night_jobs(world: World) -> None:
    """Nightly enrichment jobs: thousands of requests of one template, every slot new."""
    draws = world.draws
    for hour, gap_s, volume, slot, reply in BATCHES:
        org = people.make_organisation(world, draws, 0.7)
        app = make_app(draws, org.name)
        app = App(
            app.system or f"You enrich records for {org.name}.", app.prefix or "Record:\n", app.suffix, slot, reply
        )
        account = people.make_account(world, draws, org, plan="scale", created_us=world.start_us - 90 * DAY)
        account.declared_use = "catalogue enrichment"
        for ts in clocks.batch_times(world, draws, world.volume(volume, 60), hour, gap_s).tolist():
            call_app(world, draws, account, app, ts, temperature=0.0, max_tokens=600)


TOOLS = words(
    "search_files|read_file|run_tests|query_orders|get_weather|create_ticket|list_events|send_draft|fetch_page|apply_patch"
)


def tool_agents(world: World) -> None:
    """Tool-using assistants: long sessions in which tool results come back as the newest turn."""
    draws = world.draws
    for _ in range(world.count(25, 2)):
        org = people.make_organisation(world, draws, 0.6)
        account = people.make_account(world, draws, org, created_us=org.created_us - 20 * DAY)
        account.names_session = "kept"
        app = make_app(draws, org.name)
        goal = app.system or f"You are the assistant of {org.name}."
        system = f"{goal} Tools: {', '.join(draws.sample(TOOLS, 4))}. Call one tool at a time."
        volume = draws.heavy(190, 0.6, 60, 1500)
        for ts in clocks.human_times(world, draws, account, max(2, volume // 12), "office").tolist():
            _tool_session(world, draws, account, system, ts, draws.between(6, 18))


def _tool_session(world: World, draws: Draws, account: Account, system: str, ts: int, steps: int) -> None:
    """One session: a task, then tool results one by one."""
    memo: dict[str, str] = {}
    session = draws.hex(32)
    history: list[tuple[str, str]] = []
    prompt = SLOTS.expand("ticket", draws, memo)
    for _ in range(steps):
        tool = draws.pick(TOOLS)
        reply = f'{{"tool": "{tool}", "arguments": {{"query": "{SLOTS.expand("Product", draws, {})}", "limit": {draws.between(1, 50)}}}}}'
        ledger.record(
            world, draws, account, ts, prompt, reply, system=system, session=session, history=history[-6:],
            temperature=0.0, kind="tools", stream=True,
        )  # fmt: skip
        history = [*history, ("user", prompt), ("assistant", reply)]
        prompt = f"Result of {tool}: {SLOTS.expand('logline' if draws.chance(0.5) else 'facts', draws, {})}"
        ts += int(draws.rng.gamma(2.0, 4.0) * SECOND) + SECOND
