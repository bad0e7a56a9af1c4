"""The bulk actions of the admin: each one call of one service on what was chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import ApiAccount
from accounts.tagging import tag_accounts
from audit.services import case_chain
from core.clock import now
from core.errors import DomainError
from investigations.enums import SelectionSource
from investigations.forms import bulk as forms
from investigations.models import Case, FlaggedSession
from investigations.services.claims import assign_sessions
from investigations.services.exporting import Columns, Subject, export_rows
from investigations.services.review import set_verdict_many, tag_sessions
from investigations.services.selecting import Choice, make_selection
from investigations.services.selection import open_accounts_case, open_sessions_case
from investigations.services.stewardship import assign_cases, tag_cases
from staff.admin_bulk import bulk_action
from staff.enums import Action
from staff.models import User

Given = dict[str, Any]

ACCOUNT_COLUMNS: Columns = {
    "account_id": lambda a: a.account_id,
    "organisation": lambda a: a.organisation.name if a.organisation else None,
    "verified": lambda a: a.verified,
    "created_at": lambda a: a.created_at.isoformat() if a.created_at else None,
    "plan": lambda a: a.plan,
    "country": lambda a: a.country,
    "email_domain": lambda a: a.email_domain,
    "payment_fp": lambda a: a.payment_fp,
    "declared_use": lambda a: a.declared_use,
    "status_pulled": lambda a: a.status_pulled,
    "status_decided": lambda a: a.status_decided,
    "tags": lambda a: a.tags,
}
SESSION_COLUMNS: Columns = {
    "session": str,
    "account_id": lambda s: s.account.account_id,
    "campaign": lambda s: s.campaign.code if s.campaign else None,
    "started_at": lambda s: s.started_at.isoformat(),
    "ended_at": lambda s: s.ended_at.isoformat(),
    "n_exchanges": lambda s: s.n_exchanges,
    "n_unit_exchanges": lambda s: s.n_unit_exchanges,
    "strength": lambda s: s.strength,
    "reason": lambda s: s.reason,
    "assignee": lambda s: s.assignee.username if s.assignee else None,
    "verdict": lambda s: s.verdict,
    "verdict_reason": lambda s: s.verdict_reason,
    "tags": lambda s: s.tags,
}
CASE_COLUMNS: Columns = {
    "case": lambda c: c.code,
    "title": lambda c: c.title,
    "state": lambda c: c.state,
    "campaign": lambda c: c.campaign.code if c.campaign else None,
    "owner": lambda c: c.owner.username,
    "opened_at": lambda c: c.opened_at.isoformat(),
    "closed_at": lambda c: c.closed_at.isoformat() if c.closed_at else None,
    "tags": lambda c: c.tags,
}


def _assign_sessions(actor: User, chosen: QuerySet[FlaggedSession], given: Given) -> str:
    count = assign_sessions(sessions=list(chosen), assignee=given["assignee"], actor=actor)
    return f"{count:,} flagged sessions are assigned to {given['assignee']}."


def _tag_sessions(actor: User, chosen: QuerySet[FlaggedSession], given: Given) -> str:
    return f"{tag_sessions(sessions=list(chosen), tags=given['tags'], actor=actor):,} flagged sessions are tagged."


def _judge_sessions(actor: User, chosen: QuerySet[FlaggedSession], given: Given) -> str:
    sessions = list(chosen)
    count = set_verdict_many(sessions=sessions, verdict=given["verdict"], reason=given["reason"], actor=actor)
    return f"{count:,} flagged sessions have the verdict {given['verdict'].replace('_', ' ')}."


def _open_on_sessions(actor: User, chosen: QuerySet[FlaggedSession], given: Given) -> str:
    sessions = list(chosen.select_related("account"))
    case = open_sessions_case(sessions=sessions, title=given["title"], reason=given["reason"], actor=actor)
    return f"{case.code} is open on {len(sessions):,} flagged sessions: {reverse('investigations:case', args=[case])}"


def _open_on_accounts(actor: User, chosen: QuerySet[ApiAccount], given: Given) -> str:
    accounts = list(chosen)
    case = open_accounts_case(accounts=accounts, title=given["title"], reason=given["reason"], actor=actor)
    return f"{case.code} is open on {len(accounts):,} accounts: {reverse('investigations:case', args=[case])}"


def decide_on(section: ModelAdmin[Any], request: HttpRequest, chosen: QuerySet[ApiAccount]) -> HttpResponse | None:
    """Keep what was chosen and go on to the desk's preview, where it is narrowed and proposed."""
    words = f"{'all listed' if request.POST.get('select_across') == '1' else 'ticked'} accounts of the admin"
    choice = Choice(SelectionSource.ADMIN, ApiAccount.objects.filter(pk__in=chosen.order_by().values("pk")), words)
    try:
        selection = make_selection(choice=choice, actor=request.user)  # type: ignore[arg-type]
    except DomainError as error:
        messages.error(request, f"{error.title}: {error.message}")
        return None
    return redirect("investigations:selection", selection.key)


