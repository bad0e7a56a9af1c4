"""Cases: the list, the facts in a sentence, and one timeline of everything."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from accounts.models import ApiAccount
from core.errors import NotFound
from core.paging import keyset_page
from detection.enums import Tier
from investigations.enums import CaseState, DecisionState, ExportState
from investigations.models import Case, CaseExport, CaseTask, FlaggedSession
from investigations.queries.blind import notes_of, with_reasons_kept_back
from investigations.queries.holds import case_holds
from investigations.queries.timeline import timeline
from staff.enums import Action
from staff.models import User
from staff.permissions import MATRIX, check


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
        raise NotFound(
            f"There is no case {code} that you may read. If somebody gave you the code, ask them to name you on it."
        )
    return found


def case_facts(case: Case) -> CaseFacts:
    """Four queries."""
    tiers = dict(case.case_accounts.order_by().values_list("tier").annotate(n=Count("pk")))
    n_accounts = sum(tiers.values())
    states = dict(case.decisions.order_by().values_list("state").annotate(n=Count("pk")))
    n_sessions = FlaggedSession.objects.filter(account__in=case.case_accounts.values("account")).count()
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


def case_context(
    case: Case,
    *,
    reader: User,
    after: str = "",
    before: str = "",
    kind: str = "",
    order: str = "newest",
) -> dict[str, Any]:
    """All that the case page shows, but its forms. Exhibits and notes come as lists, for the forms offer them too."""
    accounts = case.case_accounts.select_related("account__organisation")
    exhibits = with_reasons_kept_back(case.exhibits.select_related("pinned_by", "copied_from__case"), reader)
    return {
        "facts": case_facts(case),
        "exhibits": list(exhibits.defer("content", "copied_from__content")),
        "kin": kin(case, reader),
        "holds": case_holds(case),
        "decisions": case.decisions.select_related("proposed_by", "reverses"),
        "notes": list(notes_of(case, reader).prefetch_related("mentions__person")),
        "tasks": (listed := list(tasks(case))),
        "n_tasks_open": sum(task.done_at is None for task in listed),
        "accounts": keyset_page(accounts, key="id", after=after),
        "timeline": timeline(case, reader=reader, after=before, kind=kind, order=order),
        "named": case.restriction.named.select_related("person") if case.restriction else (),
        **exports_context(case),
    }


def tasks(case: Case) -> QuerySet[CaseTask]:
    """The case's tasks: open ones first, the earliest day first."""
    rows = case.tasks.select_related("assignee", "added_by", "done_by")
    return rows.order_by(F("done_at").desc(nulls_first=True), F("due_on").asc(nulls_last=True), "id")


def get_task(case: Case, number: int) -> CaseTask:
    """One task of a case. Raises NotFound."""
    found = case.tasks.filter(pk=number).first()
    if found is None:
        raise NotFound(f"{case.code} has no task {number}.")
    return found


def accounts_of(case: Case, names: Collection[str]) -> list[ApiAccount]:
    """The case's accounts that bear these provider's ids. Raises NotFound for one that is not of the case."""
    found = {one.account_id: one for one in ApiAccount.objects.filter(cases=case, account_id__in=names)}
    if strangers := [name for name in names if name not in found]:
        raise NotFound(f"{case.code} is not about an account {strangers[0]!r}.")
    return list(found.values())


def readers_of(case: Case) -> QuerySet[User]:
    """Active people who may read the case, by username: those a note may mention."""
    roles = [role for role, allowed in MATRIX.items() if Action.VIEW_CASE in allowed]
    people = User.objects.filter(is_active=True, role__in=roles)
    if case.restriction is not None:
        people = people.filter(pk__in=case.restriction.named.values("person"))
    return people.order_by("username")


def kin(case: Case, reader: User) -> list[tuple[str, Case]]:
    """Cases that this one was merged with or split from, as far as the reader may know of them. One query."""
    own = Q(pk=case.merged_into_id) | Q(pk=case.split_from_id) | Q(merged_into=case) | Q(split_from=case)
    words = {case.split_from_id: "split from", case.merged_into_id: "goes on in"}
    return [
        (words.get(one.pk) or ("took in" if one.merged_into_id == case.pk else "gave rise to"), one)
        for one in Case.objects.visible_to(reader).filter(own).order_by("id")
    ]


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
