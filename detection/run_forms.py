"""What people type about runs: which two to compare."""

from __future__ import annotations

from django import forms


class CompareForm(forms.Form):
    """Two runs by number."""

    before = forms.IntegerField(label="Run", min_value=1)
    after = forms.IntegerField(label="with run", min_value=1)


class RunForm(forms.Form):
    """One run by number, or the latest."""

    run = forms.IntegerField(min_value=1, required=False)
