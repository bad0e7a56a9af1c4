"""Innocent stories of units and of single accounts: what fits, what contradicts, what stays open, and how each would be faked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from detection.analysis.results import Reading, Rival
from detection.analysis.tables import DAY_US, Log
from detection.rivals import STORIES, TIES, rivals_of_account, smallest
from detection.rivals import test_rivals as told_of_unit
from detection.rivals.accounts import TextUse
from tests.detection import worlds

KEYS, GATEWAY, AGENCY, BATCH, BENCHMARK, CLASS, PUBLIC, EGRESS, LAUNCH, LICENSED = range(10)
MEMBERS = list(range(8))


def reading(signal: str, p: float | None, **changed: Any) -> Reading:
    return Reading(signal, signal[0], "t", "s", "b", p=p, **changed)


LOUD = (reading("H1", 0.001), reading("X2", 0.001), reading("I1", 0.001))
QUIET = (reading("H1", 0.6), reading("X2", 0.7), reading("I1", 0.8), reading("I3", 0.5))


def changed(made: Log, **columns: Any) -> Log:
    """The log with account columns given by row number; what is given is known."""
    accounts = made.accounts.copy()
    for name, values in columns.items():
        kept = accounts[name].astype(object) if name in accounts else pd.Series([None] * len(accounts), dtype=object)
        for row, value in values.items():
            kept.iloc[row] = value
        accounts[name] = kept
    made.__dict__.pop("ids", None)
    return replace(made, accounts=accounts, known=made.known | frozenset(columns))


def unit_story(number: int, made: Log, readings: tuple[Reading, ...] = QUIET, **unit: Any) -> Rival:
    cluster = worlds.unit(made, MEMBERS, **unit)
    return told_of_unit(cluster, worlds.context(made), readings, "")[number]


def settings(made: Log, row: int, parts: list[tuple[str, str, int]]) -> Log:
    kept = made.settings[made.settings["account"] != row]
    own = pd.DataFrame([{"account": row, "agent": a, "settings": s, "n": n} for a, s, n in parts])
    return replace(made, settings=pd.concat([kept, own], ignore_index=True))


def loud(made: Log, row: int, n: int) -> Log:
    """One account sends n exchanges, the others 5 each."""
    accounts = made.accounts.copy()
    accounts["n"] = 5
    accounts.loc[row, "n"] = n
    return replace(made, accounts=accounts)


def test_every_story_is_told_once_for_units_and_for_accounts() -> None:
    made = worlds.log(30)
    of_unit = told_of_unit(worlds.unit(made, MEMBERS), worlds.context(made), QUIET, "")
    of_account = rivals_of_account(0, worlds.context(made))
    assert len(of_unit) == len(of_account) == len(STORIES) == len({rival.story for rival in of_unit})
    assert all(rival.finding in ("fits", "open", "contradicted") and rival.because for rival in of_unit + of_account)
    assert "X4" not in TIES


def test_smallest_pays_for_looking_at_several_and_skips_formation() -> None:
    readings = (reading("H1", 0.01), reading("X2", 0.2), reading("X3", None), reading("I1", 1e-9, formation=True))
    assert smallest(readings, ("H1", "X2", "X3", "I1")) == pytest.approx(0.02)
    assert smallest(readings, ("X3",)) is None


# --- Units --------------------------------------------------------------------------------------------------------------------


def test_a_loud_customer_with_many_keys_explains_few_others_and_not_a_cluster() -> None:
    made = loud(worlds.log(30), 0, 1000)
    assert unit_story(KEYS, made).finding == "fits"
    busy = replace(made, accounts=made.accounts.assign(n=np.where(made.accounts.index == 0, 10_000, 60)))
    assert unit_story(KEYS, busy).finding == "open"
    assert unit_story(KEYS, worlds.log(30)).finding == "contradicted"


def mixed_gateway() -> Log:
    parts = [(f"client-{i}/1", f"0.{i}|{100 + i}|chat|", 100) for i in range(5)]
    return settings(loud(worlds.log(30), 0, 1000), 0, parts)


def test_a_gateway_has_few_accounts_with_many_programs_and_set_ups() -> None:
    assert unit_story(GATEWAY, mixed_gateway()).finding == "fits"
    assert unit_story(GATEWAY, loud(worlds.log(30), 0, 1000)).finding == "contradicted"
    assert unit_story(GATEWAY, worlds.log(30)).finding == "contradicted"


@pytest.mark.parametrize("readings", [LOUD, (reading("H1", None), reading("X2", 0.7))], ids=["harvest", "unknown"])
def test_rotating_program_names_does_not_excuse_a_harvest_nor_unknown_content(readings: tuple[Reading, ...]) -> None:
    assert unit_story(GATEWAY, mixed_gateway(), readings).finding == "open"


def test_an_agency_pays_for_its_clients_unless_they_harvest() -> None:
    made = changed(worlds.log(30), payment_fp=dict.fromkeys(range(6), "card"))
    assert unit_story(AGENCY, made).finding == "fits"
    assert unit_story(AGENCY, made, LOUD).finding == "open"
    each = changed(worlds.log(30), payment_fp={i: f"card-{i}" for i in MEMBERS})
    assert unit_story(AGENCY, each).finding == "contradicted"
    assert unit_story(AGENCY, worlds.log(30)).finding == "open"


def test_a_batch_job_is_one_account_with_one_set_up() -> None:
    made = loud(worlds.log(30), 0, 1000)
    assert unit_story(BATCH, made).finding == "fits"
    assert unit_story(BATCH, made, LOUD).finding == "open"
    assert unit_story(BATCH, worlds.log(30)).finding == "contradicted"
    assert unit_story(BATCH, mixed_gateway()).finding == "contradicted"


def questions(made: Log, share: float) -> pd.DataFrame:
    """Every account asks the same question for this share of its requests."""
    counts = made.accounts["n"].iloc[MEMBERS].to_numpy()
    return pd.DataFrame({"account": MEMBERS, "prompt": 7, "n": (counts * share).astype(np.int64)})


def cold_log(days: float = 0.5, answer: int = 2) -> Log:
    made = worlds.log(30)
    accounts = made.accounts.assign(n_input_tokens=made.accounts["n"] * 50, n_output_tokens=made.accounts["n"] * answer)
    accounts["last_us"] = accounts["first_us"] + int(days * DAY_US)
    return replace(made, accounts=accounts, settings=made.settings.assign(settings="0.0|16|chat|"))


def test_a_benchmark_run_of_several_asks_one_set_cold_and_for_short_answers() -> None:
    made = cold_log()
    assert unit_story(BENCHMARK, made, repeats=questions(made, 0.5)).finding == "fits"
    assert unit_story(BENCHMARK, made, LOUD, repeats=questions(made, 0.5)).finding == "open"
    assert unit_story(BENCHMARK, made).finding == "contradicted"
    long = cold_log(answer=500)
    assert unit_story(BENCHMARK, long, repeats=questions(long, 0.5)).finding == "contradicted"
    weeks = cold_log(days=14)
    assert unit_story(BENCHMARK, weeks, repeats=questions(weeks, 0.5)).finding == "open"
    warm = worlds.log(30)
    unknown = replace(warm, settings=warm.settings.assign(settings="-|16|chat|"))
    assert unit_story(BENCHMARK, unknown, repeats=questions(unknown, 0.5)).finding == "open"


def test_a_class_asks_the_same_and_a_harvest_never_twice() -> None:
    made = worlds.log(30)
    assert unit_story(CLASS, made, repeats=questions(made, 0.3)).finding == "fits"
    assert unit_story(CLASS, made, LOUD, repeats=questions(made, 0.3)).finding == "open"
    assert unit_story(CLASS, made, repeats=questions(made, 0.1)).finding == "contradicted"


def test_a_public_text_fits_by_registry_or_by_absence_of_ties() -> None:
    made = worlds.log(30)
    cluster = worlds.unit(made, MEMBERS)
    listed = told_of_unit(cluster, worlds.context(made), LOUD, "An administrator listed it.")[PUBLIC]
    assert (listed.finding, listed.by_absence) == ("fits", False)
    assert unit_story(PUBLIC, made, LOUD).finding == "contradicted"
    absent = unit_story(PUBLIC, made)
    assert (absent.finding, absent.by_absence) == ("fits", True)
    assert unit_story(PUBLIC, made, forming=("I1",)).finding == "contradicted"


def networks(made: Log, where: dict[int, str]) -> Log:
    frame = pd.DataFrame({"account": list(where), "ip24": list(where.values()), "n": 5})
    return replace(made, networks=frame)


def test_one_network_explains_no_shared_cards_and_no_content() -> None:
    room = networks(worlds.log(30), {**dict.fromkeys(MEMBERS, "10.0.0"), 20: "10.0.0"})
    fits = unit_story(EGRESS, room, (reading("X2", 0.001), reading("H1", 0.5)))
    assert fits.finding == "fits" and "1 accounts outside" in fits.because
    assert unit_story(EGRESS, room, LOUD).finding == "open"
    cards = changed(room, payment_fp=dict.fromkeys(MEMBERS, "card"), device_fp={}, phone_fp={})
    assert unit_story(EGRESS, cards).finding == "contradicted"
    assert unit_story(EGRESS, worlds.log(30)).finding == "open"
    apart = networks(worlds.log(30), {row: f"10.0.{row}" for row in MEMBERS})
    assert unit_story(EGRESS, apart).finding == "contradicted"


def signed_up(on_launch: int, among: int = 60) -> Log:
    """The unit signed up on day 5, as did `on_launch` of the others; the rest came two a day."""
    made = worlds.log(among)
    others = list(range(8, among))
    days = dict.fromkeys((*MEMBERS, *others[:on_launch]), 5)
    days |= {row: 10 + number // 2 for number, row in enumerate(others[on_launch:])}
    return changed(made, created_at_us={row: worlds.START_US + day * DAY_US for row, day in days.items()})


def test_a_launch_day_must_have_brought_everybody_else_too() -> None:
    assert unit_story(LAUNCH, signed_up(20)).finding == "fits"
    assert unit_story(LAUNCH, signed_up(20), (*LOUD, reading("I3", 0.5))).finding == "open"
    assert unit_story(LAUNCH, signed_up(20), (reading("I3", 0.001),)).finding == "contradicted"
    assert unit_story(LAUNCH, signed_up(2)).finding == "open"
    assert unit_story(LAUNCH, worlds.log(30)).finding == "open"


def test_a_verified_few_and_a_declared_use_excuse_nobody_else() -> None:
    made = changed(worlds.log(30), declared_use={0: "Synthetic data"}, verified={0: True})
    cluster, plain = worlds.unit(made, MEMBERS), worlds.context(made)
    cleared = np.zeros(30, dtype=bool)
    assert told_of_unit(cluster, replace(plain, cleared=cleared), QUIET, "")[LICENSED].finding == "open"
    loudest = loud(made, 0, 100_000)
    one = cleared.copy()
    one[0] = True
    told = told_of_unit(worlds.unit(loudest, MEMBERS), replace(worlds.context(loudest), cleared=one), QUIET, "")
    assert told[LICENSED].finding == "open"
    most = cleared.copy()
    most[:7] = True
    assert told_of_unit(cluster, replace(plain, cleared=most), QUIET, "")[LICENSED].finding == "fits"


# --- Single accounts ------------------------------------------------------------------------------------------------------------


def benchmark_run(**own: Any) -> Log:
    """300 customers; the first ran 4,000 requests to make training data at temperature 0, within half a day of a month."""
    made = worlds.log(300)
    first = worlds.START_US + 10 * DAY_US
    values: dict[str, Any] = {"n": 4000, "fresh": 4000, "elicited": 2800, "elicited_tokens": 8000, "limited": 4000}
    values |= {"n_input_tokens": 400_000, "n_output_tokens": 12_000, "first_us": first, "last_us": first + DAY_US // 2}
    accounts = made.accounts.copy()
    for name, value in (values | own).items():
        accounts[name] = accounts[name].astype("float64" if name in ("fresh", "elicited") else "int64")
        accounts.loc[0, name] = value
    return settings(replace(made, accounts=accounts), 0, [("client/1", "0.0|16|chat|", 4000)])


def own_story(number: int, made: Log, **given: Any) -> Rival:
    return rivals_of_account(0, worlds.context(made), **given)[number]


def test_a_benchmark_run_lets_a_single_account_go() -> None:
    told = own_story(BENCHMARK, benchmark_run())
    assert told.finding == "fits" and "3 tokens, most customers' have 10 or more" in told.because


@pytest.mark.parametrize(
    ("own", "finding"),
    [
        ({"n_output_tokens": 60_000}, "contradicted"),
        ({"n_output_tokens": 12_000, "n_input_tokens": 11_000}, "contradicted"),
        ({"limited": 0}, "contradicted"),
        ({"n_input_tokens": 0}, "open"),
        ({"last_us": worlds.START_US + 13 * DAY_US}, "open"),
        ({"first_us": worlds.START_US, "last_us": worlds.START_US + DAY_US // 2}, "open"),
    ],
    ids=["long answers", "more given than sent", "no limit", "tokens unknown", "several days", "cut by the window"],
)
def test_what_speaks_against_a_benchmark_run(own: dict[str, int], finding: str) -> None:
    assert own_story(BENCHMARK, benchmark_run(**own)).finding == finding


def test_a_benchmark_run_is_cold_and_few_customers_say_nothing_of_the_usual_answer() -> None:
    warm = settings(benchmark_run(), 0, [("client/1", "1.0|16|chat|", 4000)])
    assert own_story(BENCHMARK, warm).finding == "contradicted"
    unknown = settings(benchmark_run(), 0, [("client/1", "-|16|chat|", 4000)])
    assert own_story(BENCHMARK, unknown).finding == "open"
    made = benchmark_run()
    few = replace(made, accounts=made.accounts.iloc[:50])
    assert own_story(BENCHMARK, few).finding == "open"


def test_set_up_and_programs_explain_no_harvest_of_a_single_account() -> None:
    harvest, ordinary = benchmark_run(), benchmark_run(elicited=0)
    assert own_story(BATCH, harvest).finding == "open"
    assert own_story(BATCH, ordinary).finding == "fits"
    parts = [(f"client-{i}/1", f"0.{i}|{100 + i}|chat|", 800) for i in range(5)]
    assert own_story(GATEWAY, settings(harvest, 0, parts)).finding == "open"
    assert own_story(GATEWAY, settings(ordinary, 0, parts)).finding == "fits"
    assert own_story(GATEWAY, harvest).finding == "contradicted"


def test_a_class_member_repeats_and_a_harvest_does_not() -> None:
    assert own_story(CLASS, benchmark_run()).finding == "contradicted"
    assert own_story(CLASS, benchmark_run(fresh=1000, elicited=0)).finding == "fits"


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (None, "open"),
        (TextUse(True, 0.9, 40, 0.4), "fits"),
        (TextUse(True, 0.9, 40, 0.02), "open"),
        (TextUse(True, 0.9, 3, 0.5), "open"),
        (TextUse(False, 0.9, 40, 0.4), "open"),
        (TextUse(True, 0.0, 0, 1.0), "contradicted"),
    ],
)
def test_only_a_registered_text_and_an_ordinary_take_let_an_account_go(text: TextUse | None, finding: str) -> None:
    assert own_story(PUBLIC, benchmark_run(), text=text).finding == finding


def test_a_declared_use_is_open_and_a_clearance_fits() -> None:
    made = changed(benchmark_run(), declared_use={0: "distillation"}, verified={0: False})
    assert own_story(LICENSED, made).finding == "open"
    cleared = np.zeros(300, dtype=bool)
    cleared[0] = True
    assert rivals_of_account(0, replace(worlds.context(made), cleared=cleared))[LICENSED].finding == "fits"
    refused = changed(benchmark_run(), verified={0: False}, declared_use={0: "support"})
    assert own_story(LICENSED, refused).finding == "contradicted"
