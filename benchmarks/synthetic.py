"""A large log of derived columns, made in days as the lake stores them: for measuring time and memory, not detection.

Four weeks of skewed traffic. 72 % of the exchanges are free text with a skeleton of its own, some of it behind one of the
openings that half the world uses; the rest comes from templates: honest products of one customer, public prompts of many,
and planted campaigns of 20 to 3,000 accounts. Half of the templates wrap free text, so about 80 % of the skeletons are distinct.
Farms share cards, a few customers hold many keys. No text stands behind the hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

LENGTHS = (4, 8, 16, 32, 64)
START_US = 1_788_220_800_000_000
DAY_US = 86_400_000_000
HOUR_US = DAY_US // 24
DAYS = 28
FREE_TEXT = 0.72
PUBLIC, OPENINGS = 40, 3_000
MODELS = pa.array(["m-large", "m-small", "m-code"])
ENDPOINTS = pa.array(["/v1/chat", "/v1/messages"])
AGENTS = pa.array([f"client-{number}/1.{number % 7}" for number in range(40)])

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """Who writes: volumes, customers, and the templates at each account's disposal."""

    share: NDArray[np.float64]
    """Part of the log's exchanges, by account."""
    party: Ints
    campaign: Ints
    """Number of the campaign, -1 for the honest, by account."""
    farm: Ints
    """Number of the group that shares cards, -1 for most, by account."""
    first_us: Ints
    n_campaigns: int


