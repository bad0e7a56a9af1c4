"""Forms of the page for legal."""

from __future__ import annotations

from django import forms

from core.widgets import Textarea
from investigations.enums import Channel, Privilege


class CounselNoteForm(forms.Form):
    """A privileged note; date, author, kind and basis go into the privilege log of each case file."""

    kind = forms.ChoiceField(choices=Privilege)
    basis = forms.CharField(
        max_length=400, help_text="Printed in the privilege log. It names no content: for example, advice on the notice"
    )
    text = forms.CharField(label="Note", widget=Textarea(attrs={"rows": 5}), max_length=50_000)


class HandOverForm(forms.Form):
    """A copy that went to somebody; never edited, only followed by another record."""

    recipient = forms.CharField(max_length=300, help_text="The person, and for whom they act")
    purpose = forms.CharField(max_length=400)
    channel = forms.ChoiceField(choices=Channel)
    handed_at = forms.DateTimeField(
        label="When it left the house",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="In your time zone",
    )
    digest_confirmed = forms.BooleanField(label="The recipient compared the digest by another road", required=False)


class ProducedForm(forms.Form):
    """What a produced form is wanted for; printed on its face."""

    purpose = forms.CharField(max_length=400)


class MapForm(forms.Form):
    """Why names are needed back; kept in the audit trail."""

    purpose = forms.CharField(max_length=400)
