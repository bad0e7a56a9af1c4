"""The request of somebody who has signed in, with a session or a token."""

from __future__ import annotations

from rest_framework.request import Request

from staff.models import User


class StaffRequest(Request):
    """What an API view gets: `api.permissions.MayRead` lets no anonymous request reach it."""

    user: User
