"""The hard actors: honest ones look like campaigns, campaigns differ from each other, and labels say who is who."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import median

import pytest

from traffic.demo import EVERYONE, HARD, HARD_CAMPAIGNS, HARD_HONEST, Log, generate
from traffic.demo.actors import guises
from traffic.demo.actors.guises import AGES, CLOCKS, NETWORKS, draw_guise
from traffic.demo.draws import Draws
from traffic.demo.grammar import Grammar
from traffic.demo.texts import wrappers
from traffic.demo.texts.wrappers import KINDS, SLOT
from traffic.demo.world import DAY, DEFAULT_START, HOUR, Account, Exchange, World


@pytest.fixture(scope="module")
def log() -> Log:
    return generate(5, 0.5, HARD)


def of(log: Log, actor: str) -> list[Exchange]:
    return [e for e in log.exchanges if log.truth[e.account.account_id]["actor"] == actor]


def accounts(rows: list[Exchange]) -> list[Account]:
    return list({e.account.account_id: e.account for e in rows}.values())


def shared(values: list[str | None]) -> int:
    """How many of them occur at least twice, missing ones left out."""
    counts = Counter(value for value in values if value)
    return sum(n for n in counts.values() if n > 1)


def openings(rows: list[Exchange]) -> Counter[str]:
    return Counter(" ".join(e.prompt.split()[:5]) for e in rows)


def test_the_hard_set_stands_beside_the_demo_and_repeats(log: Log) -> None:
    assert not set(HARD) & set(EVERYONE)
    assert {row["actor"] for row in log.truth.values()} == set(HARD) == set(HARD_HONEST) | set(HARD_CAMPAIGNS)
    first, again, other = ([(e.exchange_id, e.prompt) for e in generate(s, 0.05, HARD).exchanges] for s in (5, 5, 6))
    assert first == again and not set(first) & set(other)


def test_honest_actors_hold_no_campaign_and_every_campaign_is_labelled(log: Log) -> None:
    named = defaultdict(set)
    for row in log.truth.values():
        named[row["actor"]].add(row["campaign"])
    assert all(named[actor] == {None} for actor in HARD_HONEST)
    assert all(named[actor] == {actor} for actor in set(HARD_CAMPAIGNS) - {"proxy_twins"})
    assert named["proxy_twins"] == {"proxy_twins one", "proxy_twins two", None}


def test_the_shared_prompt_joins_strangers_with_slots_of_their_own(log: Log) -> None:
    rows = of(log, "shared_prompt")
    users = accounts(rows)
    assert len({a.organisation for a in users}) >= 0.95 * len(users) == 95  # names may fall together by chance
    assert shared([a.payment_fp for a in users]) == shared([a.device_fp for a in users]) == 0
    made = [e for e in rows if e.max_tokens == 1024]
    assert len({e.account.account_id for e in made}) > 90
    assert len({e.prompt for e in made}) > 0.85 * len(made)  # strangers may happen on the same text


def test_agencies_pay_for_disjoint_clients_with_one_card(log: Log) -> None:
    by_card = defaultdict(list)
    for account in accounts(of(log, "agencies")):
        by_card[account.payment_fp].append(account)
    assert len(by_card) == 2 and all(5 <= len(group) <= 20 for group in by_card.values())
    prompts = defaultdict(set)
    for e in of(log, "agencies"):
        prompts[e.account.account_id].add(e.prompt)
    clients = list(prompts.values())
    assert all(len(a & b) < 0.1 * len(a) for i, a in enumerate(clients) for b in clients[:i])


def test_strangers_run_the_same_benchmark_whole(log: Log) -> None:
    covered = defaultdict(set)
    for e in of(log, "leaderboard"):
        covered[e.account.organisation].add(e.prompt)
    assert len(covered) == 4
    whole = set.union(*covered.values())
    assert 0.9 * 350 < len(whole) <= 350 and all(items == whole for items in covered.values())


def test_the_class_signed_up_in_one_hour_and_solves_one_sheet(log: Log) -> None:
    students = accounts(of(log, "exercise_sheet"))
    created = [a.created_us for a in students]
    assert len(students) == 30 and max(created) - min(created) < HOUR
    exercises = Counter(e.prompt.splitlines()[0] for e in of(log, "exercise_sheet") if "My attempt" in e.prompt)
    assert exercises.most_common(1)[0][1] >= 8


def test_the_launch_wave_comes_in_two_days_and_all_take_the_new_model(log: Log) -> None:
    rows = of(log, "launch_wave")
    assert all(0 <= a.created_us - log.release_us < 2 * DAY for a in accounts(rows))
    assert {e.model for e in rows} == {"alder-3-large"}


def test_one_office_leaves_through_one_address_without_naming_itself(log: Log) -> None:
    staff = accounts(of(log, "office_nat"))
    assert len({ip for a in staff for ip in a.ips}) == 1
    assert {a.organisation for a in staff} == {None} and {a.verified for a in staff} <= {False, None}


def test_lone_batches_hardly_ever_ask_twice(log: Log) -> None:
    rows = defaultdict(list)
    for e in of(log, "one_person_batches"):
        rows[e.account.account_id].append(e.prompt)
    assert median(len(set(prompts)) / len(prompts) for prompts in rows.values()) > 0.8
    assert median(len(prompts) for prompts in rows.values()) >= 100


def test_paraphrases_share_no_opening_but_hydra_heads_share_a_wording(log: Log) -> None:
    reworded = [e for e in of(log, "paraphrased") if e.part == "harvest"]
    assert openings(reworded).most_common(1)[0][1] < 0.35 * len(reworded)
    heads = of(log, "hydra")
    cover = Counter(e.account.account_id for e in heads if e.part == "cover")
    total = Counter(e.account.account_id for e in heads)
    assert all(0.25 < cover[a] / n < 0.9 for a, n in total.items() if n >= 60)
    assert 0.5 < cover.total() / total.total() < 0.7


def test_disjoint_shards_repeat_nothing(log: Log) -> None:
    rows = of(log, "disjoint")
    assert len({e.prompt for e in rows}) == len(rows)
    assert openings(rows).most_common(1)[0][1] < 0.05 * len(rows)


def test_the_untied_share_no_identifier(log: Log) -> None:
    pool = accounts(of(log, "untied"))
    assert shared([a.payment_fp for a in pool]) == shared([a.device_fp for a in pool]) == 0
    assert shared([ip.rpartition(".")[0] for a in pool for ip in a.ips if ":" not in ip]) <= 2
    assert len({e.prompt for e in of(log, "untied") if e.part == "harvest"}) > 1000


def test_the_wide_one_has_many_accounts_with_few_requests(log: Log) -> None:
    volume = Counter(e.account.account_id for e in of(log, "wide"))
    assert len(volume) == 150 and 8 <= median(volume.values()) <= 30


def test_bans_are_followed_by_new_accounts(log: Log) -> None:
    rows = of(log, "ban_runner")
    waves = defaultdict(list)
    for e in rows:
        waves[log.truth[e.account.account_id]["role"]].append(e)
    assert set(waves) == {"wave 1", "wave 2", "wave 3"}
    for before, after in (("wave 1", "wave 2"), ("wave 2", "wave 3")):
        closed = min(e.account.closed_us or 0 for e in waves[before])
        assert closed < min(e.ts_us for e in waves[after]) < closed + 4 * DAY
        assert all(e.account.created_us > closed - HOUR for e in waves[after])
        assert all(e.status == 403 for e in waves[before] if e.ts_us > (e.account.closed_us or 0))
    assert all(e.account.closed_us is None for e in waves["wave 3"])


def test_the_noisy_one_is_alone(log: Log) -> None:
    assert len(accounts(of(log, "noisy_single"))) == 1
    assert len(of(log, "noisy_single")) == 1500


def test_honest_people_use_the_proxy_of_the_twins(log: Log) -> None:
    nets = defaultdict(set)
    for account in accounts(of(log, "proxy_twins")):
        nets[log.truth[account.account_id]["campaign"]] |= {ip.rpartition(".")[0] for ip in account.ips}
    assert len(nets) == 3 and all(nets[None] & found for found in nets.values())


def test_guises_take_every_form_and_differ_between_campaigns() -> None:
    drawn = [draw_guise(Draws(seed, "some campaign")) for seed in range(60)]
    assert {g.ages for g in drawn} == set(AGES) and {g.clock for g in drawn} == set(CLOCKS)
    assert {g.networks for g in drawn} == set(NETWORKS)
    assert len({g.cards for g in drawn}) == 5 and len(set(drawn)) == 60
    assert draw_guise(Draws(1, "x"), cards=0.0).cards == 0.0


@pytest.mark.parametrize("clock", CLOCKS)
def test_every_rhythm_gives_about_the_volume_that_was_ordered(clock: str) -> None:
    draws = Draws(3, clock)
    world = World(3, 1.0, DEFAULT_START, 28, draws, "probe")
    guise = draw_guise(draws, clock=clock, first=0.0, last=1.0, skipped=0.0, unequal=0.05, ages="aged")
    pool = guises.dress(world, draws, 12, guise)
    times = list(guises.work(world, draws, pool, guise, 10))
    assert 12 * 28 * 10 * 0.9 < len(times) < 12 * 28 * 10 * 1.1
    if clock in {"lockstep", "shifts"}:
        starts = defaultdict(set)
        for _account, ts in times:
            starts[ts // DAY].add(ts % DAY // HOUR)
        assert len({min(hours) for hours in starts.values()}) >= 4  # the operator's hour moves from day to day


@pytest.mark.parametrize("kind", KINDS)
def test_a_wording_is_kept_and_another_draw_words_it_otherwise(kind: str) -> None:
    drawn = [wrappers.compose(Draws(seed, kind), kind) for seed in range(40)]
    assert len({(w.before, w.after) for w in drawn}) >= 35
    assert all(SLOT not in w.before + w.after and len(w.before + w.after) > 20 for w in drawn)
    draws = Draws(1, kind)
    slot, reply = wrappers.fill(draws, drawn[0])
    assert slot in drawn[0].prompt(slot) and reply


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_other_languages_have_wordings_and_questions(language: str) -> None:
    wrapper = wrappers.compose(Draws(2, language), "grading", language)
    assert (wrapper.kind, wrapper.language) == ("reasoning", language)
    slot, reply = wrappers.fill(Draws(2, language), wrapper)
    assert slot and reply


def test_authors_of_one_grammar_word_things_differently() -> None:
    bank = Grammar({"start": [f"{{open}} {n}" for n in range(12)], "open": [f"w{n}" for n in range(12)]})
    spoken = []
    for author in ("one", "two"):
        draws = Draws(1, author)
        own = bank.dialect(draws, 0.5)
        spoken.append({own.expand("start", draws, {}) for _ in range(600)})
    assert [len(texts) for texts in spoken] == [36, 36]
    assert spoken[0] != spoken[1] and all(
        texts < {f"w{n} {m}" for n in range(12) for m in range(12)} for texts in spoken
    )
    assert len({bank.expand("start", Draws(n, "x"), {}) for n in range(900)}) > 130  # the bank itself lost nothing