def world(accounts: int, seed: int) -> World:
    """Accounts in a random order: one in eight in a campaign, one in forty in a farm that shares cards, some with many keys."""
    rng = np.random.default_rng(seed)
    sizes = np.unique(np.geomspace(20, max(accounts / 8, 21), 40).astype(np.int64))[::-1]
    campaign = np.full(accounts, -1, dtype=np.int64)
    order, at, number = rng.permutation(accounts), 0, 0
    for size in sizes:
        if at + size <= accounts // 4:
            campaign[order[at : at + size]] = number
            at, number = at + int(size), number + 1
    farm = np.full(accounts, -1, dtype=np.int64)
    for group, start in enumerate(range(accounts // 4, accounts // 4 + accounts // 40, 20)):
        farm[order[start : start + 20]] = group
    volume = rng.lognormal(0, 1.5, accounts)
    volume[campaign >= 0] = rng.lognormal(-0.3, 0.4, int((campaign >= 0).sum()))
    party = np.arange(accounts)
    keys = order[-(accounts // 10) :]
    party[keys] = keys[np.arange(len(keys)) // 6 * 6]
    first = START_US - rng.integers(0, 400 * DAY_US, accounts)
    young = campaign >= 0
    first[young] = START_US + (campaign[young] * 7 % 20) * DAY_US + rng.integers(0, 3 * DAY_US, int(young.sum()))
    return World(volume / volume.sum(), party, campaign, farm, first, number)


def write_log(folder: Path, *, rows: int, accounts: int, seed: int = 1) -> tuple[list[Path], Path]:
    """Parquet parts by day, each sorted by account, and the account records."""
    who = world(accounts, seed)
    parts: list[Path] = []
    done = 0
    for day in range(DAYS):
        until = rows * (day + 1) // DAYS
        part = folder / f"day-{day:02d}.parquet"
        table = _day(who, day, np.arange(done, until), np.random.default_rng([seed, day]))
        pq.write_table(table, part, compression="zstd", row_group_size=122_880)
        parts, done = [*parts, part], until
    records = folder / "accounts.parquet"
    pq.write_table(_records(who, seed), records)
    return parts, records


def _day(who: World, day: int, numbers: Ints, rng: np.random.Generator) -> pa.Table:
    """One day's exchanges; `numbers` tell the log's exchanges apart."""
    n = len(numbers)
    account = np.sort(rng.choice(len(who.share), n, p=who.share))
    free = rng.random(n) < FREE_TEXT
    template = _templates(who, account, rng)
    words = np.where(free, rng.geometric(1 / 90, n), 70 + rng.geometric(1 / 60, n)).astype(np.int32)
    texts = _mixed(numbers * 31 + 7)
    again = rng.random(n) < 0.06
    # A prompt that was asked before: one of the account's own hundred, or one of a few thousand greetings.
    texts[again] = np.where(
        rng.random(n)[again] < 0.7,
        _mixed(account[again] * 100 + rng.integers(0, 100, n)[again] + 10**10),
        _mixed(rng.zipf(1.3, n)[again] % 4_000 + 2 * 10**10),
    )
    hour = np.minimum(rng.normal(13, 4, n) % 24, 23.999)
    out = np.where(template < PUBLIC, rng.lognormal(5, 0.8, n), rng.lognormal(6, 0.5, n)).astype(np.int32)
    columns = {
        "exchange_id": pa.array(np.char.add("x", numbers.astype(str))),
        "account_id": _named("acct_", account),
        "ts_us": pa.array(START_US + day * DAY_US + (hour * HOUR_US).astype(np.int64)),
        "model": _picked(MODELS, account % 3),
        "endpoint": _picked(ENDPOINTS, account % 5 // 4),
        "n_input_tokens": pa.array((words * 1.3).astype(np.int32) + 5),
        "n_output_tokens": pa.array(out),
        "max_tokens": pa.array((2 ** (8 + account % 5)).astype(np.int32), mask=account % 3 == 0),
        "temperature": pa.array((account % 4 / 4).astype(np.float32), mask=account % 4 == 3),
        "stream": pa.array(account % 7 < 3),
        "status": pa.array(np.where(rng.random(n) < 0.002, 429, 200).astype(np.int16)),
        "ip24": _named("net-", account * 4 + rng.integers(0, 4, n) * (rng.random(n) < 0.2)),
        "user_agent": _picked(AGENTS, account * 7 % len(AGENTS)),
        "prompt_h": pa.array(texts),
        **_hashes(who, account, template, free, words, texts, rng),
        "n_words": pa.array(words),
        "task_tags": pa.array(_tags(who, account, template, free, rng)),
    }
    return pa.table(columns)


def _templates(who: World, account: Ints, rng: np.random.Generator) -> Ints:
    """Template of each exchange that uses one: public (few), its campaign's three, or the customer's own four."""
    n = len(account)
    own = 10_000 + who.party[account] * 4 + rng.integers(0, 4, n)
    planted = PUBLIC + who.campaign[account] * 3 + rng.integers(0, 3, n)
    chosen = np.where((who.campaign[account] >= 0) & (rng.random(n) < 0.8), planted, own)
    return np.where(rng.random(n) < 0.05, rng.integers(0, PUBLIC, n), chosen)


def _hashes(
    who: World, account: Ints, template: Ints, free: NDArray[np.bool_], words: NDArray[np.int32], texts: Ints,
    rng: np.random.Generator,
) -> dict[str, pa.Array]:  # fmt: skip
    """Skeleton, slots, system prompt, openings and endings; who shares a longer opening shares the shorter ones."""
    n = len(account)
    wraps = template % 2 == 0
    common = free & (rng.random(n) < 0.15)
    opening = rng.zipf(1.3, n) % OPENINGS
    same = rng.random(n)
    system = np.where(same < 0.3, 77, _mixed(who.party[account] * 3 + 10**12))
    found = {
        "skeleton_h": pa.array(np.where(free | wraps, _mixed(texts + 1), _mixed(template + 10**9))),
        "slot_h": pa.array(_mixed(texts + 2)),
        "system_h": pa.array(system, mask=same < 0.6),
    }
    for place, end in enumerate(("pre", "suf")):
        for length in LENGTHS:
            # A wrapper is fixed for 16 or 32 words at its beginning, some also at the end.
            reach = np.where(wraps, np.where(template % 4 == 0, 16, 32) * (1 - place * (template % 3 > 0)), 64)
            fixed = ~free & (length <= reach)
            value = np.where(
                fixed, _mixed(template * 64 + length + place * 10**13), _mixed(texts + length + 100 * place)
            )
            if length <= 8 and not place:
                value = np.where(common, _mixed(opening * 64 + length + 10**14), value)
            found[f"{end}{length}"] = pa.array(value, mask=words < length)
    return found


def _tags(
    who: World, account: Ints, template: Ints, free: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int32]:
    planted = ~free & (who.campaign[account] >= 0) & (template >= PUBLIC)
    return ((rng.random(len(account)) < np.where(planted, 0.7, 0.03)) * 1).astype(np.int32)


def _records(who: World, seed: int) -> pa.Table:
    rng = np.random.default_rng([seed, 999])
    n = len(who.share)
    card = np.where(who.farm >= 0, 10**7 + who.farm * 4 + rng.integers(0, 4, n), who.party)
    return pa.table(
        {
            "account_id": _named("acct_", np.arange(n)).cast(pa.string()),
            "organisation": pa.array([f"org {p}" if p % 3 else None for p in who.party]),
            "verified": pa.array((who.party % 10 == 0) & (who.campaign < 0)),
            "created_at_us": pa.array(who.first_us - rng.integers(0, 3 * DAY_US, n)),
            "plan": pa.array(np.array(["free", "pro", "team"])[who.party % 3]),
            "country": pa.array(np.array(["DE", "US", "JP", "BR"])[who.party % 4]),
            "email_domain": pa.array([f"firm{p}.example" if p % 2 else "gmail.com" for p in who.party]),
            "payment_fp": pa.array([f"card-{c}" for c in card]),
        }
    )


def _named(prefix: str, values: Ints) -> pa.Array:
    """Names made of numbers, each made once."""
    distinct, back = np.unique(values, return_inverse=True)
    return _picked(pa.array([f"{prefix}{value}" for value in distinct]), back)


def _picked(words: pa.Array, places: Ints) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), words)


def _mixed(values: Ints) -> Ints:
    """Numbers spread over 64 bits (splitmix64): equal ones stay equal. Source: Steele, Lea, Flood, OOPSLA 2014."""
    z = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31))).view(np.int64)
