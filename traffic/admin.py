"""Sources, pulls and quarantine in the admin."""

from __future__ import annotations

from django.contrib import admin

from staff.admin_base import DeskAdmin
from traffic.models import Pull, QuarantinedRecord, Source


@admin.register(Source)
class SourceAdmin(DeskAdmin):
    list_display = ("slug", "name", "connector", "kind", "watch", "enabled", "created_at")
    list_filter = ("kind", "enabled")
    search_fields = ("=slug", "name")
    ordering = ("slug",)
    fields = ("slug", "name", "connector", "kind", "path", "watch", "settings", "enabled", "created_at")


@admin.register(Pull)
class PullAdmin(DeskAdmin):
    list_display = ("__str__", "state", "requested_by", "requested_at", "finished_at", "n_received", "n_quarantined")
    list_filter = ("state", "source")
    list_select_related = ("source",)
    search_fields = ("=id", "=source__slug")
    ordering = ("-id",)
    fields = (
        "source",
        "state",
        "requested_by",
        "requested_at",
        "started_at",
        "finished_at",
        "message",
        "connector_version",
        "bytes_total",
        "bytes_done",
        "n_received",
        "n_stored",
        "n_known",
        "n_further_origin",
        "n_conflict",
        "n_quarantined",
    )


@admin.register(QuarantinedRecord)
class QuarantinedRecordAdmin(DeskAdmin):
    """The bytes themselves may hold a prompt and are not shown: size and digest are."""

    list_display = ("path", "line", "reason", "raw_size", "pull", "created_at")
    list_select_related = ("pull__source",)
    search_fields = ("=pull__source__slug", "=raw_sha256")
    ordering = ("-id",)
    fields = ("pull", "path", "line", "reason", "raw_size", "raw_sha256", "created_at")
