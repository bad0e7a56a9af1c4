"""Forms of what people do around a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Model

from core.text import one_line
from core.widgets import Textarea
from investigations.enums import CaseState, ExhibitKind
from investigations.forms.access import PersonForm, RestrictForm, people_who_may
from investigations.forms.cases import ReasonForm
from investigations.models import Case, Exhibit, Note
from investigations.queries.blind import readable_notes
from staff.enums import Action
from staff.models import User

MOST_CASES = 200


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TaskForm(forms.Form):
    """Something to be done, by whom and by when."""

    text = forms.CharField(label="What is to be done", max_length=1_000, widget=Textarea(attrs={"rows": 2}))
    assignee = forms.ModelChoiceField(
        queryset=User.objects.none(), to_field_name="username", required=False, empty_label="nobody yet"
    )
    due_on = forms.DateField(label="Due on", required=False, widget=_day())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = people_who_may(Action.VIEW_CASE)  # type: ignore[attr-defined]


class DueForm(ReasonForm):
    """The day by which a case is to be decided."""

    due_on = forms.DateField(label="Due on", required=False, widget=_day(), help_text="Empty: no day is set")
    field_order = ("due_on", "reason")


class MergeForm(ReasonForm):
    """The case that goes on."""

    into = forms.CharField(label="Case that goes on", max_length=16, help_text="Its code, such as CASE-2026-0001")
    field_order = ("into", "reason")


class SplitForm(ReasonForm):
    """A case out of this one: the ticked accounts, and what is chosen here."""

    title = forms.CharField(max_length=200)
    exhibits: forms.ModelMultipleChoiceField[Exhibit] = forms.ModelMultipleChoiceField(
        queryset=None, required=False, to_field_name="number", widget=forms.CheckboxSelectMultiple
    )
    notes: forms.ModelMultipleChoiceField[Note] = forms.ModelMultipleChoiceField(
        queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("title", "reason", "exhibits", "notes")

    def __init__(self, *args: Any, case: Case, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["exhibits"].queryset = case.exhibits.defer("content")  # type: ignore[attr-defined]
        self.fields["notes"].queryset = readable_notes(case, reader)  # type: ignore[attr-defined]
        self.fields["exhibits"].label_from_instance = lambda one: f"{one.number}. {one_line(one.title)}"  # type: ignore[attr-defined]
        self.fields["notes"].label_from_instance = lambda one: one_line(one.text, 80)  # type: ignore[attr-defined]


class PinAnywhereForm(forms.Form):
    """Something on any page, pinned to an open case with the reason; the only open case of the reader's own is chosen."""

    kind = forms.ChoiceField(choices=ExhibitKind, widget=forms.HiddenInput)
    ref = forms.CharField(max_length=1_000, widget=forms.HiddenInput)
    back = forms.CharField(max_length=2_000, required=False, widget=forms.HiddenInput)
    case = forms.ModelChoiceField(queryset=Case.objects.none(), to_field_name="code")
    reason = forms.CharField(
        label="Why it is evidence", widget=Textarea(attrs={"rows": 2}), max_length=4_000, min_length=1
    )

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = Case.objects.visible_to(reader).filter(state=CaseState.OPEN)
        self.fields["case"].queryset = known.order_by("-id")  # type: ignore[attr-defined]
        own = known.filter(owner=reader)[:2]
        self.fields["case"].initial = own[0].code if len(own) == 1 else None
        self.fields["case"].label_from_instance = lambda one: f"{one.code} · {one_line(one.title, 70)}"  # type: ignore[attr-defined]


def case_dialogs(
    case: Case, reader: User, *, exhibits: Sequence[Exhibit], notes: Sequence[Note]
) -> dict[str, forms.Form]:
    """The forms of a case's dialogs, each with ids of its own; `exhibits` and `notes` are those that its page shows.

    One query: the people, whom three of the dialogs offer.
    """
    task, person, restrict = TaskForm(auto_id="task_%s"), PersonForm(), RestrictForm(auto_id="restrict_%s")
    split = SplitForm(case=case, reader=reader, auto_id="split_%s")
    people = list(people_who_may(Action.VIEW_CASE))
    for form, name in ((task, "assignee"), (person, "person"), (restrict, "people")):
        _offer(form, name, people)
    _offer(split, "exhibits", exhibits)
    _offer(split, "notes", [note for note in notes if not getattr(note, "kept_back", False)])
    return {
        "task_form": task,
        "person_form": person,
        "restrict_form": restrict,
        "split_form": split,
        "lift_form": ReasonForm(auto_id="lift_%s"),
        "due_form": DueForm(initial={"due_on": case.due_on}, auto_id="due_%s"),
        "merge_form": MergeForm(auto_id="merge_%s"),
    }


def _offer(form: forms.Form, name: str, rows: Sequence[Model]) -> None:
    """Show rows that were read already; the field itself would read them anew for each form, by a cursor of its own."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    nobody = [("", field.empty_label)] if field.empty_label is not None else []
    field.choices = [*nobody, *((field.prepare_value(row), field.label_from_instance(row)) for row in rows)]
