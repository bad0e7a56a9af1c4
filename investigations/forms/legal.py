"""Forms of the page for legal."""

from __future__ import annotations

from django import forms

from investigations.enums import Privilege


class CounselNoteForm(forms.Form):
    """A privileged note; date, author, kind and basis go into the privilege log of each case file."""

    kind = forms.ChoiceField(choices=Privilege)
    basis = forms.CharField(
        max_length=400, help_text="Printed in the privilege log. It names no content: for example, advice on the notice"
    )
    text = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 5}), max_length=50_000)
