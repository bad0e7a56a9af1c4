"""Forms of the case and decision pages."""

from __future__ import annotations

from django import forms

from core.widgets import Textarea
from investigations.enums import ExhibitKind


class OpenCaseForm(forms.Form):
    """A new case from nothing but a title; cases from a campaign or a selection are opened on their pages."""

    title = forms.CharField(max_length=200)
    summary = forms.CharField(widget=Textarea(attrs={"rows": 3}), required=False)


class NoteForm(forms.Form):
    """A note; it is never edited, only followed by another."""

    text = forms.CharField(label="Note", widget=Textarea(attrs={"rows": 3}), max_length=20_000)


class ReasonForm(forms.Form):
    """A reason that goes into the audit trail with the step."""

    reason = forms.CharField(widget=Textarea(attrs={"rows": 2}), max_length=4_000)


class ReverseForm(ReasonForm):
    """Why a decision is to be taken back."""


class StaleForm(forms.Form):
    """The version that the reader saw; a decision that changed since is not voted on."""

    version = forms.IntegerField(min_value=1)


class VoteForm(forms.Form):
    """The second person's vote."""

    reason = forms.CharField(
        widget=Textarea(attrs={"rows": 2}), max_length=4_000, required=False, help_text="May be empty"
    )


class PinForm(forms.Form):
    """Something to pin to a case, with the reason."""

    kind = forms.ChoiceField(choices=ExhibitKind)
    ref = forms.CharField(label="Code or id", max_length=300, help_text="C-0001, S-000001, T-0001 or an account id")
    reason = forms.CharField(widget=Textarea(attrs={"rows": 2}), max_length=4_000)


class ExportForm(forms.Form):
    """What a case file is wanted for; printed on its face."""

    purpose = forms.CharField(max_length=400)
    override_reason = forms.CharField(
        label="Export with empty sections, because",
        max_length=2_000,
        required=False,
        help_text="Only where no rival explanation, counter-evidence or error rate is on file. Printed in the case file",
    )
