"""What the account page reads beyond Postgres' own rows: its place among others, its exchanges, its links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from accounts.judgements import standing_judgements
from accounts.models import ApiAccount, LinkJudgement
from core.clock import DAY, HOUR
from core.errors import InvalidInput
from detection.enums import RunKind, RunState
from detection.models import AccountScore, Campaign, DetectionRun, Unit
from detection.selectors import picked
from investigations.measures.population import FEWEST, Standing, standings
from traffic.lake import Lake, of_accounts
from traffic.sessions import sessions

PEERS = 400
PAGE = 50
LINKS = 50


@dataclass(frozen=True, slots=True)
class Population:
    """An account among its stratum in the window of one run; `words` says who the others are."""

    run: DetectionRun | None
    words: str
    rows: tuple[Standing, ...]
    score: AccountScore | None = None
    n_scored: int = 0
    n_scored_as_high: int = 0


def population(account: ApiAccount) -> Population:
    """Where an account lies in its stratum: same plan and declared use, half to twice its volume. Four queries at most,
    one reading of the lake over at most 400 others."""
    scores = AccountScore.objects.filter(run__kind=RunKind.LIVE, run__state=RunState.FINISHED)
    score = scores.filter(account=account).select_related("run").order_by("-run").first()
    if score is None:
        return Population(None, "No finished run scored this account, so there is nothing to compare it with.", ())
    stratum = scores.filter(run=score.run, account__plan=account.plan, account__declared_use=account.declared_use)
    stratum = stratum.exclude(account=account)
    alike = stratum.filter(n_exchanges__range=(score.n_exchanges // 2, score.n_exchanges * 2))
    words = (
        f"{'plan ' + account.plan if account.plan else 'no plan known'}, same declared use, half to twice its exchanges"
    )
    names = list(alike.order_by("account_id").values_list("account__account_id", flat=True)[:PEERS])
    if len(names) < FEWEST:
        alike, words = (
            stratum,
            f"{'plan ' + account.plan if account.plan else 'no plan known'}, same declared use, any volume",
        )
        names = list(alike.order_by("account_id").values_list("account__account_id", flat=True)[:PEERS])
    measured = _measured(score.run, [account.account_id, *names])
    own = measured.pop(account.account_id, {})
    n_scored = alike.count()
    as_high = alike.filter(score__gte=score.score).count()
    return Population(score.run, words, standings(own, list(measured.values())), score, n_scored, as_high)


def _measured(run: DetectionRun, names: list[str]) -> dict[str, dict[str, float | None]]:
    end = run.window_end + timedelta(microseconds=1) if run.window_end else None
    t = of_accounts(Lake().exchanges(start=run.window_start, end=end), names)
    rows = t.group_by("account_id").agg(
        n=t.count(),
        tagged=100 * (t.task_tags != 0).cast("float64").mean(),
        fresh=100 * t.slot_h.nunique().cast("float64") / t.slot_h.count().nullif(0),
        tokens=t.n_output_tokens.mean(),
        hours=(t.ts_us % DAY // HOUR).nunique(),
        networks=t.ip24.nunique(),
        models=t.model.nunique(),
    )
    return {row.pop("account_id"): row for row in rows.to_pyarrow().to_pylist()}


# --- Exchanges ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccountExchanges:
    """One page of an account's exchanges, newest first, without text; `next` is where the following page begins."""

    rows: tuple[dict[str, Any], ...]
    next: str


def account_exchanges(account: ApiAccount, *, before: str = "") -> AccountExchanges:
    """The exchanges of an account, newest first, 50 a page, each with its session and whether a unit of its campaigns
    holds it. Raises InvalidInput for a mark that this function did not make."""
    selectors = _selectors(account)
    table = sessions(Lake().account_exchanges([account.account_id]))
    table = table.mutate(in_unit=picked(table, selectors))
    if before:
        table = _before(table, before)
    wanted = table.select(
        "exchange_id", "ts_us", "session_id", "in_unit", "model", "endpoint", "n_input_tokens", "n_output_tokens",
        "prompt_chars", "response_chars", "status", "content_state",
    )  # fmt: skip
    ordered = wanted.order_by([ibis.desc("ts_us"), ibis.desc("exchange_id")]).limit(PAGE + 1)
    rows = ordered.to_pyarrow().to_pylist()
    more = rows[PAGE - 1] if len(rows) > PAGE else None
    return AccountExchanges(tuple(rows[:PAGE]), f"{more['ts_us']}~{more['exchange_id']}" if more else "")


def _before(table: ir.Table, mark: str) -> ir.Table:
    stamp, _, name = mark.partition("~")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 18 and name):
        raise InvalidInput("before", mark, "it is the mark that the page before gave")
    at = int(stamp)
    return table.filter((table.ts_us < at) | ((table.ts_us == at) & (table.exchange_id < name)))


def _selectors(account: ApiAccount) -> list[dict[str, Any]]:
    units = Unit.objects.filter(campaign__members__account=account).order_by("-run_id")
    latest = units.first()
    return list(units.filter(run=latest.run_id).values_list("selector", flat=True)) if latest else []


# --- Links ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccountLink:
    """Another account that shares something rare with this one, in which campaign, and the judgement that stands."""

    other: str
    shared: tuple[str, ...]
    bits: float
    campaign: str
    judgement: LinkJudgement | None


def account_links(account: ApiAccount) -> list[AccountLink]:
    """The links of an account: ties of its campaigns and judgements on it, judged and strongest first. Two queries."""
    name = account.account_id
    found: dict[str, tuple[list[str], float, str]] = {}
    for campaign in Campaign.objects.filter(members__account=account).only("code", "facts").order_by("-score"):
        for tie in campaign.facts.get("ties", []):
            if name in (tie["a"], tie["b"]):
                other = tie["b"] if tie["a"] == name else tie["a"]
                shared, bits, code = found.get(other, ([], 0.0, campaign.code))
                if code == campaign.code:
                    found[other] = (
                        [*shared, f"{tie['field']} held by {tie['shared_by']} customers"],
                        bits + tie["bits"],
                        code,
                    )
    words: dict[str, LinkJudgement] = {}
    for row in standing_judgements(account_id=name):
        other = row.second.account_id if row.first.account_id == name else row.first.account_id
        words[other] = row
        found.setdefault(other, ([], 0.0, ""))
    links = [
        AccountLink(other, tuple(shared), bits, code, words.get(other)) for other, (shared, bits, code) in found.items()
    ]
    return sorted(links, key=lambda link: (link.judgement is None, -link.bits, link.other))[:LINKS]
