"""Forms of the case and decision pages."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import ApiAccount
from detection.enums import Tier
from investigations.enums import DecisionAction, ExhibitKind
from investigations.models import Case, Exhibit


class OpenCaseForm(forms.Form):
    """A new case from nothing but a title; cases from a campaign or a selection are opened on their pages."""

    title = forms.CharField(max_length=200)
    summary = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)


class NoteForm(forms.Form):
    """A note; it is never edited, only followed by another."""

    text = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), max_length=20_000)


class ReasonForm(forms.Form):
    """A reason that goes into the audit trail with the step."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), max_length=4_000)


class ReverseForm(ReasonForm):
    """Why a decision is to be taken back."""


class StaleForm(forms.Form):
    """The version that the reader saw; a decision that changed since is not voted on."""

    version = forms.IntegerField(min_value=1)


class VoteForm(forms.Form):
    """The second person's vote."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), max_length=4_000, required=False, help_text="May be empty"
    )


class PinForm(forms.Form):
    """Something to pin to a case, with the reason."""

    kind = forms.ChoiceField(choices=ExhibitKind)
    ref = forms.CharField(label="Code or id", max_length=300, help_text="C-0001, S-000001, T-0001 or an account id")
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), max_length=4_000)


class ExportForm(forms.Form):
    """What a case file is wanted for; printed on its face."""

    purpose = forms.CharField(max_length=400)
    override_reason = forms.CharField(
        label="Export with empty sections, because",
        max_length=2_000,
        required=False,
        help_text="Only where no rival explanation, counter-evidence or error rate is on file. Printed in the case file",
    )


class ProposeForm(forms.Form):
    """A decision on the accounts of a case."""

    SELECTIONS = (
        ("core", "Core accounts"),
        ("accused", "Core and associate accounts"),
        ("all", "All accounts of the case"),
    )

    action = forms.ChoiceField(choices=DecisionAction)
    selection = forms.ChoiceField(label="Accounts", choices=SELECTIONS, initial="accused")
    clause = forms.CharField(label="Policy clause", max_length=400, help_text="For example: Terms of use, section 3.2")
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=10_000)
    benign_reading = forms.CharField(
        label="Benign reading ruled out",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=10_000,
        help_text="The best innocent explanation, and why it does not hold",
    )
    exhibits: forms.ModelMultipleChoiceField[Exhibit] = forms.ModelMultipleChoiceField(
        queryset=None, widget=forms.CheckboxSelectMultiple
    )
    override_protected = forms.CharField(
        label="Protected accounts to include",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One account id a line, then a colon and the reason. A verified organisation is refused otherwise",
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        tiered = case.case_accounts.filter(tier__in=(Tier.CORE, Tier.ASSOCIATE)).exists()
        self.fields["selection"].initial = "accused" if tiered else "all"
        self.fields["exhibits"].queryset = case.exhibits.all()  # type: ignore[attr-defined]
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
        data = dict(self.cleaned_data)
        selection, overrides = data.pop("selection"), data.pop("override_protected")
        accounts = ApiAccount.objects.filter(case_accounts__case=self.case)
        if selection != "all":
            tiers = [Tier.CORE] if selection == "core" else [Tier.CORE, Tier.ASSOCIATE]
            accounts = accounts.filter(case_accounts__case=self.case, case_accounts__tier__in=tiers)
        return {**data, "accounts": accounts.distinct(), "overrides": overrides}
