"""Forms of searching the texts in the lake."""

from __future__ import annotations

from typing import Any

from django import forms

from investigations.forms.cases import ReasonForm
from investigations.services.text_search import FIELDS, LONGEST, SHORTEST

NAMES = {"prompt": "Prompts", "response": "Responses", "system_prompt": "System prompts"}


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class TextSearchForm(forms.Form):
    """What is looked for, where, in which window, and why."""

    text = forms.CharField(
        label="Text", min_length=SHORTEST, max_length=LONGEST, help_text="Found without regard to case, as it stands"
    )
    whole_word = forms.BooleanField(label="Whole words alone", required=False)
    fields_in = forms.MultipleChoiceField(
        label="In",
        choices=[(name, NAMES[name]) for name in FIELDS],
        initial=["prompt"],
        widget=forms.CheckboxSelectMultiple,
    )
    start = forms.DateTimeField(
        label="From", required=False, widget=_moment(), help_text="Empty: from the first exchange on"
    )
    end = forms.DateTimeField(label="Up to", required=False, widget=_moment(), help_text="Empty: up to the newest")
    reason = forms.CharField(
        label="Reason", max_length=4_000, help_text="A search tells who wrote what: it is kept in the audit trail"
    )

    def asked(self) -> dict[str, Any]:
        """What `start_search` takes, beside the actor."""
        data = dict(self.cleaned_data)
        return data | {"fields": data.pop("fields_in")}


class SearchCaseForm(ReasonForm):
    """A case on the ticked accounts; an open case's code puts them in there instead."""

    title = forms.CharField(label="Title of a new case", max_length=200, required=False)
    case = forms.CharField(
        label="Or an open case", max_length=16, required=False, help_text="Its code: the accounts are added to it"
    )
    field_order = ("title", "case", "reason")
