"""Flagged sessions, cases and decisions in the admin, and the bulk actions that need a case."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.admin import ApiAccountAdmin
from accounts.models import ApiAccount
from investigations.admin_actions import ACCOUNT_ACTIONS, CASE_ACTIONS, SESSION_ACTIONS
from investigations.models import Case, CaseExport, Decision, FlaggedSession
from investigations.queries.quality import without_blind
from investigations.services.verdicts_read import note_verdicts_read
from investigations.voting import is_blind
from staff.admin_base import DeskAdmin
from staff.restrictions import readable_by

admin.site.unregister(ApiAccount)


@admin.register(ApiAccount)
class InvestigatedAccountAdmin(ApiAccountAdmin):
    """Accounts with the actions that need a case."""

    actions = ACCOUNT_ACTIONS


@admin.register(FlaggedSession)
class FlaggedSessionAdmin(DeskAdmin):
    actions = SESSION_ACTIONS
    list_display = (
        "__str__",
        "account",
        "campaign",
        "rounded_strength",
        "n_exchanges",
        "verdict",
        "assignee",
        "started_at",
    )
    list_filter = ("verdict",)
    list_select_related = ("account", "campaign", "assignee")
    search_fields = ("=id", "=account__account_id", "=campaign__code", "=session_key", "=assignee__username")
    search_help_text = "An exact number, account id, campaign code or assignee"
    ordering = ("-strength", "-id")
    fields = (
        "account",
        "session_key",
        "campaign",
        "run",
        "started_at",
        "ended_at",
        "n_exchanges",
        "n_unit_exchanges",
        "strength",
        "reason",
        "flagged_at",
        "assignee",
        "verdict",
        "verdict_reason",
        "verdict_by",
        "verdict_at",
        "tags",
    )

    @admin.display(description="Strength", ordering="strength")
    def rounded_strength(self, session: FlaggedSession) -> str:
        """As the desk shows it."""
        return f"{session.strength:.1f}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[FlaggedSession]:
        """Without what the reader is to judge blind: the desk shows it, without its verdict."""
        return without_blind(super().get_queryset(request), request.user)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        listed = (getattr(answer, "context_data", None) or {}).get("cl")
        if listed is not None:
            note_verdicts_read(sessions=listed.result_list, reader=request.user)  # type: ignore[arg-type]
        return answer

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> FlaggedSession | None:
        session = super().get_object(request, object_id, from_field)
        if session is not None:
            note_verdicts_read(sessions=[session], reader=request.user)  # type: ignore[arg-type]
        return session


class RestrictedAdmin(DeskAdmin):
    """A section without what belongs to a restricted case that does not name the reader."""

    restricted_by = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(readable_by(request.user, self.restricted_by))


@admin.register(Case)
class CaseAdmin(RestrictedAdmin):
    actions = CASE_ACTIONS
    list_display = ("code", "title", "state", "campaign", "owner", "opened_at", "closed_at")
    list_filter = ("state",)
    list_select_related = ("campaign", "owner")
    search_fields = ("=code", "title", "=campaign__code", "=owner__username")
    ordering = ("-id",)
    fields = ("code", "title", "summary", "state", "campaign", "owner", "tags", "opened_at", "closed_at", "version")


@admin.register(Decision)
class DecisionAdmin(RestrictedAdmin):
    restricted_by = "case__"
    list_display = ("code", "case", "action", "state", "n_accounts", "proposed_by", "proposed_at", "enforced_at")
    list_filter = ("state", "action")
    list_select_related = ("case", "proposed_by")
    search_fields = ("=code", "=case__code", "=proposed_by__username")
    ordering = ("-id",)
    fields = (
        "code",
        "case",
        "action",
        "state",
        "clause",
        "reason",
        "benign_reading",
        "reverses",
        "proposed_by",
        "proposed_at",
        "approved_at",
        "enforced_at",
        "n_accounts",
        "version",
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Without the reasoning, for whoever may still vote."""
        shown = super().get_fields(request, obj)
        if obj is None or not is_blind(obj, request.user):  # type: ignore[arg-type]
            return shown
        kept = ("shown_reason", "shown_benign_reading")
        return [field for field in shown if getattr(field, "__name__", field) not in kept]


@admin.register(CaseExport)
class CaseExportAdmin(RestrictedAdmin):
    restricted_by = "case__"
    list_display = ("__str__", "state", "requested_by", "requested_at", "finished_at", "n_bytes")
    list_filter = ("state",)
    list_select_related = ("case", "requested_by")
    search_fields = ("=case__code", "=sha256")
    ordering = ("-id",)
    fields = ("case", "number", "state", "purpose", "requested_by", "requested_at", "finished_at", "message", "sha256")
