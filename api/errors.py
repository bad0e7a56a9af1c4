"""Domain errors as JSON, once."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.canonical import plain
from core.errors import DomainError


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal has the same shape: title, detail, and what is known of it (the fields, the facts)."""
    if isinstance(error, DomainError):
        body = {"title": error.title, "detail": error.message, **plain(error.facts)}
        return Response(body, status=error.status)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        body = {"title": "The input is not valid", "detail": sentence(response.data), "fields": response.data}
        response.data, response.status_code = body, 422
    elif isinstance(response.data, dict):
        response.data = {"title": response.status_text, "detail": str(response.data.get("detail", ""))}
    return response


def sentence(fields: Any) -> str:
    """The first complaints of each field in one line."""
    if isinstance(fields, dict):
        return "; ".join(f"{name}: {sentence(value)}" for name, value in fields.items())
    if isinstance(fields, list):
        return " ".join(sentence(item) for item in fields[:3])
    return str(fields)
