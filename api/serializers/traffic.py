"""Sources and pulls as the API shows them. Paths on the worker's machine stay inside."""

from __future__ import annotations

from rest_framework import serializers

from traffic.models import Pull, Source


class SourceSerializer(serializers.ModelSerializer[Source]):
    """A log source."""

    class Meta:
        model = Source
        fields = ("slug", "name", "connector", "kind", "watch", "enabled", "created_at")
        read_only_fields = fields


class PullSerializer(serializers.ModelSerializer[Pull]):
    """One reading of a source. Received = stored + known + further origin + conflict + quarantined."""

    source = serializers.SlugRelatedField[Source](slug_field="slug", read_only=True)  # type: ignore[assignment]

    class Meta:
        model = Pull
        fields = (
            "id",
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
        read_only_fields = fields
