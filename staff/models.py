"""The people who use Stillwatch."""

from __future__ import annotations

import zoneinfo

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models

from staff.enums import Action, Role
from staff.permissions import MATRIX

# What a role must permit for the admin to show an app's section; an app that is not here has none.
ADMIN_SECTIONS = {
    "staff": Action.MANAGE_STAFF,
    "audit": Action.VIEW_AUDIT,
    "accounts": Action.VIEW_EVIDENCE,
    "traffic": Action.VIEW_EVIDENCE,
    "detection": Action.VIEW_EVIDENCE,
    "investigations": Action.VIEW_CASE,
}


def check_time_zone(name: str) -> None:
    """Refuse a name that the time zone database does not hold."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name!r} is no time zone; use a name such as Europe/Berlin.")


class User(AbstractUser):
    """A person with one role. Django's own permissions are not used: `staff.permissions` is the only matrix."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "As the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    role = models.CharField(max_length=16, choices=Role, default=Role.INVESTIGATOR)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[check_time_zone])
    theme = models.CharField(max_length=8, choices=Theme, default=Theme.SYSTEM)

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def audit_name(self) -> str:
        """Id and printed name, as the audit trail keeps them."""
        return f"user:{self.pk} {self.username}"

    def may(self, action: Action) -> bool:
        """Whether this person's role permits the action; a switched-off person may nothing."""
        return self.is_active and action in MATRIX[Role(self.role)]

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's permission names, as the admin asks them, answered by role alone.

        The admin is for reading and for actions that call services; only administrators edit people, and what
        belongs to no app of the house (sessions, stored tokens, groups) is shown to nobody.
        """
        app, _, verb_model = perm.partition(".")
        if app == "staff":
            return self.may(Action.MANAGE_STAFF) and verb_model in {"view_user", "add_user", "change_user"}
        return self.has_module_perms(app) and verb_model.startswith("view_")

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the admin shows an app's section to this person."""
        section = ADMIN_SECTIONS.get(app_label)
        return section is not None and self.may(Action.USE_ADMIN) and self.may(section)

    def save(self, *args: object, **kwargs: object) -> None:
        """`is_staff` (may open the admin) follows the role and is never set by hand."""
        self.is_staff = Action.USE_ADMIN in MATRIX[Role(self.role)]
        self.is_superuser = False
        super().save(*args, **kwargs)  # type: ignore[arg-type]
