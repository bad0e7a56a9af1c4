"""Selections: thousands of accounts chosen on a page, looked at as a whole, narrowed, and proposed in one decision."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.models import ApiAccount
from audit.services import record
from core.errors import Conflict, InvalidInput, NotAllowed
from core.text import storable
from detection.enums import ACCUSED
from detection.models import Campaign
from investigations import policies
from investigations.enums import CONTENDING, UNDER_WAY, SelectionSource
from investigations.models import Case, Decision, DecisionItem, SelectedAccount, Selection
from investigations.protection import protected_accounts
from investigations.queries.selections import facet_rows
from investigations.restricted import UNNAMED
from investigations.services.attempts import attempt
from investigations.services.cases import add_accounts
from investigations.services.decisions import propose_decision
from investigations.services.locking import current_person
from investigations.services.opening import open_campaign_case
from investigations.services.selection import open_accounts_case, open_cases_with
from staff.enums import Action
from staff.models import User
from staff.permissions import check

PROTECTED = "protected"
COPY = """
INSERT INTO investigations_selectedaccount (selection_id, account_id, tier, excluded, override_reason)
SELECT %s, a.id, coalesce(m.tier, ''), '', ''
FROM accounts_apiaccount a LEFT JOIN detection_campaignmember m ON m.account_id = a.id AND m.campaign_id = %s
WHERE a.id IN ({chosen}) ORDER BY a.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a page says was chosen: accounts (by a query, never loaded), in words, with the campaign or case it was on."""

    source: SelectionSource
    accounts: QuerySet[ApiAccount]
    words: str
    campaign: Campaign | None = None
    case: Case | None = None


@transaction.atomic
def make_selection(*, choice: Choice, actor: User) -> Selection:
    """Keep what was chosen, so that exactly this is previewed and proposed. One statement for any number.

    Protected accounts, and those on which a decision is under way, are in sight but left out.
    Raises InvalidInput for none, or for more than one selection holds.
    """
    check(actor, Action.PROPOSE)
    most = settings.SELECTION_MOST_ACCOUNTS
    selection = Selection.objects.create(
        made_by=actor,
        source=choice.source,
        words=storable(choice.words),
        campaign=choice.campaign or (choice.case.campaign if choice.case else None),
        case=choice.case,
    )
    chosen, parameters = choice.accounts.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(COPY.format(chosen=chosen), [selection.pk, selection.campaign_id or 0, *parameters, most + 1])
        selection.n_accounts = cursor.rowcount
    if not 1 <= selection.n_accounts <= most:
        many = f"more than {most:,}" if selection.n_accounts else 0
        raise InvalidInput("selection", f"{many} accounts", f"choose 1 to {most:,}")
    selection.save(update_fields=("n_accounts",))
    _leave_out(selection)
    record(
        actor=actor,
        action="selection.made",
        subject=f"selection:{selection.key}",
        source=selection.source,
        words=selection.words,
        n_accounts=selection.n_accounts,
    )
    return selection


@transaction.atomic
def exclude_accounts(*, selection: Selection, account_ids: Collection[str], reason: str, actor: User) -> int:
    """Leave accounts out by id, with the reason. How many. Raises InvalidInput for one that was not chosen."""
    locked = _lock(selection, actor)
    policies.check_words(reason=reason)
    rows = locked.chosen.filter(account__account_id__in=account_ids)
    _check_chosen(rows, account_ids)
    return rows.filter(excluded="").update(excluded=storable(reason), override_reason="")


@transaction.atomic
def exclude_group(*, selection: Selection, facet: str, value: str, actor: User) -> int:
    """Leave out all accounts of one tier, plan, age, country or status. How many."""
    locked = _lock(selection, actor)
    ids = facet_rows(locked, facet, value).filter(excluded="").values_list("pk", flat=True)
    return locked.chosen.filter(pk__in=list(ids)).update(excluded=f"{facet}: {value or 'unknown'}", override_reason="")


@transaction.atomic
def include_again(*, selection: Selection, excluded: str, actor: User) -> int:
    """Take back one exclusion by its reason. Protected accounts come back only by name."""
    locked = _lock(selection, actor)
    if excluded == PROTECTED:
        raise NotAllowed("Protected accounts are included one by one, by name and with a reason.")
    rows = locked.chosen.filter(excluded=excluded).exclude(excluded="")
    back = rows.exclude(account__in=protected_accounts()).update(excluded="")
    rows.update(excluded=PROTECTED)
    return back


@transaction.atomic
def override_protection(*, selection: Selection, account_id: str, reason: str, actor: User) -> None:
    """Include one protected account, by name and with the reason why."""
    locked = _lock(selection, actor)
    policies.check_words(reason=reason)
    row = locked.chosen.filter(account__account_id=account_id, excluded=PROTECTED).first()
    if row is None:
        raise InvalidInput("account_id", account_id, "name a protected account of this selection that is left out")
    row.excluded, row.override_reason = "", storable(reason)
    row.save(update_fields=("excluded", "override_reason"))
    facts = {"account": account_id, "reason": reason}
    record(actor=actor, action="protection.overridden", subject=f"selection:{locked.key}", **facts)


def propose_selection(
    *, selection: Selection, grounds: Mapping[str, Any], actor: User, case: Case | None = None, confirmation: str = ""
) -> Decision:
    """Propose one decision on what is left in: in the selection's case, a given one, the newest that holds them all,
    else in a case opened for them. `grounds` is what `propose_decision` takes beside case, accounts and exhibits.
    """
    with attempt(actor=actor, what="decision.propose", subject=f"selection:{selection.key}"):
        person = current_person(actor, Action.PROPOSE)
        locked = _lock(selection, person)
        rows = list(locked.chosen.filter(excluded="").select_related("account__organisation"))
        if not rows:
            raise InvalidInput("selection", "0 accounts", "leave at least one in")
        policies.check_typed(confirmation, grounds["action"], len(rows))
        accounts = [row.account for row in rows]
        home = _case(locked, case, rows, accounts, grounds, person)
        decision = propose_decision(
            case=home,
            exhibits=list(home.exhibits.defer("content")),
            accounts=accounts,
            overrides={row.account.account_id: row.override_reason for row in rows if row.override_reason},
            actor=person,
            **grounds,
        )
        locked.decision = decision
        locked.save(update_fields=("decision",))
        return decision


def _leave_out(selection: Selection) -> None:
    selection.chosen.filter(account__in=protected_accounts()).update(excluded=PROTECTED)
    held = DecisionItem.objects.filter(
        account__in=selection.chosen.filter(excluded="").values("account"),
        decision__action__in=CONTENDING,
        decision__state__in=UNDER_WAY,
    )
    for decision_id, code, restriction in (
        held.order_by().values_list("decision_id", "decision__code", "decision__case__restriction").distinct()
    ):
        mine = selection.chosen.filter(excluded="", account__decision_items__decision=decision_id)
        ids = list(mine.values_list("pk", flat=True))
        selection.chosen.filter(pk__in=ids).update(excluded=f"{UNNAMED if restriction else code} is under way on it")


def _lock(selection: Selection, actor: User) -> Selection:
    check(actor, Action.PROPOSE)
    locked = Selection.objects.select_for_update(of=("self",)).select_related("campaign", "case").get(pk=selection.pk)
    if locked.made_by_id != actor.pk:
        raise NotAllowed("Somebody else made this selection; make one of your own.")
    if locked.decision_id is not None:
        raise Conflict("A decision was proposed on this selection already.")
    return locked


def _check_chosen(rows: QuerySet[SelectedAccount], account_ids: Collection[str]) -> None:
    missing = set(account_ids) - set(rows.values_list("account__account_id", flat=True))
    if missing or not account_ids:
        raise InvalidInput("account", policies.some(sorted(missing)), "name accounts of this selection")


def _case(
    selection: Selection,
    given: Case | None,
    rows: Collection[SelectedAccount],
    accounts: Collection[ApiAccount],
    grounds: Mapping[str, Any],
    actor: User,
) -> Case:
    case = given or selection.case
    if case is not None:
        members = set(case.case_accounts.values_list("account_id", flat=True))
        if strangers := [account for account in accounts if account.pk not in members]:
            add_accounts(case=case, accounts=strangers, actor=actor, reason=f"Chosen: {selection.words}")
        return case
    found = next(iter(open_cases_with(accounts, reader=actor)), None)
    if found is not None:
        return found
    title = f"{len(accounts):,} accounts: {grounds['action'].replace('_', ' ')}"
    tied = set(ACCUSED)
    if selection.campaign is not None and all(row.tier in tied for row in rows):
        return open_campaign_case(
            campaign=selection.campaign, title=title, reason=selection.words, actor=actor, accounts=accounts
        )
    return open_accounts_case(accounts=accounts, title=title, reason=selection.words, actor=actor)
