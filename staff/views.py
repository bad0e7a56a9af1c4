"""Sign-in, a person's settings, and the audit page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from audit import queries as audit
from audit.alarm import latest_verification, request_verification
from audit.checkpoints import hand_over, second_places
from core.http import cleaned
from core.paging import keyset_page
from staff import notices, queries, services, tokens
from staff.enums import Action, Channel
from staff.forms import SettingsForm, SwitchesForm, switches
from staff.models import User
from staff.permissions import check
from staff.requests import StaffRequest
from staff.restrictions import readable_events, readable_faults

CHECKPOINT_FILES = {
    "txt": "The text",
    "sig": "The raw signature",
    "sshsig": "The SSH signature",
    "tsr": "The time stamp",
}


class SignIn(LoginView):
    """The sign-in page; a signed-in person goes on to the queue."""

    template_name = "staff/sign_in.html"
    redirect_authenticated_user = True


def settings_page(request: StaffRequest) -> HttpResponse:
    """A person's zone, looks and mail address."""
    form = SettingsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        person = User.objects.get(pk=request.user.pk)  # the form has written its values onto the reader already
        services.save_settings(person=person, **form.cleaned_data)
        messages.success(request, "Settings saved.")
        return redirect("staff:settings")
    return _settings(request, form)


def password_page(request: StaffRequest) -> HttpResponse:
    """Another password for oneself; this session goes on, the others end."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.change_password(person=request.user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, request.user)
        messages.success(request, "Your password is changed; wherever else you were signed in, you are signed out.")
        return redirect("staff:settings")
    return render(request, "staff/password.html", {"form": form})


@require_POST
def save_switches(request: StaffRequest) -> HttpResponse:
    """What a person is told of, and how."""
    services.save_settings(person=request.user, **cleaned(SwitchesForm(request.POST)))
    messages.success(request, "Notices saved.")
    return redirect("staff:settings")


@require_safe
def notices_page(request: StaffRequest) -> HttpResponse:
    """What the reader was told, newest first."""
    unread = request.GET.get("show") == "unread"
    page = keyset_page(queries.notices(request.user, unread=unread), key="-id", after=request.GET.get("after"))
    return render(request, "staff/notices.html", {"page": page, "unread": unread})


@require_safe
def open_notice(request: StaffRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about; it is read then."""
    notice = queries.get_notice(request.user, pk)
    notices.mark_read(person=request.user, notice_ids=[notice.pk])
    return redirect(notice.path)


@require_POST
def read_notices(request: StaffRequest) -> HttpResponse:
    """Mark every notice of the reader as read."""
    count = notices.mark_read(person=request.user)
    messages.success(request, f"{count} notice{'' if count == 1 else 's'} marked as read.")
    return redirect("staff:notices")


@require_POST
def make_token(request: StaffRequest) -> HttpResponse:
    """A new API token for oneself, shown on this answer and never again."""
    token = tokens.create_token(person=request.user, actor=request.user)
    response = _settings(request, SettingsForm(instance=request.user), token=token)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def revoke_token(request: StaffRequest) -> HttpResponse:
    """End one's own API token."""
    ended = tokens.revoke_token(person=request.user, actor=request.user)
    messages.success(request, "Your API token has ended." if ended else "You had no API token.")
    return redirect("staff:settings")


def _settings(request: StaffRequest, form: SettingsForm, *, token: str = "") -> HttpResponse:
    context = {"form": form, "token": token, "has_token": tokens.has_token(request.user)}
    context |= {"switches": switches(request.user), "channels": Channel.labels}
    return render(request, "staff/settings.html", context)


@require_safe
def audit_page(request: StaffRequest) -> HttpResponse:
    """The trail, newest first, narrowed by what the address says."""
    check(request.user, Action.VIEW_AUDIT)
    narrow = {key: request.GET.get(key, "").strip() for key in ("chain", "action", "subject", "actor")}
    found = readable_events(audit.events(**narrow), request.user)
    page = keyset_page(found, key="-id", after=request.GET.get("after"))
    return render(request, "staff/audit.html", {"page": page, "narrow": narrow, **_verification(request.user)})


@require_POST
def verify_audit(request: StaffRequest) -> HttpResponse:
    """Ask a worker to walk every chain and compare it with the checkpoints; its progress shows where the button is."""
    check(request.user, Action.VIEW_AUDIT)
    request_verification(actor=request.user)
    return render(request, "staff/_verification.html", _verification(request.user))


@require_safe
def verification(request: StaffRequest) -> HttpResponse:
    """How far the last verification is, as a fragment that renews itself while it runs."""
    check(request.user, Action.VIEW_AUDIT)
    return render(request, "staff/_verification.html", _verification(request.user))


@require_safe
def checkpoint_list(request: StaffRequest) -> HttpResponse:
    """Checkpoints, newest first."""
    check(request.user, Action.VIEW_AUDIT)
    page = keyset_page(audit.checkpoints(), key="-number", after=request.GET.get("after"))
    context = {"page": page, "second": second_places(), "endings": CHECKPOINT_FILES.items()}
    return render(request, "staff/checkpoints.html", context)


@require_safe
def checkpoint_file(request: StaffRequest, number: int, ending: str) -> HttpResponse:
    """One file of a checkpoint, for somebody who keeps it elsewhere; the hand-over is an event."""
    check(request.user, Action.VIEW_AUDIT)
    checkpoint = get_object_or_404(audit.checkpoints(), number=number)
    if ending not in CHECKPOINT_FILES:
        raise Http404
    data = hand_over(checkpoint=checkpoint, ending=ending, actor=request.user)
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{checkpoint.name}.{ending}"'
    return response


def _verification(reader: User) -> dict[str, Any]:
    last = latest_verification()
    if last is not None:
        last.faults = readable_faults(last.faults, reader)
    return {"last": last, "nightly": f"{settings.TRAIL_VERIFY_HOUR:02d}:20"}
