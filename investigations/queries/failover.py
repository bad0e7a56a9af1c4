"""The failover view: what moved after our own decisions and the provider's closures."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
from django.db.models import Max

from accounts.enums import StatusOrigin
from accounts.models import StatusChange
from core.clock import DAY, HOUR, to_us
from core.errors import InvalidInput
from detection.enums import ACCUSED
from detection.models import Campaign
from detection.queries.conclusions import campaign_units
from detection.selectors import picked
from investigations.enums import ItemState
from investigations.measures.failover import HOURS, Failover, Sender, Taker, failover
from investigations.models import DecisionItem
from investigations.queries.charts import CLOSING, CLOSURE_SHARE
from traffic.enums import FileKind
from traffic.kept import kept_reading
from traffic.lake import Lake
from traffic.models import LakeFile

MOST_ACTS = 6
BEFORE = timedelta(days=60)  # an account that sent nothing for so long before the first act is new
STOPPING = ("restrict", "suspend", "terminate")


@dataclass(frozen=True, slots=True)
class Act:
    """Accounts of a campaign that were stopped at about one moment, by a decision here or by the provider."""

    at: datetime
    words: str
    code: str
    accounts: frozenset[str]


@dataclass(frozen=True, slots=True)
class ActResult:
    """One act with what was sent before and after it; `complete` says whether the lake reaches to the window's end."""

    act: Act
    found: Failover
    complete: bool
    takers: tuple[tuple[Taker, str], ...]
    """Who took over, with the tier in this campaign; empty for an account that is no member of it."""


@dataclass(frozen=True, slots=True)
class FailoverView:
    """All acts on a campaign, newest first, and whether accounts outside it could be seen."""

    acts: tuple[ActResult, ...]
    hours: int
    open_units: bool


def campaign_failover(campaign: Campaign, *, hours: int) -> FailoverView:
    """What moved within `hours` of each act on the campaign's accounts. Eight queries; the lake is read once for what it shows.

    All senders of the campaign's units count, members or not: a newcomer is a member only after the next run.
    """
    if hours not in HOURS:
        raise InvalidInput("hours", hours, f"it is one of {', '.join(map(str, HOURS))}")
    acts = _acts(campaign)
    selectors = [unit.selector for unit in campaign_units(campaign)]
    open_units = any("columns" in selector for selector in selectors)
    if not acts or not selectors:
        return FailoverView((), hours, open_units)
    senders, newest = _kept_senders(campaign, acts, selectors, hours), _newest_us()
    tiers = dict(campaign.members.values_list("account__account_id", "tier"))
    results = []
    for i, act in enumerate(acts):
        found = failover(act.accounts, senders[i], at_us=to_us(act.at))
        takers = tuple((taker, tiers.get(taker.account_id, "")) for taker in found.takers)
        results.append(ActResult(act, found, newest >= to_us(act.at) + hours * HOUR, takers))
    return FailoverView(tuple(results), hours, open_units)


def _acts(campaign: Campaign) -> list[Act]:
    """Enforced decisions on members, and days on which the provider closed at least 5 % of the accused; newest first."""
    items = DecisionItem.objects.filter(
        account__memberships__campaign=campaign,
        decision__action__in=STOPPING,
        decision__reverses=None,
        state=ItemState.DONE,
    ).values_list("decision__code", "decision__action", "done_at", "account__account_id")
    by_code: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for code, action, done_at, name in items:
        if done_at is not None:
            by_code[code, action].append((done_at, name))
    acts = [
        Act(min(at for at, _ in part), f"under {code} ({action})", code, frozenset(name for _, name in part))
        for (code, action), part in by_code.items()
    ]
    acts += _closures(campaign)
    return sorted(acts, key=lambda act: act.at, reverse=True)[:MOST_ACTS]


def _closures(campaign: Campaign) -> list[Act]:
    changes = StatusChange.objects.filter(
        account__memberships__campaign=campaign,
        account__memberships__tier__in=ACCUSED,
        origin=StatusOrigin.PULLED,
        status__in=CLOSING,
        occurred_at__range=(campaign.started_at, campaign.ended_at + timedelta(days=30)),
    ).values_list("occurred_at", "account__account_id")
    by_day: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for at, name in changes:
        by_day[to_us(at) // DAY].append((at, name))
    needed = max(CLOSURE_SHARE * (campaign.n_core + campaign.n_associate), 1)
    return [
        Act(min(at for at, _ in part), "closed by the provider", "", frozenset(name for _, name in part))
        for part in by_day.values()
        if len(part) >= needed
    ]


def _kept_senders(
    campaign: Campaign, acts: list[Act], selectors: list[dict[str, object]], hours: int
) -> list[list[Sender]]:
    """Each act's senders, read from the lake once for the moments of the acts, the units and the files of that time."""
    moments = [act.at for act in acts]
    start, end = min(moments) - BEFORE, max(moments) + timedelta(hours=hours)
    rows = kept_reading(
        about=f"failover:{campaign.code}:{hours}",
        version=1,
        start=start,
        end=end,
        inputs={"moments": moments, "selectors": selectors},
        read=lambda: _senders(moments, selectors, hours, start, end),
    )
    return [[Sender(*sender) for sender in of_act] for of_act in rows]


def _newest_us() -> int:
    """The newest exchange in the lake, as its files are listed. One query."""
    files = LakeFile.objects.filter(kind=FileKind.EXCHANGES)
    return int(files.aggregate(newest=Max("max_ts_us"))["newest"] or 0)


def _senders(
    moments: list[datetime], selectors: list[dict[str, object]], hours: int, start: datetime, end: datetime
) -> list[list[tuple[object, ...]]]:
    """For each act the fields of its senders; one query of the lake, whatever the number of acts."""
    table = Lake().exchanges(start=start, end=end)
    inside = table.filter(picked(table, selectors))
    sums = {}
    for i, moment in enumerate(moments):
        at, span = to_us(moment), hours * HOUR
        before = (inside.ts_us >= at - span) & (inside.ts_us < at)
        after = (inside.ts_us >= at) & (inside.ts_us < at + span)
        sums[f"b{i}"], sums[f"a{i}"] = before.cast("int64").sum(), after.cast("int64").sum()
        sums[f"f{i}"] = ibis.ifelse(after, inside.ts_us, ibis.null("int64")).min()
    rows = inside.group_by("account_id").agg(first=inside.ts_us.min(), **sums).to_pyarrow().to_pylist()
    return [
        [
            (row["account_id"], row[f"b{i}"] or 0, row[f"a{i}"] or 0, row["first"], row[f"f{i}"])
            for row in rows
            if row[f"b{i}"] or row[f"a{i}"]
        ]
        for i in range(len(moments))
    ]
