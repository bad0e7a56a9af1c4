"""Forms of the Holds page."""

from __future__ import annotations

from django import forms

from core.widgets import Textarea

BASIS = "Art. 17(3)(e) GDPR: needed for the establishment, exercise or defence of legal claims"


class HoldForm(forms.Form):
    """A request for a legal hold. It protects at once; another person confirms it."""

    about = forms.ChoiceField(label="Hold a", choices=(("case", "case with all its accounts"), ("account", "account")))
    name = forms.CharField(label="Code or id", max_length=300, help_text="CASE-2026-0001, or an account id")
    reason = forms.CharField(
        label="Matter", widget=Textarea(attrs={"rows": 2}), max_length=4_000, help_text="Why it has to be kept"
    )
    basis = forms.CharField(label="Legal ground", max_length=400, initial=BASIS)
    review_on = forms.DateField(
        label="Review on", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="May be empty"
    )


class HoldStepForm(forms.Form):
    """The reason for ending a hold, or for not ending it."""

    reason = forms.CharField(widget=Textarea(attrs={"rows": 2}), max_length=4_000)


class ErasureForm(forms.Form):
    """A request that what is kept about an account be erased; a hold makes the answer a refusal."""

    name = forms.CharField(label="Account id", max_length=300)
    reference = forms.CharField(
        label="Request", widget=Textarea(attrs={"rows": 2}), max_length=2_000, help_text="Who asked, when and how"
    )
