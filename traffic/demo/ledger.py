"""Turns what an actor does into exchanges: fields that ordinary clients send, errors that ordinary clients get."""

from __future__ import annotations

from traffic.demo.clocks import turn_gap_us
from traffic.demo.draws import Draws
from traffic.demo.grammar import Grammar, Memo
from traffic.demo.people import serving_model
from traffic.demo.world import Account, Exchange, World

TRIVIAL = (None, None, None, "You are a helpful assistant.", "You are a helpful assistant.")
History = list[tuple[str, str]]


def record(
    world: World,
    draws: Draws,
    account: Account,
    ts_us: int,
    prompt: str,
    response: str | None,
    *,
    system: str | None = None,
    session: str | None = None,
    history: History | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    stream: bool = False,
    end_user: str | None = None,
    status: int | None = None,
    kind: str = "chat",
    part: str | None = None,
    key: str | None = None,
) -> None:
    """Adds one exchange to the world; about one in seventy fails as requests do."""
    if not world.start_us <= ts_us < world.end_us or ts_us < account.created_us:
        return
    if status is None:
        status = 200 if draws.take() % 70 else draws.pick((429, 429, 429, 500, 503, 400))
    named = session if account.names_session == "kept" else None if account.names_session == "absent" else draws.hex(32)
    world.exchanges.append(
        Exchange(
            exchange_id=f"chatcmpl-{draws.hex(24)}",
            account=account,
            ts_us=ts_us,
            prompt=prompt,
            response=response if status == 200 else None,
            system_prompt=system,
            model=serving_model(account, ts_us),
            session=named,
            history=history or [],
            key=key or (draws.pick(account.keys) if account.keys else None),
            ip=draws.pick(account.ips) if account.ips else None,
            agent=draws.pick(account.agents) if account.agents else None,
            status=status,
            stream=stream,
            temperature=temperature,
            max_tokens=max_tokens,
            end_user=end_user,
            kind=kind,
            part=part,
        )
    )


def long_reply(draws: Draws, grammar: Grammar, memo: Memo) -> str:
    """An answer of one part, or of several where the model has much to say."""
    parts = [grammar.expand("reply", draws, memo)]
    while len(parts) < 5 and draws.chance(0.55):
        parts.append(grammar.expand("reply", draws, memo))
    return "\n\n".join(parts)


def converse(
    world: World,
    draws: Draws,
    account: Account,
    ts_us: int,
    grammar: Grammar,
    turns: int,
    *,
    system: str | None = None,
    part: str | None = None,
    end_user: str | None = None,
) -> int:
    """A conversation of a few turns; returns how many exchanges it came to."""
    memo: Memo = {}
    session = draws.hex(32)
    history: History = []
    prompt, reply = grammar.expand("prompt", draws, memo), long_reply(draws, grammar, memo)
    stream = draws.chance(0.6)
    for turn in range(turns):
        if turn:
            prompt, reply = grammar.expand("followup", draws, memo), grammar.expand("followup_reply", draws, memo)
        record(
            world, draws, account, ts_us, prompt, reply, system=system, session=session, stream=stream,
            history=history[-4:], part=part, end_user=end_user,
        )  # fmt: skip
        history = [*history, ("user", prompt), ("assistant", reply)]
        ts_us += turn_gap_us(draws)
    return turns