decide_on.short_description = "Propose a decision"  # type: ignore[attr-defined]
decide_on.needs = Action.PROPOSE  # type: ignore[attr-defined]


def _tag_accounts(actor: User, chosen: QuerySet[ApiAccount], given: Given) -> str:
    count = tag_accounts(accounts=list(chosen), tags=given["tags"], reason=given["reason"], actor=actor)
    return f"{count:,} accounts are tagged."


def _assign_cases(actor: User, chosen: QuerySet[Case], given: Given) -> str:
    count = assign_cases(cases=list(chosen), owner=given["owner"], reason=given["reason"], actor=actor)
    return f"{count:,} cases belong to {given['owner']} now."


def _tag_cases(actor: User, chosen: QuerySet[Case], given: Given) -> str:
    count = tag_cases(cases=list(chosen), tags=given["tags"], reason=given["reason"], actor=actor)
    return f"{count:,} cases are tagged."


def _export(noun: str, columns: Columns, subject: Subject, *related: str) -> Callable[..., HttpResponse]:
    def export(actor: User, chosen: QuerySet[Any], given: Given) -> HttpResponse:
        rows = list(chosen.select_related(*related))
        sheet = export_rows(rows=rows, noun=noun, columns=columns, subject=subject, reason=given["reason"], actor=actor)
        answer = HttpResponse(sheet, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{noun}s-{now():%Y%m%dT%H%M%SZ}.csv"'
        answer["Cache-Control"] = "no-store"
        return answer

    return export


_export_sessions = _export(
    "session", SESSION_COLUMNS, lambda s: (f"session:{s}", ""), "account", "campaign", "assignee"
)
_export_accounts = _export("account", ACCOUNT_COLUMNS, lambda a: (f"account:{a.account_id}", ""), "organisation")
_export_cases = _export("case", CASE_COLUMNS, lambda c: (f"case:{c.code}", case_chain(c.code)), "campaign", "owner")

SESSION_ACTIONS = (
    bulk_action(label="Assign", needs=Action.REVIEW, form=forms.ReviewerForm, apply=_assign_sessions),
    bulk_action(label="Tag", needs=Action.REVIEW, form=forms.TagForm, apply=_tag_sessions),
    bulk_action(label="Give a verdict", needs=Action.REVIEW, form=forms.BulkVerdictForm, apply=_judge_sessions),
    bulk_action(label="Open a case", needs=Action.EDIT_CASE, form=forms.SelectionCaseForm, apply=_open_on_sessions),
    bulk_action(label="Export", needs=Action.EXPORT_CASE, form=forms.WhyForm, apply=_export_sessions),
)
ACCOUNT_ACTIONS = (
    bulk_action(label="Tag", needs=Action.REVIEW, form=forms.TagForm, apply=_tag_accounts),
    bulk_action(label="Open a case", needs=Action.EDIT_CASE, form=forms.SelectionCaseForm, apply=_open_on_accounts),
    decide_on,
    bulk_action(label="Export", needs=Action.EXPORT_CASE, form=forms.WhyForm, apply=_export_accounts),
)
CASE_ACTIONS = (
    bulk_action(label="Assign", needs=Action.EDIT_CASE, form=forms.OwnerForm, apply=_assign_cases),
    bulk_action(label="Tag", needs=Action.EDIT_CASE, form=forms.TagForm, apply=_tag_cases),
    bulk_action(label="Export", needs=Action.EXPORT_CASE, form=forms.WhyForm, apply=_export_cases),
)
