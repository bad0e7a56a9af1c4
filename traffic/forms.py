"""What a person types about a source."""

from __future__ import annotations

from django import forms

from traffic.enums import Kind
from traffic.reading import CONNECTORS


class SourceForm(forms.Form):
    """A file or folder on the worker's machine."""

    name = forms.CharField(max_length=120, required=False, help_text="Empty: the name of the file or folder")
    path = forms.CharField(
        max_length=1000, help_text="Absolute path of a file, or of a folder that files are written into"
    )
    kind = forms.ChoiceField(label="Holds", choices=Kind, initial=Kind.EXCHANGES)
    connector = forms.ChoiceField(
        choices=[("", "tell from the file"), *((name, name) for name in CONNECTORS)], required=False
    )
    watch = forms.BooleanField(label="Look for new and grown files by itself", required=False, initial=True)
