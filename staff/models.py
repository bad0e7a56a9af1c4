"""The people who use Stillwatch."""

from __future__ import annotations

import zoneinfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from core.clock import now
from core.text import one_line
from staff.enums import NOTICE_WORDS, Action, Channel, NoticeKind, Role
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


def check_switches(names: list[str]) -> None:
    """Refuse a switch that is not `kind:channel`."""
    known = {f"{kind}:{channel}" for kind in NoticeKind.values for channel in Channel.values}
    if unknown := sorted(set(names) - known):
        raise ValidationError(f"{unknown[0]!r} is no switch; one reads like approval:mail.")


class User(AbstractUser):
    """A person with one role. Django's own permissions are not used: `staff.permissions` is the only matrix."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "As the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    class Density(models.TextChoices):
        NORMAL = "normal", "Normal, rows of 32 px"
        DENSE = "dense", "Dense, rows of 24 px"
        ROOMY = "roomy", "Roomy, rows of 40 px"

    authentication = ""  # how they proved this time who they are; never stored with the person, kept with what they do

    role = models.CharField(max_length=16, choices=Role, default=Role.INVESTIGATOR)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[check_time_zone])
    theme = models.CharField(max_length=8, choices=Theme, default=Theme.SYSTEM)
    density = models.CharField(max_length=8, choices=Density, default=Density.NORMAL)
    blur_text = models.BooleanField("blur revealed text until pointed at", default=False)
    grey_text = models.BooleanField("show revealed text and pictures without colour", default=False)
    notices_off = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, validators=[check_switches], help_text="kind:channel"
    )

    def __str__(self) -> str:
        return self.get_full_name() or one_line(self.username)

    def get_full_name(self) -> str:
        """Printed on every page, so made inert and visible."""
        return one_line(super().get_full_name())

    @property
    def audit_name(self) -> str:
        """Id and printed name, as the audit trail keeps them."""
        return f"user:{self.pk} {self.username}"

    def wants(self, kind: str, channel: str) -> bool:
        """Whether this person is told of a kind of thing on a channel."""
        return self.is_active and f"{kind}:{channel}" not in self.notices_off

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


class Notice(models.Model):
    """Something a person is told: one row a person and occasion, shown on the desk, sent by mail, or both.

    It holds ids and a link alone, so that a mail can carry all of it: no text of a prompt, a note or a person.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=24, choices=NoticeKind)
    key = models.CharField(max_length=120, help_text="The occasion, such as note:17; it is told once")
    subject = models.CharField(max_length=60, help_text="The id of what it is about, such as CASE-2026-0001")
    n = models.IntegerField(default=1, help_text="Of how many things; the subject is the first of them")
    path = models.CharField(max_length=300, help_text="Where it leads on the desk")
    told_at = models.DateTimeField(default=now)
    on_desk = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True)
    by_mail = models.BooleanField(default=False, help_text="Still to be mailed")
    mailed_at = models.DateTimeField(null=True)
    mail_attempts = models.IntegerField(default=0)
    mail_error = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "kind", "key"), name="notice_once"),)
        indexes = (
            models.Index(fields=("person", "-id"), name="notice_list", condition=models.Q(on_desk=True)),
            models.Index(
                fields=("person",), name="notice_unread", condition=models.Q(on_desk=True, read_at__isnull=True)
            ),
            models.Index(fields=("person", "id"), name="notice_to_mail", condition=models.Q(by_mail=True)),
            models.Index(fields=("person", "-mailed_at"), name="notice_mailed"),
        )

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """What it says, in a sentence without a full stop."""
        more = f" and {self.n - 1:,} more" if self.n > 1 else ""
        outcome = "refused" if self.key.endswith(":refused") else "approved"
        return NOTICE_WORDS[self.kind].format(subject=self.subject + more, outcome=outcome)


class Restriction(models.Model):
    """Something that only named people may know of, by the name that the trail gives it (`case:CASE-2026-0001`)."""

    subject = models.TextField(unique=True, help_text="Subject and chain of its events")
    reason = models.TextField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.subject


class NamedPerson(models.Model):
    """One of the people who may know of a restricted thing, and who named them."""

    restriction = models.ForeignKey(Restriction, on_delete=models.CASCADE, related_name="named")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    named_by = models.TextField(help_text="Id and printed name, as in the trail")
    named_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("restriction", "person"), name="named_once"),)

    def __str__(self) -> str:
        return f"{self.person} on {self.restriction}"
