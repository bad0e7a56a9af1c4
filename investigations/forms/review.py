"""Forms of the session page."""

from __future__ import annotations

from django import forms

from investigations.forms.campaigns import VerdictForm


class SessionVerdictForm(VerdictForm):
    """A verdict that is refused when another was given since the page was read."""

    expected = forms.CharField(widget=forms.HiddenInput, required=False)


class RevealForm(forms.Form):
    """Why masked text is read; the trail keeps it."""

    reason = forms.CharField(max_length=400)


class MaskedForm(RevealForm):
    """The same, with whether secrets and personal data are shown too."""

    unmasked = forms.BooleanField(required=False)


class ExchangeForm(MaskedForm):
    """Which exchange is read."""

    exchange_id = forms.CharField(max_length=400, strip=False)
