"""People and the audit trail in the admin. People change through services; the trail is read and nothing else."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminPasswordToggleWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from audit.models import AuditEvent
from staff import services
from staff.admin_base import DeskAdmin
from staff.admin_bulk import bulk_action
from staff.enums import Action, Role
from staff.models import User
from staff.permissions import Actor
from staff.restrictions import readable_events


class NewPersonForm(forms.ModelForm):
    """Name, role and a first password."""

    role = forms.ChoiceField(choices=Role.choices, widget=UnfoldAdminSelectWidget)
    first_password = forms.CharField(
        widget=UnfoldAdminPasswordToggleWidget, help_text="Hand it over by another road; at least 12 characters"
    )

    class Meta:
        model = User
        fields = ("username", "role")
        widgets: ClassVar = {"username": UnfoldAdminTextInputWidget}

    def clean_first_password(self) -> str:
        password: str = self.cleaned_data["first_password"]
        validate_password(password, User(username=self.cleaned_data.get("username", "")))
        return password


class RoleForm(forms.ModelForm):
    """Another role."""

    role = forms.ChoiceField(choices=Role.choices, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = User
        fields = ("role",)


class NoForm(forms.Form):
    """Nothing to fill in."""


def _deactivate(actor: Actor, chosen: QuerySet[User], given: dict[str, Any]) -> str:
    people = list(chosen.filter(is_active=True).order_by("pk"))
    for person in people:
        services.deactivate_person(person=person, actor=actor)
    return f"{len(people)} people are switched off; their tokens ended."


def _reactivate(actor: Actor, chosen: QuerySet[User], given: dict[str, Any]) -> str:
    people = list(chosen.filter(is_active=False).order_by("pk"))
    for person in people:
        services.reactivate_person(person=person, actor=actor)
    return f"{len(people)} people are switched on again."


@admin.register(User)
class PersonAdmin(DeskAdmin):
    """Made, given another role, switched off and on; never deleted, since what they did stays named."""

    list_display = ("username", "first_name", "last_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name")
    ordering = ("username",)
    fields = ("username", "first_name", "last_name", "role", "is_active", "time_zone", "date_joined", "last_login")
    actions = (
        bulk_action(label="Switch off", needs=Action.MANAGE_STAFF, form=NoForm, apply=_deactivate),
        bulk_action(label="Switch on", needs=Action.MANAGE_STAFF, form=NoForm, apply=_reactivate),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("staff.add_user")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.has_perm("staff.change_user")

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        if obj is None:
            return ["username", "role", "first_password"]
        return ["role" if name == "role" else self._inert(name) for name in self.fields]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return [] if obj is None else [name for name in self.get_fields(request, obj) if name != "role"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        self.form = RoleForm if change else NewPersonForm
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            given = form.cleaned_data
            made = services.create_person(
                username=given["username"],
                role=given["role"],
                password=given["first_password"],
                actor=request.user,  # type: ignore[arg-type]
            )
            obj.pk = made.pk
        elif "role" in form.changed_data:
            person = User.objects.get(pk=obj.pk)
            services.change_role(person=person, role=form.cleaned_data["role"], actor=request.user)  # type: ignore[arg-type]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing hangs on a person here."""


@admin.register(AuditEvent)
class AuditEventAdmin(DeskAdmin):
    list_display = ("at", "actor", "action", "subject", "chain", "seq")
    search_fields = ("=subject", "action__startswith", "=chain", "=actor")
    search_help_text = "An exact subject, chain or actor, or the beginning of an action"
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return readable_events(super().get_queryset(request), request.user)  # type: ignore[arg-type]

    fields = (
        "chain",
        "seq",
        "at",
        "actor",
        "action",
        "subject",
        "payload",
        "payload_sha256",
        "prev_hash",
        "entry_hash",
    )
