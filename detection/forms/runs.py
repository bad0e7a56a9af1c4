"""What people type about runs: which to compare, and thresholds to try."""

from __future__ import annotations

from typing import Any

from django import forms

from detection.tuning.signal_versions import CHOICES, VersionChoice
from detection.tuning.thresholds import DAYS, THRESHOLDS, Threshold


class CompareForm(forms.Form):
    """Two runs by number."""

    before = forms.IntegerField(label="Run", min_value=1)
    after = forms.IntegerField(label="with run", min_value=1)


class RunForm(forms.Form):
    """One run by number, or the latest."""

    run = forms.IntegerField(min_value=1, required=False)


class BackTestForm(forms.Form):
    """Thresholds to try on the past days. The service checks the ranges, so that one sentence names them everywhere."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for threshold in (DAYS, *THRESHOLDS):
            self.fields[threshold.name] = _field(threshold)
        for choice in CHOICES:
            self.fields[choice.name] = _versions(choice)


def _field(threshold: Threshold) -> forms.Field:
    step = "1" if threshold.whole else "any"
    widget = forms.NumberInput(attrs={"min": f"{threshold.low:g}", "max": f"{threshold.high:g}", "step": step})
    words = f"{threshold.allowed.capitalize()}. {threshold.words}"
    kind = forms.IntegerField if threshold.whole else forms.FloatField
    return kind(label=threshold.label, help_text=words, widget=widget)


def _versions(choice: VersionChoice) -> forms.Field:
    options = [(version.version, f"{version.version}: {version.words}") for version in choice.versions]
    return forms.ChoiceField(
        label=choice.label, choices=options, help_text="Another version is tried beside the usual one"
    )


class TuningForm(forms.Form):
    """A reason for a change of thresholds, and the row that stood when the page was made."""

    reason = forms.CharField(max_length=4_000, strip=True)
    expected = forms.IntegerField(min_value=0)
