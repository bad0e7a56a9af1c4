"""Accounts and organisations in the admin: for looking up. What needs a case is added by `investigations.admin`."""

from __future__ import annotations

from django.contrib import admin

from accounts.models import ApiAccount, Organisation
from staff.admin_base import DeskAdmin


@admin.register(ApiAccount)
class ApiAccountAdmin(DeskAdmin):
    list_display = ("account_id", "organisation", "status_pulled", "status_decided", "country", "plan", "created_at")
    list_filter = ("status_pulled", "status_decided", "verified", "seen_in_records", "country")
    list_select_related = ("organisation",)
    search_fields = ("=account_id", "=email_domain", "=payment_fp", "=organisation__name")
    search_help_text = "An exact account id, e-mail domain, payment fingerprint or organisation"
    ordering = ("-id",)
    fields = (
        "account_id",
        "organisation",
        "verified",
        "created_at",
        "plan",
        "country",
        "email_domain",
        "email_pattern",
        "payment_fp",
        "phone_fp",
        "device_fp",
        "declared_use",
        "status_pulled",
        "status_decided",
        "closed_at",
        "close_reason",
        "tags",
        "recorded_at",
        "seen_in_records",
    )


@admin.register(Organisation)
class OrganisationAdmin(DeskAdmin):
    list_display = ("name", "verified", "declared_use")
    list_filter = ("verified",)
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name", "verified", "declared_use")
