"""Cases: the list, the facts in a sentence, and one timeline of everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Count, QuerySet

from audit.queries import events
from audit.services import case_chain
from core.errors import NotFound
from core.paging import keyset_page
from detection.enums import Tier
from investigations.enums import CaseState, DecisionState, ExportState
from investigations.models import Case, CaseExport, FlaggedSession
from staff.enums import Action
from staff.models import User
from staff.permissions import check


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """How many cases are open, mine and closed."""

    open: int
    mine: int
    closed: int


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case in a sentence and in figures."""

    sentence: str
    n_accounts: int
    n_core: int
    n_associate: int
    n_sessions: int
    n_exhibits: int
    n_decisions: int
    n_waiting: int


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to the case."""

    at: datetime
    actor: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some of a case's history, newest first, and the mark after which the older part starts."""

    items: tuple[TimelineEntry, ...]
    next: str | None


def cases(reader: User, *, state: str = "", owner: User | None = None) -> QuerySet[Case]:
    """Cases that the reader may know of, with campaign, owner and counts; keyed by `-id`."""
    found = (
        Case.objects.visible_to(reader)
        .select_related("campaign", "owner")
        .annotate(n_accounts=Count("case_accounts", distinct=True), n_decisions=Count("decisions", distinct=True))
    )
    if state in CaseState.values:
        found = found.filter(state=state)
    return found.filter(owner=owner) if owner is not None else found


def case_counts(reader: User) -> CaseCounts:
    """Three queries."""
    known = Case.objects.visible_to(reader)
    is_open = known.filter(state=CaseState.OPEN)
    return CaseCounts(is_open.count(), is_open.filter(owner=reader).count(), known.filter(state="closed").count())


def get_case(code: str, *, reader: User) -> Case:
    """One case that the reader may see; a restricted one is not there for others. Raises NotAllowed or NotFound."""
    check(reader, Action.VIEW_CASE)
    found = Case.objects.visible_to(reader).select_related("campaign", "owner", "restriction").filter(code=code).first()
    if found is None:
        raise NotFound(f"There is no case {code}.")
    return found


def case_facts(case: Case) -> CaseFacts:
    """Four queries."""
    tiers = dict(case.case_accounts.order_by().values_list("tier").annotate(n=Count("pk")))
    n_accounts = sum(tiers.values())
    states = dict(case.decisions.order_by().values_list("state").annotate(n=Count("pk")))
    n_sessions = FlaggedSession.objects.filter(account__case_accounts__case=case).count()
    n_exhibits = case.exhibits.count()
    core, associate = tiers.get(Tier.CORE, 0), tiers.get(Tier.ASSOCIATE, 0)
    about = f"of campaign {case.campaign.code}, {case.campaign.get_level_display()}," if case.campaign else ""
    sentence = (
        f"This case is about {n_accounts:,} account{'s' if n_accounts != 1 else ''} {about} with {n_sessions:,} flagged "
        f"sessions. {n_exhibits} exhibit{'s are' if n_exhibits != 1 else ' is'} pinned; "
        f"{sum(states.values())} decision{'s' if sum(states.values()) != 1 else ''} proposed so far."
    )
    return CaseFacts(
        " ".join(sentence.split()),
        n_accounts,
        core,
        associate,
        n_sessions,
        n_exhibits,
        sum(states.values()),
        states.get(DecisionState.PROPOSED, 0),
    )


def case_context(case: Case, *, after: str | None, before: str | None) -> dict[str, object]:
    """All that the case page shows, but its forms."""
    accounts = case.case_accounts.select_related("account__organisation")
    return {
        "facts": case_facts(case),
        "exhibits": case.exhibits.select_related("pinned_by").defer("content"),
        "decisions": case.decisions.select_related("proposed_by", "reverses"),
        "notes": case.notes.select_related("author"),
        "accounts": keyset_page(accounts, key="id", after=after, size=100),
        "timeline": timeline(case, after=before),
        "named": case.restriction.named.select_related("person") if case.restriction else (),
        **exports_context(case),
    }


def exports_context(case: Case) -> dict[str, object]:
    """A case's case files, and whether one is being written."""
    exports = list(case.exports.select_related("requested_by", "case"))
    running = any(export.state in (ExportState.WAITING, ExportState.RUNNING) for export in exports)
    return {"exports": exports, "exports_running": running}


def get_export(case: Case, number: int) -> CaseExport:
    """One case file of a case. Raises NotFound."""
    found = case.exports.select_related("case").filter(number=number).first()
    if found is None:
        raise NotFound(f"{case.code} has no case file {number}.")
    return found


def timeline(case: Case, *, after: str | None = None) -> Timeline:
    """Everything that happened to the case, newest first, from its audit chain; what one step did to many is one line.

    One query.
    """
    page = keyset_page(events(chain=case_chain(case.code)), key="-id", after=after, size=200)
    entries = []
    for (at, actor, action), group in groupby(page.items, key=lambda event: (event.at, event.actor, event.action)):
        same = list(group)
        words = _sentence(action, same[0].facts) if len(same) == 1 else f"{_words(action)}: {len(same):,} times"
        entries.append(TimelineEntry(at, actor, words))
    return Timeline(tuple(entries), page.next)


def _words(action: str) -> str:
    return action.replace(".", " ").replace("_", " ")


def _sentence(action: str, facts: dict[str, object]) -> str:
    words = _words(action)
    told = [f"{key.replace('_', ' ')} {value}" for key, value in facts.items() if value not in (None, "", [], {})]
    return f"{words}: {', '.join(told)}" if told else words
