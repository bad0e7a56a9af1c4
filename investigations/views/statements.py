"""Statements of reasons, and the wordings that administrators keep."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from investigations import queries
from investigations.forms.decisions import StatementForm, TemplateForm, WordingForm
from investigations.queries import appeals as found
from investigations.services import statements as services
from investigations.voting import is_blind
from investigations.words.statement_text import OPTIONAL, REQUIRED
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def statement_page(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """What one account is told: every version."""
    decision = queries.get_decision(code, reader=request.user)
    item = found.get_item(decision, number)
    versions = list(found.statements(item))
    form = StatementForm(initial={"text": versions[0].text if versions else ""})
    context = {"decision": decision, "item": item, "versions": versions, "form": form}
    context["kept_back"] = is_blind(decision, request.user)
    context["editable"] = bool(versions) and found.can_edit_statements(decision, request.user)
    return render(request, "investigations/statement.html", context)


@require_POST
def edit_statement(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """A new version for one account."""
    decision = queries.get_decision(code, reader=request.user)
    item = found.get_item(decision, number)
    services.edit_statement(item=item, actor=request.user, **cleaned(StatementForm(request.POST)))
    return redirect("investigations:statement", code, number)


def wording(request: StaffRequest, code: str) -> HttpResponse:
    """Word all statements of a proposal anew."""
    decision = queries.get_decision(code, reader=request.user)
    form = WordingForm(request.POST or None, initial={"body": decision.statement_body})
    if request.method == "POST" and form.is_valid():
        count = services.edit_wording(decision=decision, actor=request.user, **form.cleaned_data)
        messages.success(request, f"{count:,} statements have a new version.")
        return redirect("investigations:decision", code)
    context = {"decision": decision, "form": form, "fields": (*REQUIRED, *OPTIONAL)}
    return render(request, "investigations/wording.html", context)


def templates(request: StaffRequest) -> HttpResponse:
    """The wording for each restricting action; an administrator saves a new version."""
    check(request.user, Action.VIEW_CASE)
    form = TemplateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = services.save_template(actor=request.user, **form.cleaned_data)
        messages.success(request, f"Saved: {made}. Proposals from now on use it.")
        return redirect("investigations:statement_templates")
    context = {"templates": found.templates(), "form": form, "fields": (*REQUIRED, *OPTIONAL)}
    return render(request, "investigations/statement_templates.html", context)
