"""Forms about ourselves."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms

from staff.enums import Channel, NoticeKind
from staff.models import User

TOLD = [f"{kind}:{channel}" for kind in NoticeKind.values for channel in Channel.values]


class SettingsForm(forms.ModelForm):
    """A person's zone, looks and mail address."""

    time_zone = forms.ChoiceField(choices=lambda: [(name, name) for name in sorted(zoneinfo.available_timezones())])

    class Meta:
        model = User
        fields = ("time_zone", "theme", "density", "blur_text", "grey_text", "email")
        labels = {"blur_text": "Blur revealed text until pointed at or focused", "email": "E-mail"}  # noqa: RUF012
        help_texts = {"email": "Where notices are mailed; empty: nowhere"}  # noqa: RUF012


class SwitchesForm(forms.Form):
    """What a person is told of, by channel: the boxes that are ticked."""

    told = forms.MultipleChoiceField(choices=[(name, name) for name in TOLD], required=False)

    def clean(self) -> dict[str, Any]:
        told = set(self.cleaned_data.get("told", []))
        return {"notices_off": [name for name in TOLD if name not in told]}


def switches(person: User) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """For each kind of notice its words and, for each channel, the box: value, words, ticked."""
    off = set(person.notices_off)
    return [
        (kind.label, [(f"{kind}:{channel}", channel.label, f"{kind}:{channel}" not in off) for channel in Channel])
        for kind in NoticeKind
    ]
