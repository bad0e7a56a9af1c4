"""Forms about ourselves."""

from __future__ import annotations

import zoneinfo

from django import forms

from staff.models import User


class SettingsForm(forms.ModelForm):
    """A person's zone and theme."""

    time_zone = forms.ChoiceField(choices=lambda: [(name, name) for name in sorted(zoneinfo.available_timezones())])

    class Meta:
        model = User
        fields = ("time_zone", "theme")
