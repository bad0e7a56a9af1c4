"""Flagged sessions, samples, cases and decisions as the API shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import MaskedText, RevealedText
from investigations.models import (
    Approval,
    Case,
    CaseAccount,
    Decision,
    DecisionItem,
    Exhibit,
    FlaggedSession,
    Note,
    SamplePrompt,
)
from investigations.queries import grounds_for
from investigations.voting import is_blind

PERSON: dict[str, Any] = {"slug_field": "username", "read_only": True}


class FlaggedSessionSerializer(serializers.ModelSerializer[FlaggedSession]):
    """One flagged session. The machine's `strength` and the person's `verdict` are separate fields."""

    code = serializers.CharField(source="__str__", read_only=True)
    account_id = serializers.CharField(source="account.account_id", read_only=True)
    campaign: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    assignee = serializers.SlugRelatedField(**PERSON)
    verdict_by = serializers.SlugRelatedField(**PERSON)

    class Meta:
        model = FlaggedSession
        fields = (
            "id",
            "code",
            "session_key",
            "account",
            "account_id",
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
        read_only_fields = fields


SAMPLE_FIELDS = (
    "id",
    "session",
    "exchange_id",
    "position",
    "occurred_at",
    "model",
    "system_prompt",
    "prompt",
    "response",
    "prompt_sha256",
    "response_sha256",
    "raw_sha256",
    "content_state",
    "in_unit",
    "method",
    "pulled_at",
)


class SampleSerializer(serializers.ModelSerializer[SamplePrompt]):
    """One sampled exchange, its texts masked."""

    system_prompt = MaskedText()
    prompt = MaskedText()
    response = MaskedText()

    class Meta:
        model = SamplePrompt
        fields = SAMPLE_FIELDS
        read_only_fields = fields


class RevealedSampleSerializer(serializers.ModelSerializer[SamplePrompt]):
    """One sampled exchange with its texts. Only the reveal answers with it; `unmasked` in the context leaves secrets in."""

    system_prompt = RevealedText()
    prompt = RevealedText()
    response = RevealedText()

    class Meta:
        model = SamplePrompt
        fields = SAMPLE_FIELDS
        read_only_fields = fields


class CaseSerializer(serializers.ModelSerializer[Case]):
    """One case."""

    campaign: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    owner = serializers.SlugRelatedField(**PERSON)

    class Meta:
        model = Case
        fields = ("code", "title", "summary", "state", "campaign", "owner", "tags", "opened_at", "closed_at", "version")
        read_only_fields = fields


class CaseAccountSerializer(serializers.ModelSerializer[CaseAccount]):
    """An account that a case is about."""

    account_id = serializers.CharField(source="account.account_id", read_only=True)

    class Meta:
        model = CaseAccount
        fields = ("id", "account", "account_id", "tier", "added_at")
        read_only_fields = fields


class NoteSerializer(serializers.ModelSerializer[Note]):
    """A note on a case."""

    author = serializers.SlugRelatedField(**PERSON)

    class Meta:
        model = Note
        fields = ("id", "author", "text", "written_at")
        read_only_fields = fields


class ExhibitSerializer(serializers.ModelSerializer[Exhibit]):
    """A pinned exhibit. Its frozen content may hold prompts, so the API names its digest only."""

    pinned_by = serializers.SlugRelatedField(**PERSON)
    reason = serializers.SerializerMethodField(allow_null=True)

    class Meta:
        model = Exhibit
        fields = ("number", "kind", "ref", "title", "reason", "content_sha256", "pinned_by", "pinned_at")
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.STR)
    def get_reason(self, exhibit: Exhibit) -> str | None:
        """Why it was pinned; null until the reader's blind second verdict on what the case holds is in."""
        return None if getattr(exhibit, "kept_back", False) else exhibit.reason


class ApprovalSerializer(serializers.ModelSerializer[Approval]):
    """A second person's vote."""

    by = serializers.SlugRelatedField(**PERSON)

    class Meta:
        model = Approval
        fields = ("by", "approved", "reason", "at")
        read_only_fields = fields


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """One decision with its votes; its accounts are a list of their own."""

    case: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    reverses: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    proposed_by = serializers.SlugRelatedField(**PERSON)
    exhibits: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(
        slug_field="number", many=True, read_only=True
    )
    reason = serializers.SerializerMethodField(allow_null=True)
    benign_reading = serializers.SerializerMethodField(allow_null=True)
    approvals = serializers.SerializerMethodField(allow_null=True)

    class Meta:
        model = Decision
        fields = (
            "code",
            "case",
            "action",
            "state",
            "clause",
            "reason",
            "benign_reading",
            "exhibits",
            "reverses",
            "proposed_by",
            "proposed_at",
            "approved_at",
            "enforced_at",
            "approvals",
            "approvals_needed",
            "lead_needed",
            "start_at",
            "scheduled_for",
            "spread_s",
            "dry_run",
            "n_accounts",
            "n_paying",
            "version",
        )
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.STR)
    def get_reason(self, decision: Decision) -> str | None:
        """The proposer's reason; null while the reader may still vote."""
        found = grounds_for(decision, self.context["request"].user)
        return found.reason if found else None

    @extend_schema_field(OpenApiTypes.STR)
    def get_benign_reading(self, decision: Decision) -> str | None:
        """The benign reading that the proposer ruled out; null while the reader may still vote."""
        found = grounds_for(decision, self.context["request"].user)
        return found.benign_reading if found else None

    @extend_schema_field(ApprovalSerializer(many=True))
    def get_approvals(self, decision: Decision) -> Any:
        """The votes; null while the reader may still vote."""
        found = grounds_for(decision, self.context["request"].user)
        return ApprovalSerializer(found.votes, many=True).data if found else None


class DecisionItemSerializer(serializers.ModelSerializer[DecisionItem]):
    """One account of a decision and what became of it."""

    override_reason = serializers.SerializerMethodField(allow_null=True)
    account_id = serializers.CharField(source="account.account_id", read_only=True)

    class Meta:
        model = DecisionItem
        fields = (
            *("id", "account", "account_id", "state", "status_before", "override_reason", "delay_s"),
            *("attempts", "answer", "done_at"),
        )
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.STR)
    def get_override_reason(self, item: DecisionItem) -> str | None:
        """Why a protected account is in it all the same; null while the reader may still vote."""
        return None if is_blind(item.decision, self.context["request"].user) else item.override_reason
