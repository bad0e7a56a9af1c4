"""A template under the lens: its variants, its slots, how it spread over accounts and time, and who else sends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from accounts.models import ApiAccount
from core.clock import DAY, from_us
from detection.models import Campaign, CampaignMember, DetectionRun, Template
from detection.selectors import picked
from detection.template_queries import latest_units
from detection.wording import Change, differences
from traffic.lake import Lake

VARIANTS = 6
SHORTEST_SHARE = 2  # accounts that must send a wording before it is shown: what one sends alone is its own text
LONGEST = 1_500
MOST_GROUPS = 1_000
OPENINGS = ("pre64", "pre32", "pre16", "pre8")
OTHERS = 20


@dataclass(frozen=True, slots=True)
class Variant:
    """One wording of a template: how many sent it, and how it differs from the most frequent one."""

    changes: tuple[Change, ...]
    n_exchanges: int
    n_accounts: int
    first: datetime
    last: datetime
    same: bool


@dataclass(frozen=True, slots=True)
class OtherUser:
    """An account that sends the template and is no member of the campaign."""

    account: ApiAccount
    n_exchanges: int
    first: datetime
    last: datetime
    campaigns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lens:
    """What the lake says of a template in the window of its newest live run."""

    template: Template
    run: DetectionRun | None
    n_exchanges: int = 0
    n_accounts: int = 0
    n_slots: int | None = None
    n_slotted: int = 0
    n_variants: int = 0
    n_own: int = 0
    variants: tuple[Variant, ...] = ()
    others: tuple[OtherUser, ...] = ()
    n_others: int = 0
    n_verified: int = 0
    days: tuple[tuple[str, int, int], ...] = ()


def template_lens(template: Template, *, campaign: Campaign | None = None) -> Lens:
    """The lens over a template; with a campaign, "who else" leaves its members out. Seven queries and some ten readings of the lake."""
    units = latest_units(template)
    if not units:
        return Lens(template, None)
    run, lake = units[0].run, Lake()
    end = run.window_end + timedelta(microseconds=1) if run.window_end else None
    table = lake.exchanges(start=run.window_start, end=end)
    table = table.filter(picked(table, [unit.selector for unit in units]))
    sums = table.agg(
        n=table.count(),
        accounts=table.account_id.nunique(),
        slots=table.slot_h.nunique(),
        slotted=table.slot_h.count(),
        variants=table.skeleton_h.nunique(),
    )
    totals = sums.to_pyarrow().to_pylist()[0]
    variants, n_own = _variants(lake, table)
    others, n_others, n_verified = _others(table, campaign)
    return Lens(
        template,
        run,
        totals["n"],
        totals["accounts"],
        totals["slots"],
        totals["slotted"],
        totals["variants"],
        n_own,
        variants,
        others,
        n_others,
        n_verified,
        _days(table),
    )


def _variants(lake: Lake, table: ir.Table) -> tuple[tuple[Variant, ...], int]:
    """The most frequent wordings that at least two accounts sent, and how many wordings one account alone sent.

    Whole wordings where they are shared; else shared openings, the longest by which most exchanges can be told apart.
    """
    table = table.filter(table.skeleton_h.notnull())
    total = int(table.count().execute())
    whole, n_own = _groups(table, "skeleton_h")
    column, rows = "skeleton_h", whole
    for opening in OPENINGS:
        if 2 * sum(row["n"] for row in rows) >= total:
            break
        column, rows = opening, _groups(table, opening)[0]
    top = rows[:VARIANTS]
    skeletons = lake.skeletons()
    known = skeletons.filter(skeletons.skeleton_h.isin([row["example"] for row in top]))
    texts = {row["skeleton_h"]: row["skeleton"] for row in known.to_pyarrow().to_pylist()} if top else {}
    shown = [(row, _cut(texts[row["example"]], column)) for row in top if row["example"] in texts]
    base = shown[0][1] if shown else ""
    return tuple(_variant(row, text, base) for row, text in shown), n_own


def _groups(table: ir.Table, column: str) -> tuple[list[dict[str, Any]], int]:
    """The values of a column that several accounts share, most exchanges first; and how many values one account has alone."""
    table = table.filter(table[column].notnull())
    found = table.group_by(value=table[column]).agg(
        n=table.count(),
        accounts=table.account_id.nunique(),
        first=table.ts_us.min(),
        last=table.ts_us.max(),
        example=table.skeleton_h.min(),
    )
    shared = found.filter(found.accounts >= SHORTEST_SHARE).order_by([ibis.desc("n"), "value"]).limit(MOST_GROUPS)
    n_own = int(found.filter(found.accounts < SHORTEST_SHARE).count().execute())
    return shared.to_pyarrow().to_pylist(), n_own


def _cut(skeleton: str, column: str) -> str:
    if column == "skeleton_h":
        return skeleton[:LONGEST]
    return " ".join([*skeleton.split()[: int(column.removeprefix("pre"))], "…"])[:LONGEST]


def _variant(row: dict[str, Any], text: str, base: str) -> Variant:
    changes = tuple(differences(base, text))
    return Variant(changes, row["n"], row["accounts"], from_us(row["first"]), from_us(row["last"]), text == base)


def _others(table: ir.Table, campaign: Campaign | None) -> tuple[tuple[OtherUser, ...], int, int]:
    """Who sends it outside the campaign, most first; how many they are, and how many of the shown are verified."""
    inside = list(campaign.members.values_list("account__account_id", flat=True)) if campaign else []
    outside = table.filter(~table.account_id.isin(inside)) if inside else table
    found = outside.group_by("account_id").agg(n=outside.count(), first=outside.ts_us.min(), last=outside.ts_us.max())
    rows = found.order_by([found.n.desc(), found.account_id]).to_pyarrow().to_pylist()
    names = [row["account_id"] for row in rows]
    accounts = ApiAccount.objects.filter(account_id__in=names[:OTHERS]).select_related("organisation")
    known = {account.account_id: account for account in accounts}
    verified = ApiAccount.objects.filter(account_id__in=names, organisation__verified=True).count() if names else 0
    codes: dict[str, list[str]] = {}
    memberships = CampaignMember.objects.filter(account__account_id__in=names[:OTHERS]).exclude(campaign=campaign)
    for name, code in memberships.values_list("account__account_id", "campaign__code").order_by("-campaign__score"):
        codes.setdefault(name, []).append(code)
    shown = [
        OtherUser(
            known[row["account_id"]],
            row["n"],
            from_us(row["first"]),
            from_us(row["last"]),
            tuple(codes.get(row["account_id"], ())),
        )
        for row in rows[:OTHERS]
        if row["account_id"] in known
    ]
    return tuple(shown), len(rows), verified


def _days(table: ir.Table) -> tuple[tuple[str, int, int], ...]:
    """Exchanges and accounts a UTC day."""
    by_day = table.mutate(day=table.ts_us // DAY)
    rows = by_day.group_by("day").agg(n=by_day.count(), accounts=by_day.account_id.nunique()).order_by("day")
    return tuple(
        (from_us(r["day"] * DAY).date().isoformat(), r["n"], r["accounts"]) for r in rows.to_pyarrow().to_pylist()
    )
