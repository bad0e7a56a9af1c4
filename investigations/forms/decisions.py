"""Forms of proposals and decisions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from accounts.models import ApiAccount
from core.text import one_line
from core.widgets import Textarea
from detection.enums import ACCUSED, Tier
from investigations.enums import RESTRICTING, DecisionAction
from investigations.models import Case, Exhibit
from investigations.queries.blind import with_reasons_kept_back
from staff.models import User

SCHEDULE = ("start_at", "spread_minutes", "dry_run", "statement_exemption")


class ScheduleForm(forms.Form):
    """When and how an approved decision is carried out."""

    start_at = forms.DateTimeField(
        label="Not before",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="In your time zone. Empty: as soon as the cancel window has ended",
    )
    spread_minutes = forms.IntegerField(
        label="Spread the calls over, in minutes",
        required=False,
        min_value=0,
        max_value=1440,
        help_text="Each account gets a moment of its own, drawn by chance, so that the time of a ban says nothing of the rule",
    )
    dry_run = forms.BooleanField(
        label="Dry run", required=False, help_text="Everything but the call: no account is touched, results are marked"
    )

    statement_exemption = forms.CharField(
        label="Why no statement of reasons is owed",
        required=False,
        max_length=2_000,
        help_text="Empty: each restricted account gets one, generated now and editable until somebody votes",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["spread_minutes"].initial = -(-settings.ENFORCEMENT_SPREAD_S // 60)

    def scheduled(self) -> dict[str, Any]:
        """The fields of the form as `propose_decision` takes them."""
        data = dict(self.cleaned_data)
        minutes = data.pop("spread_minutes")
        data["spread_s"] = None if minutes is None else 60 * minutes
        return data


class ExhibitsField(forms.ModelMultipleChoiceField):
    """Exhibits to tick, each with what it shows and why it was pinned."""

    def label_from_instance(self, obj: Exhibit) -> str:
        kept_back = getattr(obj, "kept_back", False)
        why = (
            "why it was pinned is kept back until your second verdict is in" if kept_back else one_line(obj.reason, 120)
        )
        return f"{obj.number}. {obj.get_kind_display()} {one_line(obj.ref, 40)}: {why}"


class ProposeForm(ScheduleForm):
    """A decision on the accounts of a case."""

    SELECTIONS = (
        ("core", "Core accounts"),
        ("accused", "Core and associate accounts"),
        ("all", "All accounts of the case"),
    )

    action = forms.ChoiceField(choices=DecisionAction)
    selection = forms.ChoiceField(label="Accounts", choices=SELECTIONS, initial="accused")
    clause = forms.CharField(label="Policy clause", max_length=400, help_text="For example: Terms of use, section 3.2")
    reason = forms.CharField(widget=Textarea(attrs={"rows": 3}), max_length=10_000)
    benign_reading = forms.CharField(
        label="Benign reading ruled out",
        widget=Textarea(attrs={"rows": 3}),
        max_length=10_000,
        help_text="The best innocent explanation, and why it does not hold",
    )
    exhibits = ExhibitsField(queryset=None, widget=forms.CheckboxSelectMultiple)
    override_protected = forms.CharField(
        label="Protected accounts to include",
        required=False,
        widget=Textarea(attrs={"rows": 2}),
        help_text="One account id a line, then a colon and the reason. A verified organisation is refused otherwise",
    )

    field_order = (
        *("action", "selection", "clause", "reason", "benign_reading", "exhibits"),
        *("override_protected", *SCHEDULE),
    )

    def __init__(self, *args: Any, case: Case, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        tiered = case.case_accounts.filter(tier__in=ACCUSED).exists()
        self.fields["selection"].initial = "accused" if tiered else "all"
        self.fields["exhibits"].queryset = with_reasons_kept_back(case.exhibits.all(), reader)  # type: ignore[attr-defined]
        self.fields["exhibits"].initial = case.exhibits.values_list("pk", flat=True)

    def clean_override_protected(self) -> dict[str, str]:
        """Account id to reason, one a line."""
        overrides = {}
        for line in self.cleaned_data["override_protected"].splitlines():
            account_id, colon, reason = line.partition(":")
            if not line.strip():
                continue
            if not colon or not reason.strip():
                raise forms.ValidationError(f"{line!r} names no reason; write the account id, a colon and the reason.")
            overrides[account_id.strip()] = reason.strip()
        return overrides

    def proposal(self) -> dict[str, Any]:
        """What `propose_decision` takes, beside the case and the actor."""
        data = self.scheduled()
        selection, overrides = data.pop("selection"), data.pop("override_protected")
        accounts = ApiAccount.objects.filter(case_accounts__case=self.case)
        if selection != "all":
            tiers = [Tier.CORE] if selection == "core" else ACCUSED
            accounts = accounts.filter(case_accounts__case=self.case, case_accounts__tier__in=tiers)
        return {**data, "accounts": accounts.distinct(), "overrides": overrides}


class WordingForm(forms.Form):
    """The wording of all statements of a decision, with its fields in braces."""

    body = forms.CharField(label="Wording", widget=Textarea(attrs={"rows": 16}), max_length=20_000)
    reason = forms.CharField(label="Why it is changed", max_length=2_000)


class StatementForm(forms.Form):
    """The whole text of one account's statement."""

    text = forms.CharField(label="Statement", widget=Textarea(attrs={"rows": 16}), max_length=20_000)
    reason = forms.CharField(label="Why it is changed", max_length=2_000)


class TemplateForm(WordingForm):
    """A new version of the wording for an action."""

    action = forms.ChoiceField(
        choices=[(action.value, action.label) for action in DecisionAction if action in RESTRICTING]
    )
    field_order = ("action", "body", "reason")


class AppealForm(forms.Form):
    """What the customer says."""

    words = forms.CharField(label="The customer's words", widget=Textarea(attrs={"rows": 6}), max_length=20_000)
    received_at = forms.DateTimeField(
        label="Received", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )


class JudgementForm(forms.Form):
    """Whether the decision stands for this account."""

    overturn = forms.TypedChoiceField(
        label="Judgement",
        choices=[("", "—"), ("no", "uphold the decision"), ("yes", "overturn it: the account gets back what it had")],
        coerce=lambda value: value == "yes",
    )
    reason = forms.CharField(widget=Textarea(attrs={"rows": 3}), max_length=4_000)
