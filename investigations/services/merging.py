"""Cases merged and split: accounts, exhibits and notes follow, decisions and case files stay where they were made.

Nothing is moved away that something else stands on: what follows is copied under new numbers and says where it comes
from, so that every earlier case file, decision and chain stays as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Max

from accounts.models import ApiAccount
from audit.services import Event, case_chain, record, record_many
from core.clock import now
from core.errors import Conflict, InvalidInput
from core.text import storable
from investigations.enums import CASE_TRANSITIONS, UNDER_WAY, CaseState, DecisionState
from investigations.models import Case, CaseAccount, Exhibit, Note, NoteMention
from investigations.policies import check_case_open, check_transition, check_words
from investigations.services.access import copy_restriction
from investigations.services.cases import next_code
from investigations.services.locking import lock_case, touch
from staff.enums import Action
from staff.models import NamedPerson, User
from staff.permissions import check


@transaction.atomic
def merge_cases(*, source: Case, into: Case, reason: str, actor: User, version: int | None = None) -> Case:
    """Close `source` into `into`: its accounts, exhibits and notes follow; its decisions and case files stay there.

    Raises Conflict when something of the source is under way, and when the two are restricted to different people.
    """
    check(actor, Action.EDIT_CASE)
    check_words(reason=reason)
    if source.pk == into.pk:
        raise InvalidInput("into", into.code, "it is another case than the one that is merged")
    first, second = sorted((source.pk, into.pk))
    locked = {pk: lock_case(pk, reader=actor, version=version if pk == source.pk else None) for pk in (first, second)}
    source, into = locked[source.pk], locked[into.pk]
    check_case_open(into)
    check_transition(CASE_TRANSITIONS, source.state, CaseState.CLOSED, source.code)
    _check_settled(source)
    _check_same_people(source, into)
    n_accounts = _add_accounts(source.case_accounts.all(), into, actor, f"merged from {source.code}")
    exhibits = _copy_exhibits(source.exhibits.order_by("number"), into, actor)
    notes = _copy_notes(source.notes.order_by("id"), into)
    source.tasks.filter(done_at=None).update(case=into)
    source.state, source.closed_at, source.merged_into = CaseState.CLOSED, now(), into
    source.version += 1
    source.save(update_fields=("state", "closed_at", "merged_into", "version"))
    touch(into)
    facts = {"reason": reason, "n_accounts": n_accounts, "exhibits": exhibits, "n_notes": notes}
    _record(source, "case.merged_away", actor, into=into.code, **facts)
    _record(into, "case.merged_in", actor, source=source.code, **facts)
    return into


@transaction.atomic
def split_case(
    *,
    case: Case,
    title: str,
    reason: str,
    actor: User,
    accounts: Collection[ApiAccount] = (),
    exhibits: Collection[Exhibit] = (),
    notes: Collection[Note] = (),
    version: int | None = None,
) -> Case:
    """Open a case out of another with the chosen accounts, exhibits and notes.

    The accounts leave the old case, but for those that a decision there is about: they are in both. The new case is
    restricted to the same people.
    """
    check(actor, Action.EDIT_CASE)
    check_words(title=title, reason=reason)
    if not accounts and not exhibits:
        raise InvalidInput("accounts", "none", "choose at least one account or exhibit that goes into the new case")
    old = lock_case(case.pk, version=version, reader=actor)
    check_case_open(old)
    rows = old.case_accounts.filter(account__in=[account.pk for account in accounts])
    pinned = old.exhibits.filter(pk__in=[exhibit.pk for exhibit in exhibits]).order_by("number")
    written = old.notes.filter(pk__in=[note.pk for note in notes]).order_by("id")
    _check_its_own(old, (len(accounts), rows.count()), (len(exhibits), pinned.count()), (len(notes), written.count()))
    new = Case.objects.create(
        code=next_code(), title=storable(title.strip()), summary=storable(reason), campaign=old.campaign, owner=actor,
        split_from=old,
    )  # fmt: skip
    _record(new, "case.opened", actor, title=new.title, split_from=old.code, reason=reason)
    copy_restriction(old, new, actor)
    n_accounts = _add_accounts(rows, new, actor, f"split from {old.code}")
    n_kept = _leave(old, rows, new, actor, reason)
    facts = {"reason": reason, "n_accounts": n_accounts, "n_accounts_in_both": n_kept}
    facts |= {"exhibits": _copy_exhibits(pinned, new, actor), "n_notes": _copy_notes(written, new)}
    _record(old, "case.split", actor, into=new.code, **facts)
    touch(old)
    return new


def _add_accounts(rows: object, into: Case, actor: User, reason: str) -> int:
    present = set(into.case_accounts.values_list("account_id", flat=True))
    new = [row for row in rows.select_related("account") if row.account_id not in present]  # type: ignore[attr-defined]
    CaseAccount.objects.bulk_create(
        [CaseAccount(case=into, account=row.account, tier=row.tier) for row in new], batch_size=2000
    )
    chain = case_chain(into.code)
    events = [
        Event(
            "case_account.added",
            f"account:{row.account.account_id}",
            {"case": into.code, "tier": row.tier, "reason": reason},
            chain,
        )
        for row in new
    ]
    if events:
        record_many(actor=actor, events=events)
    return len(new)


def _leave(old: Case, rows: object, new: Case, actor: User, reason: str) -> int:
    """Take accounts that go to the new case out of the old one, but for those decided on there; how many stay."""
    dead = (DecisionState.REFUSED, DecisionState.WITHDRAWN)
    held = CaseAccount.objects.filter(
        case=old, account__decision_items__decision__in=old.decisions.exclude(state__in=dead)
    ).values("pk")
    leaving = rows.exclude(pk__in=held)  # type: ignore[attr-defined]
    names = list(leaving.values_list("account__account_id", flat=True))
    total = rows.count()  # type: ignore[attr-defined]
    CaseAccount.objects.filter(pk__in=list(leaving.values_list("pk", flat=True))).delete()
    facts, chain = {"case": old.code, "into": new.code, "reason": reason}, case_chain(old.code)
    if names:
        record_many(
            actor=actor, events=[Event("case_account.removed", f"account:{name}", facts, chain) for name in names]
        )
    return int(total) - len(names)


def _copy_exhibits(rows: object, into: Case, actor: User) -> dict[str, int]:
    """Number in the old case to number in the new one; what is pinned there with the same digest keeps its number."""
    there = {
        (one.kind, one.ref, one.content_sha256): one.number
        for one in into.exhibits.only("kind", "ref", "content_sha256", "number", "case")
    }
    top = into.exhibits.aggregate(top=Max("number"))["top"] or 0
    numbers: dict[str, int] = {}
    copies, events = [], []
    for exhibit in rows:  # type: ignore[attr-defined]
        key = (exhibit.kind, exhibit.ref, exhibit.content_sha256)
        if key in there:
            numbers[str(exhibit.number)] = there[key]
            continue
        top += 1
        numbers[str(exhibit.number)] = there[key] = top
        copies.append(_copied(exhibit, into, top))
        facts = {
            "kind": exhibit.kind, "ref": exhibit.ref, "content_sha256": exhibit.content_sha256,
            "copied_from": f"{exhibit.case.code}/{exhibit.number}",
        }  # fmt: skip
        events.append(Event("exhibit.copied", f"exhibit:{into.code}/{top}", facts, case_chain(into.code)))
    Exhibit.objects.bulk_create(copies, batch_size=500)
    if events:
        record_many(actor=actor, events=events)
    return numbers


def _copied(exhibit: Exhibit, into: Case, number: int) -> Exhibit:
    kept = ("kind", "ref", "title", "reason", "content", "content_sha256", "pinned_by_id", "pinned_at")
    return Exhibit(case=into, number=number, copied_from=exhibit, **{name: getattr(exhibit, name) for name in kept})


def _copy_notes(rows: object, into: Case) -> int:
    """Notes keep author and time, and say which note they are a copy of."""
    notes: Sequence[Note] = list(rows.prefetch_related("mentions"))  # type: ignore[attr-defined]
    copies = Note.objects.bulk_create(
        [
            Note(case=into, author_id=note.author_id, text=note.text, written_at=note.written_at, copied_from=note)
            for note in notes
        ]
    )
    NoteMention.objects.bulk_create(
        NoteMention(note=copy, person_id=mention.person_id)
        for note, copy in zip(notes, copies, strict=True)
        for mention in note.mentions.all()
    )
    return len(copies)


def _check_settled(case: Case) -> None:
    pending = list(case.decisions.filter(state__in=UNDER_WAY).values_list("code", flat=True)[:5])
    if pending:
        raise Conflict(f"{case.code} cannot be merged: {', '.join(pending)} is still under way.")


def _check_same_people(source: Case, into: Case) -> None:
    people = [
        set(NamedPerson.objects.filter(restriction=one.restriction).values_list("person_id", flat=True))
        if one.restriction
        else None
        for one in (source, into)
    ]
    if people[0] != people[1]:
        raise Conflict(
            f"{source.code} and {into.code} are not there for the same people; "
            "restrict both to the same people, or lift the restriction, before they are merged."
        )


def _check_its_own(case: Case, *counts: tuple[int, int]) -> None:
    for what, (asked, found) in zip(("accounts", "exhibits", "notes"), counts, strict=True):
        if asked != found:
            raise InvalidInput(what, asked, f"only {found} of them belong to {case.code}")


def _record(case: Case, action: str, actor: User, **facts: object) -> None:
    record(actor=actor, action=action, subject=f"case:{case.code}", chain=case_chain(case.code), **facts)
