"""Accounts as the API shows them."""

from __future__ import annotations

from rest_framework import serializers

from accounts.models import ApiAccount, StatusChange


class AccountSerializer(serializers.ModelSerializer[ApiAccount]):
    """One API account. `status` is what holds here; the pulled and the decided one stand beside it."""

    organisation = serializers.CharField(source="organisation.name", read_only=True, allow_null=True, default=None)
    status = serializers.CharField(read_only=True)
    status_differs = serializers.BooleanField(read_only=True)

    class Meta:
        model = ApiAccount
        fields = (
            "id",
            "account_id",
            "organisation",
            "verified",
            "created_at",
            "plan",
            "country",
            "email_domain",
            "declared_use",
            "status",
            "status_pulled",
            "status_decided",
            "status_differs",
            "closed_at",
            "close_reason",
            "tags",
            "seen_in_records",
            "recorded_at",
        )
        read_only_fields = fields


class StatusChangeSerializer(serializers.ModelSerializer[StatusChange]):
    """One step in an account's history."""

    class Meta:
        model = StatusChange
        fields = ("status", "origin", "source", "reason", "occurred_at", "recorded_at")
        read_only_fields = fields
