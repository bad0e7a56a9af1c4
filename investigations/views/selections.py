"""Bulk decisions: what was chosen on any page is looked at as a whole before anything is proposed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.http import cleaned
from investigations import queries
from investigations.forms.selections import (
    AgainForm,
    ExcludeForm,
    GroupForm,
    OverrideForm,
    SelectionProposalForm,
    choice_from,
)
from investigations.models import Selection
from investigations.services import selecting
from staff.requests import StaffRequest


@require_POST
def make(request: StaffRequest) -> HttpResponse:
    """Keep what a page's form chose and go on to its preview: the one entry for every list of the desk."""
    selection = selecting.make_selection(choice=choice_from(request.POST, reader=request.user), actor=request.user)
    return redirect("investigations:selection", selection.key)


def preview(request: StaffRequest, key: UUID) -> HttpResponse:
    """Counts, a drawn sample, who is left out; and the proposal."""
    selection = queries.get_selection(key, reader=request.user)
    context = queries.selection_context(selection)
    form = SelectionProposalForm(request.POST or None, n_accounts=context["n_in"], reader=request.user)
    if request.method == "POST" and form.is_valid():
        decision = selecting.propose_selection(selection=selection, actor=request.user, **form.proposal())
        messages.success(request, f"{decision.code} is proposed on {decision.n_accounts:,} accounts.")
        return redirect("investigations:decision", decision.code)
    context |= {"selection": selection, "form": form, "mine": selection.made_by_id == request.user.pk}
    forms = {"exclude_form": ExcludeForm(auto_id="exclude_%s"), "override_form": OverrideForm(auto_id="override_%s")}
    return render(request, "investigations/selection.html", context | forms)


@require_POST
def exclude(request: StaffRequest, key: UUID) -> HttpResponse:
    """Leave accounts out by id."""
    selection, data = queries.get_selection(key, reader=request.user), cleaned(ExcludeForm(request.POST))
    given = {"account_ids": data["accounts"], "reason": data["reason"]}
    count = selecting.exclude_accounts(selection=selection, actor=request.user, **given)
    return _back(request, selection, f"{count:,} left out.")


@require_POST
def exclude_group(request: StaffRequest, key: UUID) -> HttpResponse:
    """Leave one group out."""
    selection, data = queries.get_selection(key, reader=request.user), cleaned(GroupForm(request.POST))
    count = selecting.exclude_group(selection=selection, actor=request.user, **data)
    return _back(request, selection, f"{count:,} left out.")


@require_POST
def include(request: StaffRequest, key: UUID) -> HttpResponse:
    """Take an exclusion back."""
    selection, data = queries.get_selection(key, reader=request.user), cleaned(AgainForm(request.POST))
    count = selecting.include_again(selection=selection, actor=request.user, **data)
    return _back(request, selection, f"{count:,} are in again.")


@require_POST
def override(request: StaffRequest, key: UUID) -> HttpResponse:
    """Include a protected account by name."""
    selection, data = queries.get_selection(key, reader=request.user), cleaned(OverrideForm(request.POST))
    selecting.override_protection(selection=selection, actor=request.user, **data)
    return _back(request, selection, f"{data['account_id']} is in, by name and with the reason.")


def _back(request: StaffRequest, selection: Selection, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("investigations:selection", selection.key)
