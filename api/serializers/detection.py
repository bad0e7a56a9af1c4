"""What machines concluded, as the API shows it, and outside scores as they come in."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import StrictSerializer
from detection.models import Campaign, CampaignMember, DetectionRun, OutsideScore, SignalReading, Unit

MOST_SCORES = 10_000


class RunSerializer(serializers.ModelSerializer[DetectionRun]):
    """One detection run: its window, code version, parameters and the digests it read."""

    class Meta:
        model = DetectionRun
        fields = (
            "id",
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
        read_only_fields = fields


class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    """One campaign. `score` ranks; it is no error rate and no verdict."""

    class Meta:
        model = Campaign
        fields = (
            "code",
            "name",
            "level",
            "first_run",
            "last_run",
            "started_at",
            "ended_at",
            "score",
            "gate_p",
            "n_core",
            "n_associate",
            "n_bystander",
            "n_exchanges",
            "n_exchanges_total",
            "n_output_tokens",
            "list_price_usd",
        )
        read_only_fields = fields


class MemberSerializer(serializers.ModelSerializer[CampaignMember]):
    """An account's membership of a campaign: `k` of its `n` exchanges lie in the campaign's units."""

    account_id = serializers.CharField(source="account.account_id", read_only=True)

    class Meta:
        model = CampaignMember
        fields = ("id", "account", "account_id", "tier", "k", "n", "background_share", "membership_p", "tied_by") + (
            "first_at",
            "last_at",
        )
        read_only_fields = fields


class UnitSerializer(serializers.ModelSerializer[Unit]):
    """A unit as one run tested it."""

    class Meta:
        model = Unit
        fields = ("id", "run", "kind", "key", "template", "level", "n_accounts", "n_exchanges", "n_organisations") + (
            "gate_p",
            "gate_reason",
            "score",
            "families",
        )
        read_only_fields = fields


class ReadingSerializer(serializers.ModelSerializer[SignalReading]):
    """One signal's value on one unit, with window, denominator, reference and benign look-alike."""

    class Meta:
        model = SignalReading
        fields = (
            "id",
            "unit",
            "signal",
            "family",
            "title",
            "value",
            "value_unit",
            "sentence",
            "window",
            "denominator",
            "reference",
            "effect",
            "effect_low",
            "effect_high",
            "p",
            "p_reason",
            "log_lr",
            "formation",
            "benign",
            "accounts",
            "evidence",
            "version",
            "parameters",
        )
        read_only_fields = fields


class OutsideScoreSerializer(serializers.ModelSerializer[OutsideScore]):
    """A score that an outside classifier handed in."""

    account_id = serializers.CharField(source="account.account_id", read_only=True)

    class Meta:
        model = OutsideScore
        fields = ("id", "name", "version", "subject_kind", "subject_id", "account_id", "score", "occurred_at") + (
            "recorded_at",
            "received_by",
        )
        read_only_fields = fields


class ScoreInSerializer(StrictSerializer):
    """One score about an account, or about a session of it."""

    account_id = serializers.CharField(max_length=1000, help_text="The provider's account id")
    session_id = serializers.CharField(
        max_length=1000, required=False, help_text="The session's id in the lake; without it the score is the account's"
    )
    score = serializers.FloatField(help_text="A finite number")
    occurred_at = serializers.DateTimeField(required=False, help_text="ISO 8601; without it, the moment of receipt")


class ScoresInSerializer(StrictSerializer):
    """A batch of scores under one name and version. Each item is judged alone: a bad one does not stop the others."""

    name = serializers.CharField(max_length=64)
    version = serializers.CharField(max_length=64)
    scores = serializers.ListField(
        child=serializers.JSONField(),
        min_length=1,
        max_length=MOST_SCORES,
        help_text="Objects with `account_id`, perhaps `session_id`, `score` and perhaps `occurred_at`",
    )


class ScoreErrorSerializer(serializers.Serializer[object]):
    """One item that was not taken, by its place in the request, the first being 0."""

    index = serializers.IntegerField()
    detail = serializers.CharField()


class ScoresOutSerializer(serializers.Serializer[object]):
    """What became of a batch; sending it again with its `occurred_at` changes nothing and counts as known."""

    received = serializers.IntegerField()
    stored = serializers.IntegerField()
    known = serializers.IntegerField()
    errors = ScoreErrorSerializer(many=True)  # type: ignore[assignment]
