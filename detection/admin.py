"""Runs, campaigns and outside scores in the admin: for looking up."""

from __future__ import annotations

from django.contrib import admin

from detection.models import Campaign, DetectionRun, OutsideScore
from staff.admin_base import DeskAdmin


@admin.register(DetectionRun)
class DetectionRunAdmin(DeskAdmin):
    list_display = (
        "__str__",
        "kind",
        "is_look",
        "state",
        "requested_by",
        "requested_at",
        "finished_at",
        "n_exchanges",
        "n_accounts",
    )
    list_filter = ("kind", "is_look", "state")
    search_fields = ("=id", "requested_by")
    ordering = ("-id",)
    fields = (
        "kind",
        "is_look",
        "base",
        "state",
        "requested_by",
        "requested_at",
        "started_at",
        "finished_at",
        "progress",
        "message",
        "rolling_days",
        "window_start",
        "window_end",
        "code_version",
        "parameters",
        "inputs",
        "result_digest",
        "n_exchanges",
        "n_accounts",
        "n_units",
        "n_missed",
    )


@admin.register(Campaign)
class CampaignAdmin(DeskAdmin):
    list_display = ("code", "name", "level", "score", "n_core", "n_associate", "n_exchanges", "started_at", "ended_at")
    list_filter = ("level",)
    search_fields = ("=code", "name")
    ordering = ("-score", "code")
    fields = (
        "code",
        "name",
        "level",
        "score",
        "gate_p",
        "first_run",
        "last_run",
        "started_at",
        "ended_at",
        "n_core",
        "n_associate",
        "n_bystander",
        "n_exchanges",
        "n_exchanges_total",
        "n_output_tokens",
        "list_price_usd",
    )


@admin.register(OutsideScore)
class OutsideScoreAdmin(DeskAdmin):
    list_display = ("name", "version", "subject_kind", "subject_id", "account", "score", "occurred_at", "received_by")
    list_filter = ("subject_kind",)
    list_select_related = ("account",)
    search_fields = ("=name", "=subject_id", "=account__account_id")
    ordering = ("-id",)
    fields = list_display
