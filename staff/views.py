"""Sign-in, a person's settings, and the audit page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from audit import queries as audit
from core.paging import keyset_page
from staff import services, tokens
from staff.enums import Action
from staff.forms import SettingsForm
from staff.permissions import check
from staff.requests import StaffRequest


class SignIn(LoginView):
    """The sign-in page; a signed-in person goes on to the queue."""

    template_name = "staff/sign_in.html"
    redirect_authenticated_user = True


def settings_page(request: StaffRequest) -> HttpResponse:
    """A person's zone and theme."""
    form = SettingsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        services.save_settings(person=request.user, **form.cleaned_data)
        messages.success(request, "Settings saved.")
        return redirect("staff:settings")
    return _settings(request, form)


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
    return render(request, "staff/settings.html", context)


@require_safe
def audit_page(request: StaffRequest) -> HttpResponse:
    """The trail, newest first, narrowed by what the address says."""
    check(request.user, Action.VIEW_AUDIT)
    narrow = {key: request.GET.get(key, "").strip() for key in ("chain", "action", "subject", "actor")}
    page = keyset_page(audit.events(**narrow), key="-id", after=request.GET.get("after"))
    return render(request, "staff/audit.html", {"page": page, "narrow": narrow})


@require_POST
def verify_audit(request: StaffRequest) -> HttpResponse:
    """Walk every chain now and say what was found."""
    check(request.user, Action.VIEW_AUDIT)
    return render(request, "staff/_verification.html", {"outcome": audit.verify()})
