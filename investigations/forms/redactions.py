"""Forms of the redaction review."""

from __future__ import annotations

from typing import Any

from django import forms

from investigations.enums import RedactionReason
from investigations.services.redactions import MAX_CHARS


class _ReasonForm(forms.Form):
    reason = forms.ChoiceField(choices=RedactionReason)
    reason_text = forms.CharField(
        label="In words",
        required=False,
        max_length=400,
        help_text="Needed for the reason “other”. Stands in the log: name no content",
    )


class ValueForm(_ReasonForm):
    """A value to take out wherever it stands."""

    value = forms.CharField(
        label="What goes",
        max_length=MAX_CHARS,
        help_text="A name, address or id, at least four characters. Letter case and white space do not count",
    )
    field_order = ("value", "reason", "reason_text")


class SpanForm(_ReasonForm):
    """Part of a text, as selected on the page: characters of the text as it is shown."""

    start = forms.IntegerField(label="From character", min_value=0)
    end = forms.IntegerField(label="To character", min_value=1)
    field_order = ("start", "end", "reason", "reason_text")


class JudgeForm(forms.Form):
    """Accept or reject one or many redactions."""

    state = forms.ChoiceField(choices=(("accepted", "accepted"), ("rejected", "rejected")))
    number = forms.TypedMultipleChoiceField(coerce=int, choices=(), label="Redactions")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        given = data.getlist("number") if data is not None else []
        kept = [value for value in given if value.isascii() and value.isdigit() and len(value) < 10]
        self.fields["number"].choices = [(value, value) for value in kept]  # type: ignore[attr-defined]
