"""What a request may say. Each is an allow-list of its own; a field that it does not name is refused."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import StrictSerializer
from investigations.enums import DecisionAction, ExhibitKind, Verdict

MOST_ACCOUNTS = 25_000


class CaseInSerializer(StrictSerializer):
    """A case to open: on a campaign, on flagged sessions, on accounts."""

    title = serializers.CharField(max_length=200)
    summary = serializers.CharField(max_length=20_000, required=False, default="", allow_blank=True)
    campaign = serializers.CharField(max_length=16, required=False, help_text="A campaign's code")
    sessions = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), max_length=MOST_ACCOUNTS, default=list
    )
    accounts = serializers.ListField(
        child=serializers.CharField(), max_length=MOST_ACCOUNTS, default=list, help_text="The provider's account ids"
    )


class NoteInSerializer(StrictSerializer):
    """A note to add."""

    text = serializers.CharField(max_length=20_000)


class ExhibitInSerializer(StrictSerializer):
    """Something to pin: what it is, its code or id, and why."""

    kind = serializers.ChoiceField(choices=ExhibitKind.choices)
    ref = serializers.CharField(max_length=1000)
    reason = serializers.CharField(max_length=4000)
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class DecisionInSerializer(StrictSerializer):
    """A decision to propose. Without `accounts` it is about all accounts of the case."""

    case = serializers.CharField(max_length=16)
    action = serializers.ChoiceField(choices=DecisionAction.choices)
    clause = serializers.CharField(max_length=4000)
    reason = serializers.CharField(max_length=20_000)
    benign_reading = serializers.CharField(max_length=20_000)
    exhibits = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**31 - 1), max_length=500, help_text="Exhibit numbers"
    )
    accounts = serializers.ListField(child=serializers.CharField(), max_length=MOST_ACCOUNTS, required=False)
    overrides = serializers.DictField(
        child=serializers.CharField(), default=dict, help_text="Protected account ids, each with the reason"
    )
    start_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Not before; within 30 days")
    spread_s = serializers.IntegerField(
        required=False, min_value=0, max_value=86_400, help_text="Calls are spread over so many seconds"
    )
    dry_run = serializers.BooleanField(default=False, help_text="Everything but the call")
    statement_exemption = serializers.CharField(
        max_length=2_000, default="", allow_blank=True, help_text="Why no statement of reasons is owed"
    )
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class VoteSerializer(StrictSerializer):
    """An approval; `version` is the decision's that was read."""

    reason = serializers.CharField(max_length=20_000, required=False, default="", allow_blank=True)
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class ReasonSerializer(StrictSerializer):
    """A step that takes a reason."""

    reason = serializers.CharField(max_length=20_000)
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class VerdictSerializer(StrictSerializer):
    """A verdict on a flag; `expected` is the verdict that was read, empty where there was none."""

    verdict = serializers.ChoiceField(choices=Verdict.choices)
    reason = serializers.CharField(max_length=20_000)
    expected = serializers.ChoiceField(choices=[("", "none yet"), *Verdict.choices], required=False, allow_blank=True)


class RevealSerializer(StrictSerializer):
    """Why a text is read, and for which case if for one."""

    reason = serializers.CharField(max_length=4000)
    case = serializers.CharField(max_length=16, required=False, help_text="The code of the case it is read for")
    unmasked = serializers.BooleanField(
        default=False, help_text="Secrets and personal data too; the event says so. Else their kind stands in brackets"
    )


class NothingSerializer(StrictSerializer):
    """A step that takes nothing."""
