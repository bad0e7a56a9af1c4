"""Labels as the API shows them, and past bans and clearances as they come in."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import StrictSerializer
from api.serializers.detection import ScoreErrorSerializer
from detection.models import Label

MOST_LABELS = 10_000


class LabelSerializer(serializers.ModelSerializer[Label]):
    """A person's word on an account; `withdrawn_at` is empty while it stands."""

    account_id = serializers.CharField(source="account.account_id", read_only=True)

    class Meta:
        model = Label
        fields = ("id", "account_id", "kind", "basis", "source", "reason", "decided_at", "given_by", "given_at") + (
            "batch",
            "withdrawn_at",
            "withdrawn_by",
            "withdrawn_reason",
        )
        read_only_fields = fields


class LabelsInSerializer(StrictSerializer):
    """A delivery of past bans and clearances. Each item is judged alone: a bad one does not stop the others."""

    source = serializers.CharField(  # type: ignore[assignment]
        max_length=200, help_text="Whose record it is, where an item does not say"
    )
    labels = serializers.ListField(
        child=serializers.JSONField(),
        min_length=1,
        max_length=MOST_LABELS,
        help_text="Objects with `account_id`, `outcome` (banned or cleared), perhaps `decided_at`, `reason`, `source`",
    )


class LabelsOutSerializer(serializers.Serializer[object]):
    """What became of a delivery; sending it again changes nothing and counts as known."""

    batch = serializers.IntegerField()
    digest = serializers.CharField()
    received = serializers.IntegerField()
    stored = serializers.IntegerField()
    known = serializers.IntegerField()
    errors = ScoreErrorSerializer(many=True)  # type: ignore[assignment]
