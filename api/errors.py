"""Domain errors as JSON, once."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.canonical import plain
from core.errors import DomainError


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """A DomainError becomes its status with title, detail and facts; anything else is DRF's own."""
    if isinstance(error, DomainError):
        body = {"title": error.title, "detail": error.message, **plain(error.facts)}
        return Response(body, status=error.status)
    return exception_handler(error, context)
