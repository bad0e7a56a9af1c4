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
from detection.queries.templates import latest_units
from detection.selectors import picked
from detection.showing.wording import Change, differences
from traffic.kept import kept_reading
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
    """The lens over a template; with a campaign, "who else" leaves its members out.

    Eight queries; what the lake says of it is read once for the run, its units and the files of its window.
    """
    units = latest_units(template)
    if not units:
        return Lens(template, None)
    run = units[0].run
    end = run.window_end + timedelta(microseconds=1) if run.window_end else None
    selectors = [unit.selector for unit in units]
    found = kept_reading(
        about=f"lens:{template.pk}",
        version=1,
        start=run.window_start,
        end=end,
        inputs=selectors,
        read=lambda: _reading(run.window_start, end, selectors),
    )
    others, n_others, n_verified = _others(found["senders"], campaign)
    return Lens(
        template,
        run,
        **found["totals"],
        n_own=found["n_own"],
        variants=_variants(found["wordings"]),
        others=others,
        n_others=n_others,
        n_verified=n_verified,
        days=tuple((day, n, accounts) for day, n, accounts in found["days"]),
    )


def _reading(start: datetime | None, end: datetime | None, selectors: list[dict[str, Any]]) -> dict[str, Any]:
    """All that the lake says of some units, in the types of JSON. Some ten readings of it."""
    lake = Lake()
    table = lake.exchanges(start=start, end=end)
    table = table.filter(picked(table, selectors))
    sums = table.agg(
        n_exchanges=table.count(),
        n_accounts=table.account_id.nunique(),
        n_slots=table.slot_h.nunique(),
        n_slotted=table.slot_h.count(),
        n_variants=table.skeleton_h.nunique(),
    )
    wordings, n_own = _wordings(lake, table)
    return {
        "totals": sums.to_pyarrow().to_pylist()[0],
        "wordings": wordings,
        "n_own": n_own,
        "senders": _senders(table),
        "days": _days(table),
    }


def _wordings(lake: Lake, table: ir.Table) -> tuple[list[list[Any]], int]:
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
    return [[row["n"], row["accounts"], row["first"], row["last"], text] for row, text in shown], n_own


def _variants(wordings: list[list[Any]]) -> tuple[Variant, ...]:
    """Wordings against the most frequent of them."""
    base = wordings[0][-1] if wordings else ""
    return tuple(
        Variant(tuple(differences(base, text)), n, accounts, from_us(first), from_us(last), text == base)
        for n, accounts, first, last, text in wordings
    )


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


def _senders(table: ir.Table) -> list[list[Any]]:
    """Every account that sends it with exchanges, first and last; most exchanges first."""
    found = table.group_by("account_id").agg(n=table.count(), first=table.ts_us.min(), last=table.ts_us.max())
    rows = found.order_by([found.n.desc(), found.account_id]).to_pyarrow().to_pylist()
    return [[row["account_id"], row["n"], row["first"], row["last"]] for row in rows]


def _others(senders: list[list[Any]], campaign: Campaign | None) -> tuple[tuple[OtherUser, ...], int, int]:
    """Who sends it outside the campaign, most first; how many they are, and how many of them are verified."""
    inside = set(campaign.members.values_list("account__account_id", flat=True)) if campaign else set()
    rows = [row for row in senders if row[0] not in inside]
    names = [row[0] for row in rows]
    accounts = ApiAccount.objects.filter(account_id__in=names[:OTHERS]).select_related("organisation")
    known = {account.account_id: account for account in accounts}
    verified = ApiAccount.objects.filter(account_id__in=names, organisation__verified=True).count() if names else 0
    codes: dict[str, list[str]] = {}
    memberships = CampaignMember.objects.filter(account__account_id__in=names[:OTHERS]).exclude(campaign=campaign)
    for name, code in memberships.values_list("account__account_id", "campaign__code").order_by("-campaign__score"):
        codes.setdefault(name, []).append(code)
    shown = [
        OtherUser(known[name], n, from_us(first), from_us(last), tuple(codes.get(name, ())))
        for name, n, first, last in rows[:OTHERS]
        if name in known
    ]
    return tuple(shown), len(rows), verified


def _days(table: ir.Table) -> list[list[Any]]:
    """The UTC day with its exchanges and accounts."""
    by_day = table.mutate(day=table.ts_us // DAY)
    rows = by_day.group_by("day").agg(n=by_day.count(), accounts=by_day.account_id.nunique()).order_by("day")
    found = rows.to_pyarrow().to_pylist()
    return [[from_us(row["day"] * DAY).date().isoformat(), row["n"], row["accounts"]] for row in found]
