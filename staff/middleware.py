"""Per-request settings of a person, and the admin's own content-security policy."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from staff.models import User

BACKENDS = {"django.contrib.auth.backends.ModelBackend": "password"}
GetResponse = Callable[[HttpRequest], HttpResponse]


class TimeZoneMiddleware:
    """Shows times in the reader's zone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = getattr(request.user, "time_zone", "UTC") or "UTC"
        with timezone.override(zoneinfo.ZoneInfo(name)):
            return self.get_response(request)


class AuthenticationNamedMiddleware:
    """Tells the trail how a person signed in: by password, or by the backend of a deployment's own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            backend = request.session.get(BACKEND_SESSION_KEY, "")
            request.user.authentication = BACKENDS.get(backend, backend)
        return self.get_response(request)


class AdminPolicyMiddleware:
    """Gives admin pages the policy that unfold's Alpine needs; every other page keeps the strict one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_replace = settings.ADMIN_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]
        return response
