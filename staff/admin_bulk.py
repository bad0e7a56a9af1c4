"""Bulk actions of the admin: choose, see how many and which, say why, then one call of one service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from core.errors import Conflict, DomainError
from core.widgets import Textarea
from staff.admin_base import COUNTED
from staff.enums import Action
from staff.models import User
from staff.permissions import check

PREVIEW = 20
Apply = Callable[[User, QuerySet[Any], dict[str, Any]], str | HttpResponse]


class BulkForm(forms.Form):
    """What every bulk action asks: a reason that the audit trail keeps."""

    reason = forms.CharField(
        widget=Textarea(attrs={"rows": 3}), max_length=4000, help_text="Kept in the audit trail of each object"
    )


def bulk_action(*, label: str, needs: Action, form: type[forms.Form], apply: Apply) -> Callable[..., Any]:
    """An admin action with a page between choice and deed. `apply` calls the service and says what became of it."""

    def act(section: ModelAdmin[Any], request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        confirmed = "apply" in request.POST
        filled = form(request.POST if confirmed else None)
        try:
            check(request.user, needs)
            count = _count(chosen)
            if confirmed and filled.is_valid():
                _check_unchanged(request, count)
                return _done(request, apply(request.user, chosen, filled.cleaned_data))  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, f"{error.title}: {error.message}")
            if not confirmed:
                return None
            count = chosen.count()
        return _page(section, request, chosen, filled, label, count)

    act.__name__ = "bulk_" + "_".join(label.lower().split())
    act.short_description = label  # type: ignore[attr-defined]
    act.needs = needs  # type: ignore[attr-defined]
    return act


def _count(chosen: QuerySet[Any]) -> int:
    count = len(chosen.order_by().values_list("pk", flat=True)[: COUNTED + 1])
    if count > COUNTED:
        raise Conflict(f"More than {COUNTED:,} are chosen; one bulk action takes up to {COUNTED:,}. Narrow the list.")
    return count


def _check_unchanged(request: HttpRequest, count: int) -> None:
    shown = request.POST.get("count", "")
    if shown != str(count):
        raise Conflict(
            f"The list changed: {shown or 'an unknown number'} were shown, {count} are chosen now. Look again."
        )


def _done(request: HttpRequest, result: str | HttpResponse) -> HttpResponse | None:
    if isinstance(result, HttpResponse):
        return result
    messages.success(request, result)
    return None


def _page(
    section: ModelAdmin[Any], request: HttpRequest, chosen: QuerySet[Any], form: forms.Form, label: str, count: int
) -> HttpResponse:
    context = {
        **section.admin_site.each_context(request),
        "title": label,
        "opts": section.opts,
        "form": form,
        "count": count,
        "preview": chosen[:PREVIEW],
        "rest": max(0, count - PREVIEW),
        "action": request.POST.get("action", ""),
        "across": request.POST.get("select_across", "0"),
        "ticked": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "ticked_name": ACTION_CHECKBOX_NAME,
        "media": section.media,
    }
    return TemplateResponse(request, "admin/bulk_action.html", context)
