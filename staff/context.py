"""What every page's frame shows of the reader."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from staff.enums import Action


def shell(request: HttpRequest) -> dict[str, Any]:
    """The reader's permissions by name (`may.propose`), zone and the version; no query."""
    may = getattr(request.user, "may", lambda action: False) if hasattr(request, "user") else lambda action: False
    return {
        "may": {action.value: may(action) for action in Action},
        "zone_name": timezone.get_current_timezone_name(),
        "version": settings.VERSION,
    }
