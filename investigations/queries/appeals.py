"""Appeals and statements of reasons as the desk shows them."""

from __future__ import annotations

from django.db.models import QuerySet

from core.errors import NotFound
from investigations.enums import RESTRICTING, AppealState, DecisionAction, DecisionState
from investigations.models import Appeal, Decision, DecisionItem, Statement, StatementTemplate
from investigations.services.appeals import can_judge
from investigations.services.statements import wording
from investigations.voting import is_blind
from staff.enums import Action
from staff.models import User
from staff.permissions import can, check
from staff.restrictions import readable_by


def appeals(reader: User, *, state: str = "") -> QuerySet[Appeal]:
    """Appeals with account and decision; keyed by `-id`."""
    found = Appeal.objects.select_related("item__account", "item__decision__case", "recorded_by", "judged_by")
    found = found.filter(readable_by(reader, "item__decision__case__"))
    return found.filter(state=state) if state in AppealState.values else found


def get_appeal(number: int, *, reader: User) -> Appeal:
    """One appeal. Raises NotAllowed or NotFound."""
    check(reader, Action.VIEW_CASE)
    found = appeals(reader).select_related("item__decision__proposed_by", "reversal").filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no appeal {number}.")
    return found


def appeal_context(appeal: Appeal, *, reader: User) -> dict[str, object]:
    """What the page of an appeal shows. Two queries."""
    return {
        "statement": appeal.item.statements.order_by("-version").first(),
        "took_part": [str(appeal.item.decision.proposed_by), *map(str, _voters(appeal.item.decision))],
        "judges": can_judge(appeal, reader),
    }


def get_item(decision: Decision, number: int) -> DecisionItem:
    """One account of a decision. Raises NotFound."""
    found = decision.items.select_related("account").filter(pk=number).first()
    if found is None:
        raise NotFound(f"{decision.code} has no account {number}.")
    found.decision = decision
    return found


def statements(item: DecisionItem) -> QuerySet[Statement]:
    """All versions of what one account is told, the newest first."""
    return item.statements.select_related("written_by").order_by("-version")


def can_edit_statements(decision: Decision, reader: User) -> bool:
    """Whether a page offers to word them anew: until somebody votes, which it does not tell those who still can."""
    voted = bool(decision.approvals.all()) and not is_blind(decision, reader)
    proposed = decision.state == DecisionState.PROPOSED and not voted
    return proposed and bool(decision.statement_body) and can(reader, Action.PROPOSE)


def templates() -> list[dict[str, object]]:
    """For each restricting action the wording in force and the versions before it."""
    history: dict[str, list[StatementTemplate]] = {}
    for row in StatementTemplate.objects.select_related("made_by").order_by("action", "-version"):
        history.setdefault(row.action, []).append(row)
    found = []
    for action in DecisionAction:
        if action in RESTRICTING:
            version, body = wording(action)
            found.append({"action": action, "version": version, "body": body, "history": history.get(action.value, [])})
    return found


def _voters(decision: Decision) -> list[User]:
    return [vote.by for vote in decision.approvals.select_related("by")]
