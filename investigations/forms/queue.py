"""Forms of the queue: verdict on an account's sessions, skip, snooze, pass on, due dates, saved view."""

from __future__ import annotations

from typing import Any

from django import forms

from core.widgets import Textarea
from investigations.enums import ItemKind
from investigations.forms.campaigns import VerdictForm
from investigations.models import QueueItem
from investigations.queries.snoozes import pattern_choices
from investigations.services.due_dates import MOST_HOURS
from staff.enums import Action
from staff.models import User
from staff.permissions import MATRIX

REVIEWERS = [role for role, allowed in MATRIX.items() if Action.REVIEW in allowed]


class GroupVerdictForm(VerdictForm):
    """A verdict on all open sessions of an account, as many as the person saw."""

    up_to = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    n = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class SkipForm(forms.Form):
    """Why one will not take an item."""

    reason = forms.CharField(
        max_length=400, label="Why you skip it", help_text="It stays in the queue of everybody else"
    )


class PassForm(forms.Form):
    """Who gets an item."""

    assignee = forms.ModelChoiceField(User.objects.none(), to_field_name="username", label="To")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assignee"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.filter(is_active=True, role__in=REVIEWERS).order_by("username")


class ItemDueForm(forms.Form):
    """The day by which one item is to be settled."""

    due_on = forms.DateField(label="Due on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(max_length=400, label="Why", help_text="It stands until the item is settled")


class TargetForm(forms.Form):
    """Within how many hours a kind of item should be settled."""

    kind = forms.ChoiceField(choices=ItemKind, widget=forms.HiddenInput)
    hours = forms.IntegerField(min_value=1, max_value=MOST_HOURS, label="Hours")
    reason = forms.CharField(max_length=400, label="Why")


class SnoozeForm(forms.Form):
    """By what a pattern is recognised, for how long, and why it is known to be benign."""

    LENGTHS = (("24", "1 day"), ("168", "7 days"), ("720", "30 days"), ("2160", "90 days"))

    pattern = forms.ChoiceField(label="Everything of the same", widget=forms.RadioSelect)
    hours = forms.TypedChoiceField(label="For", choices=LENGTHS, coerce=int, initial="168")
    reason = forms.CharField(
        max_length=1000,
        widget=Textarea(attrs={"rows": 3}),
        label="Why it is benign",
        help_text="It stays counted and listed, comes back by itself, and never hides a campaign that is certified or grows",
    )

    def __init__(self, *args: Any, item: QueueItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices, field = pattern_choices(item), self.fields["pattern"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        field.initial = choices[0][0] if choices else None

    def clean(self) -> dict[str, Any]:
        pattern, _, value = str(self.cleaned_data.pop("pattern", "")).partition(":")
        return self.cleaned_data | {"pattern": pattern, "value": value}


class ViewForm(forms.Form):
    """A name for the present filters."""

    name = forms.CharField(max_length=60)
    shared = forms.BooleanField(required=False, label="Share it with everybody")
    default = forms.BooleanField(required=False, label="Open my queue with it")
