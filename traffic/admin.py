"""Sources, pulls and quarantine in the admin. Sources are added and changed by services; the rest is read."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from staff.admin_base import DeskAdmin
from staff.enums import Action
from staff.permissions import can
from traffic.models import Pull, QuarantinedRecord, Source
from traffic.reading import CONNECTORS
from traffic.services import add_source
from traffic.source_settings import change_source


class NewSourceForm(forms.ModelForm):
    """A file or folder on the worker's machine."""

    name = forms.CharField(
        max_length=120,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Empty: the name of the file or folder",
    )
    path = forms.CharField(
        max_length=1000,
        widget=UnfoldAdminTextInputWidget,
        help_text="Absolute path of a file, or of a folder that files are written into",
    )
    connector = forms.ChoiceField(
        choices=[("", "tell from the file"), *((name, name) for name in CONNECTORS)],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Source
        fields = ("name", "path", "kind", "connector", "watch")
        widgets: ClassVar = {"kind": UnfoldAdminSelectWidget, "watch": UnfoldBooleanSwitchWidget}


class SourceSettingsForm(forms.ModelForm):
    """What may be changed later."""

    class Meta:
        model = Source
        fields = ("name", "watch", "enabled")
        widgets: ClassVar = {
            "name": UnfoldAdminTextInputWidget,
            "watch": UnfoldBooleanSwitchWidget,
            "enabled": UnfoldBooleanSwitchWidget,
        }


@admin.register(Source)
class SourceAdmin(DeskAdmin):
    list_display = ("slug", "name", "connector", "kind", "watch", "enabled", "created_at")
    list_filter = ("kind", "enabled")
    search_fields = ("=slug", "name")
    ordering = ("slug",)
    fields = ("slug", "name", "connector", "kind", "path", "watch", "settings", "enabled", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can(request.user, Action.MANAGE_SOURCES)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return can(request.user, Action.MANAGE_SOURCES)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        if obj is None:
            return list(NewSourceForm.Meta.fields)
        open_ones = SourceSettingsForm.Meta.fields if self.has_change_permission(request) else ()
        return [name if name in open_ones else self._inert(name) for name in self.fields]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        open_ones = SourceSettingsForm.Meta.fields if self.has_change_permission(request) else ()
        return [] if obj is None else [name for name in self.get_fields(request, obj) if name not in open_ones]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        self.form = SourceSettingsForm if change else NewSourceForm
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            source = Source.objects.get(pk=obj.pk)
            change_source(source=source, name=obj.name, watch=obj.watch, enabled=obj.enabled, actor=request.user)
            return
        made = add_source(actor=request.user, **form.cleaned_data)
        obj.pk, obj.slug, obj.name = made.pk, made.slug, made.name

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing hangs on a source here."""


@admin.register(Pull)
class PullAdmin(DeskAdmin):
    list_display = ("__str__", "state", "requested_by", "requested_at", "finished_at", "n_received", "n_quarantined")
    list_filter = ("state", "source")
    list_select_related = ("source",)
    search_fields = ("=id", "=source__slug")
    ordering = ("-id",)
    fields = (
        "source",
        "state",
        "requested_by",
        "requested_at",
        "started_at",
        "finished_at",
        "message",
        "connector_version",
        "bytes_total",
        "bytes_done",
        "n_received",
        "n_stored",
        "n_known",
        "n_further_origin",
        "n_conflict",
        "n_quarantined",
    )


@admin.register(QuarantinedRecord)
class QuarantinedRecordAdmin(DeskAdmin):
    """The bytes themselves may hold a prompt and are not shown: size and digest are."""

    list_display = ("path", "line", "reason", "raw_size", "pull", "created_at")
    list_select_related = ("pull__source",)
    search_fields = ("=pull__source__slug", "=raw_sha256")
    ordering = ("-id",)
    fields = ("pull", "path", "line", "reason", "raw_size", "raw_sha256", "created_at")
