"""The demo log: the same from the same seed, honest where it says so, and with the planted facts in it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import date

import pytest

from traffic.demo import CAMPAIGNS, EVERYONE, HONEST, Log, generate, generate_tables
from traffic.demo.actors.failover import REASON
from traffic.demo.texts import harvest
from traffic.demo.world import DAY, HOUR, Exchange

REAL_NAMES = re.compile(
    r"\b(openai|anthropic|claude|gemini|mistral|deepseek|moonshot|zhipu|alibaba|qwen|kimi|microsoft|amazon|facebook|meta ai"
    r"|baidu|tencent|bytedance|minimax|cohere|chatgpt|gpt-\d|llama|grok)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def log() -> Log:
    """A fifth of the full log, enough for every planted fact to show."""
    return generate(11, 0.2)


def of(log: Log, actor: str) -> list[Exchange]:
    return [e for e in log.exchanges if log.truth[e.account.account_id]["actor"] == actor]


def digest(log: Log) -> str:
    state = hashlib.sha256()
    for row in [*log.accounts, *log.exchanges]:
        state.update(repr(asdict(row)).encode())
    return state.hexdigest()


def per_day(rows: list[Exchange]) -> Counter[tuple[str, int]]:
    return Counter((e.account.account_id, e.ts_us // DAY) for e in rows)


def test_the_same_seed_gives_the_same_log_and_another_seed_another() -> None:
    first, again, other = (digest(generate(seed, 0.05)) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_an_actor_does_the_same_whoever_else_is_included(log: Log) -> None:
    alone = generate(11, 0.2, ("agency",))
    assert [e.exchange_id for e in alone.exchanges] == [e.exchange_id for e in of(log, "agency")]
    assert [e.prompt for e in alone.exchanges] == [e.prompt for e in of(log, "agency")]


def test_ids_are_unique_and_every_exchange_lies_in_the_window(log: Log) -> None:
    assert len({e.exchange_id for e in log.exchanges}) == len(log.exchanges)
    assert len({a.account_id for a in log.accounts}) == len(log.accounts) == len(log.truth)
    begin = 1788220800_000000  # 2026-09-01 UTC
    assert begin <= log.exchanges[0].ts_us and log.exchanges[-1].ts_us < begin + 28 * DAY
    assert all(e.ts_us >= e.account.created_us for e in log.exchanges)


def test_every_actor_is_present_and_only_campaigns_are_named_as_such(log: Log) -> None:
    actors = {row["actor"] for row in log.truth.values()}
    assert actors == set(EVERYONE) == set(HONEST) | set(CAMPAIGNS)
    assert {row["campaign"] for row in log.truth.values()} == {None, "drip", "sharded", "failover"}


def test_drip_sends_six_a_day_and_hides_half_of_them(log: Log) -> None:
    rows = of(log, "drip")
    assert len({e.account.account_id for e in rows}) == 52
    assert set(per_day(rows).values()) == {6}
    wrapped = [e for e in rows if e.prompt.startswith(harvest.REASONING[0][0])]
    assert 0.4 <= 1 - len(wrapped) / len(rows) <= 0.6
    assert len({e.prompt for e in wrapped}) == len(wrapped)
    assert len({e.account.organisation for e in rows}) >= 8 and None in {e.account.organisation for e in rows}


def test_drip_shifts_hand_over_and_start_at_another_hour_each_day(log: Log) -> None:
    starts: dict[int, dict[str | None, int]] = defaultdict(dict)
    for e in of(log, "drip"):
        role = log.truth[e.account.account_id]["role"]
        day = starts[e.ts_us // DAY]
        day[role] = min(day.get(role, e.ts_us), e.ts_us)
    assert all(4 * HOUR < day["shift B"] - day["shift A"] < 8 * HOUR for day in starts.values())
    assert len({day["shift A"] % DAY // HOUR for day in starts.values()}) >= 4


def test_sharded_accounts_share_cards_but_no_prompt(log: Log) -> None:
    rows = of(log, "sharded")
    assert len({e.prompt for e in rows}) == len(rows)
    accounts = {e.account.account_id: e.account for e in rows}.values()
    assert len({a.payment_fp for a in accounts}) == 3
    by_card = defaultdict(set)
    for account in accounts:
        by_card[account.payment_fp].add(account.organisation or account.account_id)
    assert all(len(fronts) >= 3 for fronts in by_card.values())
    assert set(per_day(rows).values()) <= {14, 15, 16, 17}
    openings = Counter(" ".join(e.prompt.split()[:8]) for e in rows)
    assert max(openings.values()) < 0.02 * len(rows)


def test_failover_goes_on_within_36_hours_under_new_accounts(log: Log) -> None:
    rows = of(log, "failover")
    pools: dict[str | None, list[Exchange]] = defaultdict(list)
    for e in rows:
        pools[log.truth[e.account.account_id]["role"]].append(e)
    closures = {e.account.account_id: e.account.closed_us for e in pools["pool A"]}
    assert {e.account.close_reason for e in pools["pool A"]} == {REASON}
    late = [e for e in pools["pool A"] if e.ts_us >= closures[e.account.account_id]]
    assert late and {e.status for e in late} <= {401, 403} and all(e.response is None for e in late)
    closed = max(c for c in closures.values() if c is not None)
    firsts: dict[str, int] = {}
    for e in pools["pool B"]:
        firsts.setdefault(e.account.account_id, e.ts_us)
    assert all(first > closed - HOUR for first in firsts.values())
    assert min(firsts.values()) - closed < 36 * HOUR
    assert all(
        first - e.account.created_us < 9 * DAY for e in pools["pool B"] for first in [firsts[e.account.account_id]]
    )
    assert all(any(e.prompt.startswith(harvest.GRADING[0][0]) for e in pool) for pool in pools.values())


def test_honest_crowds_tempt(log: Log) -> None:
    kit = of(log, "open_kit")
    verified = {e.account.organisation for e in kit if e.account.verified}
    assert len({e.account.organisation for e in kit}) >= 20 and len(verified) >= 8
    students = {e.account.account_id: e.account for e in of(log, "school_class")}.values()
    assert len({a.email_domain for a in students}) == 1
    assert len({ip.rpartition(".")[0] for a in students for ip in a.ips}) == 1
    agency = {e.account.account_id: e.account for e in of(log, "agency")}.values()
    assert len({(a.organisation, a.payment_fp) for a in agency}) == 1 and all(a.verified for a in agency)
    assert len({e.end_user for e in of(log, "resellers")}) > 100
    exits = {e.account.account_id: e.account for e in of(log, "cloud_exit")}.values()
    assert (
        len({a.organisation for a in exits}) >= 5 and len({ip.rpartition(".")[0] for a in exits for ip in a.ips}) == 1
    )


def test_honest_heavy_users_exceed_every_campaign_account(log: Log) -> None:
    volume = Counter(e.account.account_id for e in log.exchanges)
    top = max(n for a, n in volume.items() if log.truth[a]["campaign"])
    assert sum(n > top for a, n in volume.items() if not log.truth[a]["campaign"]) >= 3


def test_some_fields_are_missing_and_some_sessions_are_none(log: Log) -> None:
    assert 0.01 < sum(e.ip is None for e in log.exchanges) / len(log.exchanges) < 0.2
    assert 0.01 < sum(e.agent is None for e in log.exchanges) / len(log.exchanges) < 0.2
    fresh = [e for e in log.exchanges if e.account.names_session == "fresh"]
    assert fresh and len({e.session for e in fresh}) == len(fresh)


def test_no_real_company_is_named(log: Log) -> None:
    found = [a.organisation for a in log.accounts if a.organisation and REAL_NAMES.search(a.organisation)]
    assert found == []
    for e in log.exchanges[:8000]:
        text = f"{e.system_prompt} {e.prompt} {e.response} {e.model}"
        assert REAL_NAMES.search(text) is None, text


def test_the_texts_are_of_many_languages_and_mostly_distinct(log: Log) -> None:
    people = of(log, "teams") + of(log, "individuals")
    assert len({e.prompt for e in people}) / len(people) > 0.85
    text = " ".join(e.prompt for e in people)
    assert all(mark in text for mark in ("für", "¿", "é", "で", "请"))


def test_planted_variants_have_other_words_and_other_accounts() -> None:
    log = generate(5, 0.05, ("drip", "drip:1"))
    assert {row["campaign"] for row in log.truth.values()} == {"drip", "drip:1"}
    assert any(e.prompt.startswith(harvest.REASONING[1][0]) for e in of(log, "drip:1"))
    assert not any(e.prompt.startswith(harvest.REASONING[0][0]) for e in of(log, "drip:1"))


def test_tables_hold_every_exchange_and_account() -> None:
    exchanges, accounts, truth = generate_tables(3, 0.05, start=date(2026, 3, 2), days=20)
    assert exchanges.num_rows > 3000
    assert set(exchanges["account_id"].to_pylist()) == set(accounts["account_id"].to_pylist()) == set(truth)
    answered = [r for r in exchanges.slice(0, 500).to_pylist() if r["status"] == 200]
    assert all(r["n_output_tokens"] > 0 and r["n_input_tokens"] > 0 and r["cost_usd"] > 0 for r in answered)
    assert exchanges["ts"][0].as_py().date() >= date(2026, 3, 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"scale": 0.0}, "scale is 0.0; it must lie between 0.01 and 50"),
        ({"days": 3}, "days is 3; it must lie between 14 and 120"),
        ({"include": ("nobody",)}, "include names the actor 'nobody'"),
        ({"seed": -1}, "seed is -1; it must be 0 or more"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        generate(**arguments)  # type: ignore[arg-type]
