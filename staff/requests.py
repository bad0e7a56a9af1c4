"""The request of somebody who has signed in."""

from __future__ import annotations

from django.http import HttpRequest

from staff.models import User


class StaffRequest(HttpRequest):
    """What a page behind the sign-in gets: LoginRequiredMiddleware lets no anonymous request reach its view."""

    user: User
