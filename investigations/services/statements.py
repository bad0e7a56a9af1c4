"""Statements of reasons: written for each restricted account with the proposal, edited before anyone votes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Max

from audit.services import record
from core.bulk import copy_rows
from core.canonical import sha256_hex
from core.clock import now
from core.errors import Conflict, InvalidInput, NotAllowed
from core.text import storable
from detection.models import CampaignMember
from investigations import policies
from investigations.enums import RESTRICTING, DecisionState
from investigations.models import Decision, DecisionItem, Statement, StatementTemplate
from investigations.services.attempts import attempt
from investigations.services.locking import current_person, lock_decision
from investigations.words.statement_text import (
    MEASURE,
    SHIPPED_BODY,
    Activity,
    automated_sentence,
    check_wording,
    effective_sentence,
    facts_sentence,
    fill,
)
from staff.enums import Action
from staff.models import User

FIELDS = ("item", "version", "text", "text_sha256", "template_version", "written_by", "written_at", "reason")


def wording(action: str) -> tuple[int, str]:
    """The newest wording for an action, with its version; the shipped one is version 0."""
    newest = StatementTemplate.objects.filter(action=action).order_by("-version").first()
    return (newest.version, newest.body) if newest else (0, SHIPPED_BODY)


def needs_statement(decision: Decision) -> bool:
    """Whether each account is owed one: a restriction that is no reversal and that no exemption was stated for."""
    restricts = decision.action in RESTRICTING and decision.reverses_id is None
    return restricts and not decision.statement_exemption


def write_statements(decision: Decision, author: User) -> int:
    """Write version 1 for every account of a proposal that is being saved. How many."""
    if not needs_statement(decision):
        return 0
    decision.statement_template, decision.statement_body = wording(decision.action)
    decision.save(update_fields=("statement_template", "statement_body"))
    return _write(decision, author, version=1, reason="")


def check_statements(decision: Decision) -> None:
    """No restriction without a statement of reasons or a stated exemption."""
    if not needs_statement(decision):
        return
    missing = decision.items.filter(statements=None).count()
    if missing:
        raise NotAllowed(
            f"{missing:,} accounts of {decision.code} have no statement of reasons, and no exemption is stated."
        )


def edit_wording(*, decision: Decision, body: str, reason: str, actor: User) -> int:
    """Word all statements of a proposal anew. How many. Refused once somebody voted on the text as it was."""
    with attempt(actor=actor, what="statement.edit", subject=f"decision:{decision.code}"):
        person, locked = _editable(decision, actor, reason)
        check_wording(body)
        locked.statement_body = storable(body)
        newest = Statement.objects.filter(item__decision=locked).aggregate(top=Max("version"))["top"] or 0
        count = _write(locked, person, version=newest + 1, reason=reason)
        _edited(locked, person, reason, body, n_accounts=count)
        return count


def edit_statement(*, item: DecisionItem, text: str, reason: str, actor: User) -> Statement:
    """Word the statement of one account anew, in full."""
    subject = f"decision:{item.decision.code}"  # what is said of a proposal is told to voters after their vote
    with attempt(actor=actor, what="statement.edit", subject=subject, account=str(item.account)):
        person, locked = _editable(item.decision, actor, reason)
        policies.check_words(text=text)
        newest = item.statements.order_by("-version").first()
        if newest is None:
            raise InvalidInput("item", item.pk, "this account is owed no statement of reasons")
        clean = storable(text)
        made = Statement.objects.create(
            item=item,
            version=newest.version + 1,
            text=clean,
            text_sha256=sha256_hex(clean.encode()),
            template_version=newest.template_version,
            written_by=person,
            written_at=now(),
            reason=storable(reason),
        )
        _edited(locked, person, reason, clean, account=str(item.account), statement_version=made.version)
        return made


def save_template(*, action: str, body: str, reason: str, actor: User) -> StatementTemplate:
    """A new version of the wording for an action; proposals made from now on use it."""
    with attempt(actor=actor, what="statement_template.save", subject=f"statement_template:{action}"):
        person = current_person(actor, Action.MANAGE_POLICY)
        policies.check_words(reason=reason)
        if action not in RESTRICTING:
            raise InvalidInput("action", action, f"it is one of {', '.join(sorted(RESTRICTING))}")
        check_wording(body)
        version = wording(action)[0] + 1
        clean = storable(body)
        made = StatementTemplate.objects.create(
            action=action, version=version, body=clean, reason=storable(reason), made_by=person
        )
        record(
            actor=person,
            action="statement_template.saved",
            subject=f"statement_template:{action}",
            version=version,
            reason=reason,
            body_sha256=sha256_hex(clean.encode()),
        )
        return made


def _editable(decision: Decision, actor: User, reason: str) -> tuple[User, Decision]:
    person = current_person(actor, Action.PROPOSE)
    policies.check_words(reason=reason)
    locked = lock_decision(decision.pk)
    if locked.state != DecisionState.PROPOSED:
        raise Conflict(f"{locked.code} is {locked.get_state_display()}; its statements no longer change.")
    if locked.approvals.exists():
        raise Conflict(f"Somebody voted on the statements of {locked.code} as they are; withdraw and propose again.")
    return person, locked


def _edited(decision: Decision, person: User, reason: str, text: str, **facts: int | str) -> None:
    """An edit makes the pages of voters stale, so that nobody approves a text that they did not see."""
    decision.version += 1
    decision.save(update_fields=("version", "statement_body"))
    chain = f"case:{decision.case.code}"
    told: dict[str, Any] = {"decision": decision.code, "text_sha256": sha256_hex(text.encode()), **facts}
    record(
        actor=person, action="statement.edited", subject=f"decision:{decision.code}", chain=chain, reason=reason, **told
    )


def _write(decision: Decision, author: User, *, version: int, reason: str) -> int:
    items = list(decision.items.values_list("pk", "account_id", "account__account_id"))
    copy_rows(Statement, FIELDS, _rows(decision, items, author, version, storable(reason), _activities(decision)))
    return len(items)


def _rows(
    decision: Decision,
    items: list[tuple[int, int, str]],
    author: User,
    version: int,
    reason: str,
    activities: Mapping[int, Activity],
) -> Iterator[tuple[object, ...]]:
    """Rows of FIELDS, one an account."""
    at, n_others = now(), max(0, len(activities) - 1)
    shared = {
        "decision": decision.code,
        "date": f"{at:%-d %B %Y}",
        "clause": decision.clause,
        "automated": automated_sentence(decision.approvals_needed),
        "effective": effective_sentence(decision.start_at),
        "appeal": fill(settings.APPEAL_WORDS, {"decision": decision.code}),
    }
    for pk, account_pk, name in items:
        measure = fill(MEASURE[decision.action], {"account": name})
        facts = facts_sentence(activities.get(account_pk), n_others)
        text = storable(fill(decision.statement_body, {**shared, "account": name, "action": measure, "facts": facts}))
        yield pk, version, text, sha256_hex(text.encode()), decision.statement_template, author.pk, at, reason


def _activities(decision: Decision) -> dict[int, Activity]:
    members = CampaignMember.objects.filter(campaign=decision.case.campaign_id)
    rows = members.filter(account__decision_items__decision=decision)
    return {row[0]: Activity(*row[1:]) for row in rows.values_list("account_id", "k", "n", "first_at", "last_at")}
