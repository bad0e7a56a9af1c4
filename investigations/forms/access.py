"""Forms of the people who alone may know of a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from investigations.forms.cases import ReasonForm
from staff.enums import Action, Role
from staff.models import User
from staff.permissions import MATRIX


def people_who_may(action: Action) -> QuerySet[User]:
    """Active people whose role permits it, by name."""
    roles = [role for role in Role if action in MATRIX[role]]
    return User.objects.filter(is_active=True, role__in=roles).order_by("username")


class PersonForm(ReasonForm):
    """One person and the reason."""

    person = forms.ModelChoiceField(queryset=User.objects.none(), to_field_name="username")
    field_order = ("person", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people_who_may(Action.VIEW_CASE)  # type: ignore[attr-defined]


class RestrictForm(ReasonForm):
    """Who may know of the case beside its owner and whoever restricts it."""

    people = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(), to_field_name="username", required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("people", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people_who_may(Action.VIEW_CASE)  # type: ignore[attr-defined]
