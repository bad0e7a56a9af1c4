"""A case file tells every reasoning, vote and verdict, so whoever still owes their own word does not take it out."""

from __future__ import annotations

from core.errors import Conflict
from investigations.enums import DecisionState
from investigations.models import CaseExport, Decision, SecondReview
from investigations.voting import is_blind
from staff.models import User


def check_sighted(export: CaseExport, actor: object) -> None:
    """Refuse a case file that holds what its taker is to judge blind, naming what their vote or verdict is missing on."""
    if not isinstance(actor, User) or export.finished_at is None:
        return
    proposals = Decision.objects.filter(
        case=export.case, state=DecisionState.PROPOSED, proposed_at__lte=export.finished_at
    ).prefetch_related("approvals")
    for decision in proposals:
        if is_blind(decision, actor):
            raise Conflict(f"You can still vote on {decision.code}, whose reasoning is in this file: vote first.")
    reviews = SecondReview.objects.filter(reviewer=actor, done_at=None, first_at__lte=export.finished_at)
    held = reviews.filter(session__account__case_accounts__case=export.case).select_related("session").first()
    if held is not None:
        raise Conflict(
            f"You hold a blind second review of {held.session}, whose first verdict is in this file: "
            "give yours, or give the review back, first."
        )
