"""Domain errors become pages and fragments here and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import DomainError, InvalidInput

logger = logging.getLogger(__name__)


class DomainErrorMiddleware:
    """Answers a DomainError with its status, its sentence and, for htmx, a fragment that lands in the message area."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        logger.info("%s %s refused: %s", request.method, request.path, exception.message)
        return error_response(request, exception)


def error_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A page (or, for htmx, a notice put into #notices) that says what was refused and why."""
    if request.headers.get("HX-Request"):
        response = render(request, "components/_error.html", {"error": error}, status=error.status)
        response["HX-Retarget"] = "#notices"
        response["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "error.html", {"error": error}, status=error.status)


def cleaned(form: BaseForm) -> dict[str, Any]:
    """What a form holds once checked. Raises InvalidInput for the first field that is wrong."""
    if form.is_valid():
        return dict(form.cleaned_data)
    field, errors = next(iter(form.errors.items()))
    raise InvalidInput(field, form.data.get(field), str(errors[0]).rstrip("."))


def private(response: HttpResponse) -> HttpResponse:
    """The answer, kept by no cache: it holds text that its reader gave a reason for."""
    response["Cache-Control"] = "no-store"
    return response
