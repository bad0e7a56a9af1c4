"""What each bulk action of the admin asks before it is done."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from core.widgets import Lines
from investigations.enums import Verdict
from staff.enums import Action, Role
from staff.models import User
from staff.permissions import MATRIX


class _Textarea(Lines, UnfoldAdminTextareaWidget):
    """A field of several lines in the admin."""


def _lines(rows: int = 3) -> _Textarea:
    return _Textarea(attrs={"rows": rows})


def _people(action: Action) -> Any:
    roles = [role for role in Role if action in MATRIX[role]]
    return User.objects.filter(is_active=True, role__in=roles).order_by("username")


class WhyForm(forms.Form):
    """The reason of a step."""

    reason = forms.CharField(widget=_lines(), max_length=4_000, help_text="Kept in the audit trail of each object")


class TagForm(WhyForm):
    """Tags to add."""

    tags = forms.CharField(
        widget=UnfoldAdminTextInputWidget, max_length=400, help_text="Separated by commas; at most 40 characters each"
    )
    field_order = ("tags", "reason")

    def clean_tags(self) -> list[str]:
        found = [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]
        if not found or any(len(tag) > 40 for tag in found):
            raise forms.ValidationError("Give at least one tag, each of 1 to 40 characters.")
        return found


class ReviewerForm(forms.Form):
    """Who reviews them."""

    assignee = forms.ModelChoiceField(queryset=User.objects.none(), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = _people(Action.REVIEW)  # type: ignore[attr-defined]


class OwnerForm(WhyForm):
    """Whose cases they become."""

    owner = forms.ModelChoiceField(queryset=User.objects.none(), widget=UnfoldAdminSelectWidget)
    field_order = ("owner", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = _people(Action.EDIT_CASE)  # type: ignore[attr-defined]


class BulkVerdictForm(WhyForm):
    """What the flags turned out to be."""

    verdict = forms.ChoiceField(choices=Verdict, widget=UnfoldAdminSelectWidget)
    field_order = ("verdict", "reason")


class SelectionCaseForm(WhyForm):
    """A case on what is chosen."""

    title = forms.CharField(widget=UnfoldAdminTextInputWidget, max_length=200)
    field_order = ("title", "reason")
